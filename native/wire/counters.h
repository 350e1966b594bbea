// What can be lost or go wrong, and under which name is it counted? TABLE: loss reasons.
//
// Every way to lose something has one row here. The tracer adds to its half, the agent to the other; the agent exports
// all of them, by their kind. Names are stable: they are keys of `losses` or `counters` in the report and values of a
// metric attribute. The numbers of the rows are part of the segment's layout: a row is added at the end, or
// WIRE_VERSION is raised. src/model/counters.ts is generated from this table.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>

namespace pyro::wire {

// X(identifier, "name", kind, "what happened")
#define PYRO_COUNTERS(X)                                                                                               \
  X(kSamplesWritten, "samples_written", kSum, "samples committed to the ring")                                         \
  X(kRingFull, "ring_full", kLoss, "samples dropped because every ring chunk was full or held")                        \
  X(kSampleMasked, "masked", kLoss, "CPU ticks overrun while the thread blocked the signal, not booked on a stack")    \
  X(kNoTable, "no_table", kLoss, "stacks that ended in a module whose unwind table was not built yet")                 \
  X(kSamplesDeferred, "deferred", kInformation, "samples whose stack was walked later, once its modules were known")   \
  X(kUnloaded, "unloaded", kLoss, "samples whose code was unloaded before it could be named")                          \
  X(kUnseen, "stack_unseen", kLoss,                                                                                    \
    "samples without a stack, of threads that block our signal, weighed by their clock")                               \
  X(kUnwindTruncated, "truncated", kLoss, "stacks deeper than the frame array")                                        \
  X(kUnwindFailed, "unwind_failed", kLoss, "stacks that ended before the thread root")                                 \
  X(kUnwindInferred, "inferred", kInformation, "stacks whose caller of code without CFI was inferred")                 \
  X(kTimerDenied, "timer_denied", kLoss, "threads left unsampled because timer_create was refused")                    \
  X(kPerfDenied, "perf_denied", kInformation, "threads sampled by a timer because their event of perf was refused")    \
  X(kPerfInterrupted, "perf_interrupted", kLoss, "system calls that an event of perf interrupted (EINTR)")             \
  X(kTimerStolen, "timer_stolen", kLoss, "times another user took our signal and sampling was disarmed")               \
  X(kForeignSignal, "foreign_signal", kInformation, "signals on our number that were not ours")                        \
  X(kThreadsOverflow, "threads_overflow", kLoss, "threads beyond the thread table")                                    \
  X(kSampleNoThread, "sample_no_thread", kLoss, "samples in a thread without a record")                                \
  X(kLabelAgreed, "label_agreed", kInformation, "samples whose stack and whose thread's published element agree")      \
  X(kLabelDiffered, "label_differed", kInformation,                                                                    \
    "samples whose stack names another element than their thread published")                                           \
  X(kLabelWordOnly, "label_word_only", kInformation, "samples with a published element and none on the stack")         \
  X(kLabelStackOnly, "label_stack_only", kInformation, "samples with an element on the stack and none published")      \
  X(kLabelNotCompared, "label_not_compared", kInformation,                                                             \
    "samples in our own code, in an event's function, or with a stack that ended early")                               \
  X(kLabelUnknownPad, "label_unknown_pad", kInformation,                                                               \
    "stacks with a value where a pad should be that is no living pad")                                                 \
  X(kSlotsUnlearned, "slots_unlearned", kLoss,                                                                         \
    "sessions in which labels could not be learned from this GStreamer's code")                                        \
  X(kLivePadsFull, "live_pads_full", kLoss, "pads beyond the table of living pads")                                    \
  X(kDirectoryFull, "directory_full", kLoss, "names that did not fit the directory and became (overflow)")             \
  X(kCellsFull, "cells_full", kLoss, "pads counted in the overflow cell because the cell table was full")              \
  X(kSideCellsFull, "side_cells_full", kLoss,                                                                          \
    "drivers and queues left untimed because most of the cell table was full")                                         \
  X(kFrameOverflow, "frame_overflow", kLoss, "pushes nested deeper than the frame stack")                              \
  X(kFrameImbalance, "frame_imbalance", kLoss, "frames dropped because enter and leave did not match")                 \
  X(kWrapLevelsFull, "wrap_levels_full", kLoss, "pad functions left unwrapped because all levels were used")           \
  X(kWrapRace, "wrap_race", kLoss, "pad functions left to the next round because they changed meanwhile")              \
  X(kWrapOrphan, "wrap_orphan", kLoss, "calls of a wrapper on a pad without state")                                    \
  X(kWrapLate, "wrap_late", kLoss,                                                                                     \
    "pad functions found replaced at the check once a second; buffers until then went uncounted")                      \
  X(kWrapLoop, "wrap_loop", kInformation,                                                                              \
    "pad functions that called themselves through our wrapper; the recursion was cut short")                           \
  X(kModulesFull, "modules_full", kLoss, "modules beyond the module table")                                            \
  X(kTablesFull, "tables_full", kLoss, "modules left without unwind table because of the memory cap")                  \
  X(kTableBroken, "table_broken", kLoss,                                                                               \
    "modules whose .eh_frame could not be parsed, and libraries of GStreamer's core without one")                      \
  X(kSpawnFailed, "spawn_failed", kLoss, "times the agent could not be started")                                       \
  X(kAgentRestarts, "agent_restarts", kInformation, "times a dead agent was replaced")                                 \
  X(kClockBackwards, "clock_backwards", kLoss, "timings dropped because the clock went backwards")                     \
  X(kSpansWritten, "spans_written", kSum, "spans committed to the span ring")                                          \
  X(kSpanRingFull, "span_ring_full", kLoss, "spans dropped because the span ring was full")                            \
  X(kSpanCapped, "span_capped", kLoss, "buffers not traced because of the cap on spans per second")                    \
  X(kWallWritten, "wall_written", kSum, "blocked samples committed to the ring")                                       \
  X(kWallRingFull, "wall_ring_full", kLoss, "blocked samples dropped because every ring chunk was full or held")       \
  X(kWallTorn, "wall_torn", kInformation,                                                                              \
    "off-CPU samples discarded because the thread woke during the read; its time goes to the next sample")             \
  X(kWallDenied, "wall_denied", kLoss, "blocked samples without a stack because the thread's state may not be read")   \
  X(kWallNoStack, "wall_no_stack", kInformation,                                                                       \
    "blocked samples without a stack because the thread was never seen where it waited")                               \
  X(kWallUnfinished, "wall_unfinished", kLoss, "stacks of blocked threads that ended before the thread root")          \
  X(kWallSkipped, "wall_skipped", kInformation,                                                                        \
    "off-CPU samples postponed because a round had used its share of a CPU")                                           \
  X(kMalformed, "malformed", kLoss, "pieces of the segment that made no sense and were skipped by the agent")          \
  X(kLeftAlone, "left_alone", kLoss, "threads that may not be touched: in a sandbox of their own, or without a clock") \
  X(kMemoryOut, "memory_out", kLoss, "times profiling ended because memory did")                                       \
  X(kFunctionNamesFull, "function_names_full", kInformation,                                                           \
    "functions of classes and pads that have no name from them because there was no room for it")                      \
  X(kWallRunnable, "wall_runnable", kInformation,                                                                      \
    "blocked samples of threads that could run and waited for a CPU; their stack is (runnable)")

enum Counter : uint32_t {
#define X(id, name, kind, help) id,
  PYRO_COUNTERS(X)
#undef X
      kCounterCount
};

// A loss is something that was not measured; a sum counts what was written, for losses to be held against; information
// counts how something was found, or an event that lost nothing.
enum CounterKind : uint8_t { kLoss, kSum, kInformation };

struct CounterInfo {
  const char *name;
  CounterKind kind;
  const char *help;
};

inline constexpr CounterInfo kCounterInfo[] = {
#define X(id, name, kind, help) {name, kind, help},
    PYRO_COUNTERS(X)
#undef X
};

inline constexpr uint32_t kCounterCapacity = 64;
static_assert(kCounterCount <= kCounterCapacity, "raise kCounterCapacity and WIRE_VERSION");

// Written by any thread of the target, signal handlers included; read by the agent.
struct Counters {
  std::atomic<uint64_t> value[kCounterCapacity];
  void add(Counter which, uint64_t n = 1) { value[which].fetch_add(n, std::memory_order_relaxed); }
  uint64_t get(Counter which) const { return value[which].load(std::memory_order_relaxed); }
};

}  // namespace pyro::wire
