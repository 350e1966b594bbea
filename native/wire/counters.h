// What can be lost or go wrong, and under which name is it counted? TABLE: loss reasons.
//
// Every way to lose something has one row here. The tracer adds to its half, the agent to the other; the
// agent exports all of them. Names are stable: they are keys of `losses` in the report and a metric attribute.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>

namespace pyro::wire {

// X(identifier, "name", "what happened")
#define PYRO_COUNTERS(X)                                                                                             \
  X(kSamplesWritten, "samples_written", "samples committed to the ring (not a loss; the sum to check against)")      \
  X(kRingFull, "ring_full", "samples dropped because every ring chunk was full or held")                             \
  X(kSampleMasked, "masked", "CPU ticks overrun while the thread blocked the signal, not booked on a stack")         \
  X(kNoTable, "no_table", "stacks that ended in a module whose unwind table was not built yet")                      \
  X(kSamplesDeferred, "deferred", "samples whose stack was walked later, once its modules were known (not a loss)")  \
  X(kUnloaded, "unloaded", "samples whose code was unloaded before it could be named")                               \
  X(kUnseen, "stack_unseen", "samples without a stack, of threads that block our signal, weighed by their clock")    \
  X(kUnwindTruncated, "truncated", "stacks deeper than the frame array")                                             \
  X(kUnwindFailed, "unwind_failed", "stacks that ended before the thread root")                                      \
  X(kUnwindInferred, "inferred", "stacks whose caller of code without CFI was inferred (not a loss)")                \
  X(kTimerDenied, "timer_denied", "threads left unsampled because timer_create was refused")                         \
  X(kPerfDenied, "perf_denied", "threads sampled by a timer because their event of perf was refused")                \
  X(kPerfInterrupted, "perf_interrupted", "system calls that an event of perf interrupted (EINTR)")                  \
  X(kTimerStolen, "timer_stolen", "times another user took our signal and sampling was disarmed")                    \
  X(kForeignSignal, "foreign_signal", "signals on our number that were not ours")                                    \
  X(kThreadsOverflow, "threads_overflow", "threads beyond the thread table")                                         \
  X(kSampleNoThread, "sample_no_thread", "samples in a thread without a record")                                     \
  X(kLabelAgreed, "label_agreed", "samples whose stack and whose thread's word name the same element (not a loss)")  \
  X(kLabelDiffered, "label_differed", "samples whose stack names another element than their thread's word")          \
  X(kLabelWordOnly, "label_word_only", "samples with an element in the thread's word and none on the stack")         \
  X(kLabelStackOnly, "label_stack_only",                                                                             \
    "samples with an element on the stack and none in the thread's word (not a loss)")                               \
  X(kLabelNotCompared, "label_not_compared",                                                                         \
    "samples in our own code, in an event's function, or with a stack that ended early (not a loss)")                \
  X(kLabelUnknownPad, "label_unknown_pad", "stacks with a value where a pad should be that is no living pad")        \
  X(kSlotsUnlearned, "slots_unlearned", "sessions in which labels could not be learned from this GStreamer's code")  \
  X(kLivePadsFull, "live_pads_full", "pads beyond the table of living pads")                                         \
  X(kDirectoryFull, "directory_full", "names that did not fit the directory and became (overflow)")                  \
  X(kCellsFull, "cells_full", "pads counted in the overflow cell because the cell table was full")                   \
  X(kSideCellsFull, "side_cells_full", "drivers and queues left untimed because most of the cell table was full")    \
  X(kFrameOverflow, "frame_overflow", "pushes nested deeper than the frame stack")                                   \
  X(kFrameImbalance, "frame_imbalance", "frames dropped because enter and leave did not match")                      \
  X(kWrapLevelsFull, "wrap_levels_full", "pad functions left unwrapped because all levels were used")                \
  X(kWrapRace, "wrap_race", "pad functions left to the next round because they changed meanwhile")                   \
  X(kWrapOrphan, "wrap_orphan", "calls of a wrapper on a pad without state")                                         \
  X(kWrapLate, "wrap_late", "pad functions found replaced at the look a second; buffers until then went uncounted")  \
  X(kWrapLoop, "wrap_loop", "pad functions that called themselves through our wrapper and were led out of the loop") \
  X(kModulesFull, "modules_full", "modules beyond the module table")                                                 \
  X(kTablesFull, "tables_full", "modules left without unwind table because of the memory cap")                       \
  X(kTableBroken, "table_broken", "modules whose .eh_frame could not be parsed")                                     \
  X(kSpawnFailed, "spawn_failed", "times the agent could not be started")                                            \
  X(kAgentRestarts, "agent_restarts", "times a dead agent was replaced")                                             \
  X(kClockBackwards, "clock_backwards", "timings dropped because the clock went backwards")                          \
  X(kSpansWritten, "spans_written", "spans committed to the span ring (not a loss; the sum to check against)")       \
  X(kSpanRingFull, "span_ring_full", "spans dropped because the span ring was full")                                 \
  X(kSpanCapped, "span_capped", "buffers not traced because of the cap on spans per second")                         \
  X(kWallWritten, "wall_written", "blocked samples committed to the ring (not a loss; the sum to check against)")    \
  X(kWallRingFull, "wall_ring_full", "blocked samples dropped because every ring chunk was full or held")            \
  X(kWallTorn, "wall_torn",                                                                                          \
    "looks at a blocked thread given up because it woke meanwhile; the next one books its time")                     \
  X(kWallDenied, "wall_denied", "blocked samples without a stack because the thread's state may not be read")        \
  X(kWallNoStack, "wall_no_stack",                                                                                   \
    "blocked samples without a stack because the thread was never seen where it waited")                             \
  X(kWallUnfinished, "wall_unfinished", "stacks of blocked threads that ended before the thread root")               \
  X(kWallSkipped, "wall_skipped", "looks put off because a round had taken its share of a CPU")                      \
  X(kMalformed, "malformed", "pieces of the segment that made no sense and were skipped by the agent")               \
  X(kLeftAlone, "left_alone", "threads that may not be touched: in a sandbox of their own, or without a clock")      \
  X(kMemoryOut, "memory_out", "times profiling ended because memory did")

enum Counter : uint32_t {
#define X(id, name, help) id,
  PYRO_COUNTERS(X)
#undef X
      kCounterCount
};

struct CounterInfo {
  const char *name;
  const char *help;
};

inline constexpr CounterInfo kCounterInfo[] = {
#define X(id, name, help) {name, help},
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
