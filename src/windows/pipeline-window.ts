// What does the agent tell a session service of each pipeline every two seconds? Types of the wire: packages/contract has the same, and a test compares them.
// SPDX-License-Identifier: MPL-2.0

/** Version of the format. */
export const WINDOW_VERSION = "1.0";

/** The service refuses more. `bodyBytes` before compression; `stackBytes` of all stacks of one window, as JSON. */
export const windowLimits = {
  bodyBytes: 1_048_576,
  windows: 60,
  elements: 1000,
  stackBytes: 16_384,
  stacks: 50,
  frames: 256,
  paths: 100,
  path: 2048,
  text: 1024,
  name: 256,
  streamId: 128,
} as const;

/**
 * What an element is for. Of `wait` (queues, muxers and other aggregators, sinks that wait for the clock) only CPU time and waits for
 * disk or network are its own: the rest of its time it waits for its peers. Of a live `source` only CPU time is its own.
 */
export type ElementClass = "work" | "wait" | "source" | "sink";

/** How the stream's name was found: the option, what a sink writes to, or the pipeline's name as a guess. */
export type StreamSource = "tag" | "sink" | "pipeline";

/** For what a thread was blocked in an element's functions; `cpu_ready`: runnable, but on no CPU; `peer`: another thread of the process. */
export type WaitReason = "timer" | "disk" | "network" | "lock" | "peer" | "cpu_ready" | "unknown";

/** Durations and counts are those of the window alone. */
export interface ElementWindow {
  path: string;
  factory: string;
  class: ElementClass;
  /** The streaming threads that run it, each by the path of the element that drives it. */
  threads: string[];
  feeds: string[];
  buffers_in: number;
  buffers_out: number;
  bytes_in: number;
  own_ms: number;
  driver_ms: number;
  /** That of its own worker threads included; null: CPU is not sampled. */
  cpu_ms: number | null;
  /** Null: there is no wall profile. */
  blocked_ms: Partial<Record<WaitReason, number>> | null;
  queue: { level: number; highest: number; capacity: number | null; wait_ms: number } | null;
  drops: number;
  flow_errors: number;
}

export interface SinkWindow {
  path: string;
  buffers: number;
  /** Null: the caps tell no rate. */
  media_ms: number | null;
}

/** Load of the machine: runnable tasks, CPUs, shares (0 … 1) of time stolen by other virtual machines and of pressure; null: not known. */
export interface MachineLoad {
  load: number;
  cpus: number;
  steal: number | null;
  pressure: number | null;
}

export interface WindowEnd {
  exit_code?: number;
  signal?: string;
  flow?: string;
  error?: string;
}

export interface WindowStack {
  path: string;
  /** Root first. */
  frames: string[];
  ms: number;
}

export interface PipelineWindow {
  stream_id: string;
  stream_source: StreamSource;
  pipeline: string;
  service: string;
  host: string;
  run_id: string;
  topology: string;
  state: "null" | "ready" | "paused" | "playing" | "ended";
  from: string;
  to: string;
  process_cpu_ms: number | null;
  machine: MachineLoad;
  losses: number;
  elements: ElementWindow[];
  sinks: SinkWindow[];
  end?: WindowEnd;
  stacks?: WindowStack[];
}

/** Of the service's answer: the next windows of this stream should bring stacks of these elements until then. */
export interface StacksWanted {
  stream_id: string;
  elements: string[];
  until: string;
}
