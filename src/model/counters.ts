// What does the target count, and is it a loss? Generated from native/wire/counters.h by scripts/wire-tables.mjs; do not edit.
// SPDX-License-Identifier: MPL-2.0

export interface CounterRow {
  name: string;
  /** loss: something was not measured. sum: what losses are a part of. information: nothing was lost by it. */
  kind: "loss" | "sum" | "information";
  help: string;
}

// biome-ignore format: one row a line
export const targetCounters: readonly CounterRow[] = [
  { name: "samples_written", kind: "sum", help: "samples committed to the ring" },
  { name: "ring_full", kind: "loss", help: "samples dropped because every ring chunk was full or held" },
  { name: "masked", kind: "loss", help: "CPU ticks overrun while the thread blocked the signal, not booked on a stack" },
  { name: "no_table", kind: "loss", help: "stacks that ended in a module whose unwind table was not built yet" },
  { name: "deferred", kind: "information", help: "samples whose stack was walked later, once its modules were known" },
  { name: "unloaded", kind: "loss", help: "samples whose code was unloaded before it could be named" },
  { name: "stack_unseen", kind: "loss", help: "samples without a stack, of threads that block our signal, weighed by their clock" },
  { name: "truncated", kind: "loss", help: "stacks deeper than the frame array" },
  { name: "unwind_failed", kind: "loss", help: "stacks that ended before the thread root" },
  { name: "inferred", kind: "information", help: "stacks whose caller of code without CFI was inferred" },
  { name: "timer_denied", kind: "loss", help: "threads left unsampled because timer_create was refused" },
  { name: "perf_denied", kind: "information", help: "threads sampled by a timer because their event of perf was refused" },
  { name: "perf_interrupted", kind: "loss", help: "system calls that an event of perf interrupted (EINTR)" },
  { name: "timer_stolen", kind: "loss", help: "times another user took our signal and sampling was disarmed" },
  { name: "foreign_signal", kind: "information", help: "signals on our number that were not ours" },
  { name: "threads_overflow", kind: "loss", help: "threads beyond the thread table" },
  { name: "sample_no_thread", kind: "loss", help: "samples in a thread without a record" },
  { name: "label_agreed", kind: "information", help: "samples whose stack and whose thread's published element agree" },
  { name: "label_differed", kind: "information", help: "samples whose stack names another element than their thread published" },
  { name: "label_word_only", kind: "information", help: "samples with a published element and none on the stack" },
  { name: "label_stack_only", kind: "information", help: "samples with an element on the stack and none published" },
  { name: "label_not_compared", kind: "information", help: "samples in our own code, in an event's function, or with a stack that ended early" },
  { name: "label_unknown_pad", kind: "information", help: "stacks with a value where a pad should be that is no living pad" },
  { name: "slots_unlearned", kind: "loss", help: "sessions in which labels could not be learned from this GStreamer's code" },
  { name: "live_pads_full", kind: "loss", help: "pads beyond the table of living pads" },
  { name: "directory_full", kind: "loss", help: "names that did not fit the directory and became (overflow)" },
  { name: "cells_full", kind: "loss", help: "pads counted in the overflow cell because the cell table was full" },
  { name: "side_cells_full", kind: "loss", help: "drivers and queues left untimed because most of the cell table was full" },
  { name: "frame_overflow", kind: "loss", help: "pushes nested deeper than the frame stack" },
  { name: "frame_imbalance", kind: "loss", help: "frames dropped because enter and leave did not match" },
  { name: "wrap_levels_full", kind: "loss", help: "pad functions left unwrapped because all levels were used" },
  { name: "wrap_race", kind: "loss", help: "pad functions left to the next round because they changed meanwhile" },
  { name: "wrap_orphan", kind: "loss", help: "calls of a wrapper on a pad without state" },
  { name: "wrap_late", kind: "loss", help: "pad functions found replaced at the check once a second; buffers until then went uncounted" },
  { name: "wrap_loop", kind: "information", help: "pad functions that called themselves through our wrapper; the recursion was cut short" },
  { name: "modules_full", kind: "loss", help: "modules beyond the module table" },
  { name: "tables_full", kind: "loss", help: "modules left without unwind table because of the memory cap" },
  { name: "table_broken", kind: "loss", help: "modules whose .eh_frame could not be parsed, and libraries of GStreamer's core without one" },
  { name: "spawn_failed", kind: "loss", help: "times the agent could not be started" },
  { name: "agent_restarts", kind: "information", help: "times a dead agent was replaced" },
  { name: "clock_backwards", kind: "loss", help: "timings dropped because the clock went backwards" },
  { name: "spans_written", kind: "sum", help: "spans committed to the span ring" },
  { name: "span_ring_full", kind: "loss", help: "spans dropped because the span ring was full" },
  { name: "span_capped", kind: "loss", help: "buffers not traced because of the cap on spans per second" },
  { name: "wall_written", kind: "sum", help: "blocked samples committed to the ring" },
  { name: "wall_ring_full", kind: "loss", help: "blocked samples dropped because every ring chunk was full or held" },
  { name: "wall_torn", kind: "information", help: "off-CPU samples discarded because the thread woke during the read; its time goes to the next sample" },
  { name: "wall_denied", kind: "loss", help: "blocked samples without a stack because the thread's state may not be read" },
  { name: "wall_no_stack", kind: "information", help: "blocked samples without a stack because the thread was never seen where it waited" },
  { name: "wall_unfinished", kind: "loss", help: "stacks of blocked threads that ended before the thread root" },
  { name: "wall_skipped", kind: "information", help: "off-CPU samples postponed because a round had used its share of a CPU" },
  { name: "malformed", kind: "loss", help: "pieces of the segment that made no sense and were skipped by the agent" },
  { name: "left_alone", kind: "loss", help: "threads that may not be touched: in a sandbox of their own, or without a clock" },
  { name: "memory_out", kind: "loss", help: "times profiling ended because memory did" },
  { name: "function_names_full", kind: "information", help: "functions of classes and pads that have no name from them because there was no room for it" },
  { name: "wall_runnable", kind: "information", help: "blocked samples of threads that could run and waited for a CPU; their stack is (runnable)" },
];
