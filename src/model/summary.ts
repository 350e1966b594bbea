// What does `report --json` print? The documented, stable summary of one capture (version 1).
// Fields that this version does not measure are null or empty, never left out.
// SPDX-License-Identifier: MPL-2.0

import type { Distribution, ElementSummary } from "./element-summary.js";

export interface PipelineSummary {
  name: string;
  elements: ElementSummary[];
}

/** From a source's push to a sink's function; the distribution's fields are null where nothing could be matched. */
export type LatencySummary = {
  pipeline: string;
  /** Paths. */
  source: string;
  sink: string;
  /** Buffers at the sink that were looked up, at most a thousand a second. */
  arrived: number;
  /** Why there are no figures, or for few buffers only; null when nearly all were matched. */
  reason: string | null;
  /** Of the first buffer: from the source's link to its push, and from there to the sink. */
  firstBuffer: { waitNs: number; travelNs: number } | null;
} & (Distribution | { [field in keyof Distribution]: null });

export interface ProfileSummary {
  samples: number;
  totalNs: number;
  /** Samples whose stack reached the thread's first frame. */
  reachedRoot: number;
  /** Samples with an inferred caller. */
  inferred: number;
  /** Frames with a symbol; those without one that are named after a class or a pad, or after what they were seen to do. */
  framesNamed: number;
  framesByType: number;
  framesByRole: number;
  frames: number;
  meanDepth: number;
  /** "<path>", "(driver:<path>)", "(worker:<path>)" (threads of its own), "(factory:<name>)" or "(none)"; sums to totalNs. */
  byElement: Record<string, number>;
  /**
   * "<path>" of elements, bins and pipelines: time of every sample that was inside of them or of something that they called.
   * Sums to more than totalNs. null where stacks do not name elements.
   */
  inclusive: Record<string, number> | null;
  byThread: Record<string, number>;
  /** Of a wall profile, where they sum to totalNs: time on a CPU; ready, but on none; blocked. Null of a CPU profile. */
  runningNs: number | null;
  readyNs: number | null;
  blockedNs: number | null;
  /** blockedNs by system call, "page_fault", "unknown". */
  blockedOn: Record<string, number> | null;
}

/** What the measurement itself takes: nanoseconds of a timed buffer and of a sample, CPU time and memory of the agent. */
export interface Overhead {
  perBufferNs: number;
  handlerNsP50: number;
  handlerNsP99: number;
  agentCpuNs: number;
  agentRssBytes: number;
}

/** One push or pull of a pad, of a buffer that was traced. */
export interface SlowBufferSpan {
  /** Path. */
  element: string;
  pad: string;
  /** 0 = outermost. */
  depth: number;
  /** Since the trace began. */
  startNs: number;
  durationNs: number;
  /** Without what it called in the same thread. */
  ownNs: number;
  /** From its parent's end, in another thread, to its begin. */
  waitedNs: number;
  /** Path of the element that it waited in, a queue; "" = none. */
  waitedIn: string;
  thread: string;
  /** Kept because it was slow, or held something that was. */
  slow: boolean;
}

export interface SlowBuffer {
  /** Trace id, 32 hexadecimal digits. */
  trace: string;
  pipeline: string;
  startUnixNs: string;
  /** Nanoseconds since the capture's begin, on CLOCK_MONOTONIC; null: not known. */
  atNs: number | null;
  /** From the first span's begin to the last one's end. */
  durationNs: number;
  /** A parent before its children. */
  spans: SlowBufferSpan[];
  /** Spans that were left out. */
  more: number;
}

/** Where the CPU time of the process went, nanoseconds. total = before + sampled + unseen + masked + tracer + refused + missed. */
export interface CpuAccount {
  /** As the kernel counts it, since the process began. */
  totalNs: number;
  /** Before the first buffer. */
  beforeNs: number;
  /** In threads with a timer: what samples with stacks stand for. */
  sampledNs: number;
  /** In threads that block the profiler's signal: in samples by their clock, without a stack. */
  unseenNs: number;
  /** The same, in no sample. */
  maskedNs: number;
  /** In the tracer's own threads. */
  tracerNs: number;
  /** In threads whose timer the kernel refused. */
  refusedNs: number;
  /** In threads that ended between two looks at their clocks, before they were found or after. */
  missedNs: number;
}

export interface Summary {
  version: 1;
  /** False while the capture is being written or when its writer died. */
  complete: boolean;
  target: {
    pid: number;
    command: string;
    /** ISO 8601. */
    startTime: string;
    durationNs: number;
    /** From the first armed timer to the end. */
    processCpuNs: number;
    /** Nothing was recorded at its end: it was never enabled, or not any more. */
    standby: boolean;
    cpu: CpuAccount;
  };
  pipelines: PipelineSummary[];
  latency: LatencySummary[];
  /** Counts of hops that ended and are in no row of their own any more, there were too many; null: all are. */
  ended: { buffersIn: number; bytesIn: number; count: number } | null;
  /** Buffers that were traced, and the slowest of them; null where none were. */
  traces: { traces: number; spans: number; slowest: SlowBuffer[] } | null;
  profile: { cpu: ProfileSummary | null; wall: ProfileSummary | null };
  /** Losses by reason; every reason is present, most are 0. */
  losses: Record<string, number>;
  /** What was counted besides: written samples and spans, how stacks and labels were made. */
  counters: Record<string, number>;
  overhead: Overhead;
}
