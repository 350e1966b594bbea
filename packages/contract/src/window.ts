// What does a pipeline's agent tell the session service each two seconds, and what does the service answer about a stall?
// SPDX-License-Identifier: MPL-2.0
import type { Timestamp } from "./wire.js";

/** Version of the format of windows; another one is refused. */
export const WINDOW_VERSION = "1.0";

/** Sizes that both sides keep to; `bodyBytes` after decompression. */
export const windowLimits = { bodyBytes: 1_048_576, windows: 60, elements: 1000, stackBytes: 16_384 } as const;

/**
 * What an element is for. Of `wait` (queues, muxers and other aggregators, sinks that wait for the clock) only CPU time and waits for
 * disk or network are its own: the rest of its time it waits for its peers. Of a live `source` only CPU time is its own.
 */
export const elementClasses = ["work", "wait", "source", "sink"] as const;
export type ElementClass = (typeof elementClasses)[number];

/**
 * How the agent came to the stream's name: the parameter `stream`, what a sink writes to, or the pipeline's name as a guess. A pipeline
 * whose sinks write several streams has a window of each, with all its elements, and of its sinks only those that write this stream.
 */
export const streamSources = ["tag", "sink", "pipeline"] as const;
export type StreamSource = (typeof streamSources)[number];

/** For what a thread was blocked in an element's functions; `cpu_ready`: runnable, but on no CPU; `peer`: another thread of the process. */
export const waitReasons = ["timer", "disk", "network", "lock", "peer", "cpu_ready", "unknown"] as const;
export type WaitReason = (typeof waitReasons)[number];

/** Durations and counts are those of the window alone, not since the start; milliseconds may have fractions. */
export interface ElementWindow {
  /** pipeline/bin/element, as everywhere in the profiler. */
  path: string;
  factory: string;
  class: ElementClass;
  /** The streaming threads that run it, each by the path of the element that drives it; empty: not known. */
  threads: string[];
  /** Paths of the elements that get its buffers. */
  feeds: string[];
  buffers_in: number;
  buffers_out: number;
  bytes_in: number;
  /** In its functions, without those that it called downstream. */
  own_ms: number;
  /** Its thread's loop when it drives one: time to make or fetch buffers. */
  driver_ms: number;
  /** CPU time by samples, that of its own worker threads included; null: CPU is not sampled. */
  cpu_ms: number | null;
  /** Null: there is no wall profile. Absent reason: 0. */
  blocked_ms: Partial<Record<WaitReason, number>> | null;
  /** Of queues: buffers inside at the window's end, the most that were inside, its size in buffers (null: not known or not limited), time that buffers spent inside. */
  queue: { level: number; highest: number; capacity: number | null; wait_ms: number } | null;
  /** Thrown away by a leaky queue. */
  drops: number;
  /** Flow returns that were not ok. */
  flow_errors: number;
}

/** Where media leaves the pipeline: elements that feed nobody. */
export interface SinkWindow {
  path: string;
  buffers: number;
  /** Seconds of media × 1000 in these buffers, by the frame rate or sample rate of the caps; null: they tell none. */
  media_ms: number | null;
}

export interface PipelineWindow {
  stream_id: string;
  stream_source: StreamSource;
  /** Its name, and the name under which the profile server knows the process. */
  pipeline: string;
  service: string;
  /** Name of the machine. */
  host: string;
  /** The same as long as the same process runs the same pipeline. */
  run_id: string;
  /** The same as long as the same elements are linked in the same way. */
  topology: string;
  /** `ended`: the process or the pipeline is gone; its last window. */
  state: "null" | "ready" | "paused" | "playing" | "ended";
  from: Timestamp;
  to: Timestamp;
  process_cpu_ms: number | null;
  /** Load of the machine: runnable tasks, CPUs, share of time stolen by other virtual machines (0 … 1), `some` of /proc/pressure/cpu (0 … 1); null: not known. */
  machine: { load: number; cpus: number; steal: number | null; pressure: number | null };
  /** Samples, records and windows that were lost, all kinds together. */
  losses: number;
  elements: ElementWindow[];
  sinks: SinkWindow[];
  /** Only with `ended`: exit code or signal where known, the last flow return that was not ok, the error message that the pipeline posted. */
  end?: { exit_code?: number; signal?: string; flow?: string; error?: string };
  /** Only when the service asked for them: the heaviest call stacks of elements, root first, in milliseconds of CPU time. */
  stacks?: { path: string; frames: string[]; ms: number }[];
}

/** Body of POST /api/pipeline-windows, with a token of the kind `pipeline`; may be gzip. */
export interface WindowBatch {
  schema_version: string;
  project_id: string;
  /** When it was sent, by the agent's clock: the service measures the difference of the clocks. */
  sent_at: Timestamp;
  windows: PipelineWindow[];
}

/** Answer 202. `want`: the next windows of these streams should bring stacks, until then. */
export interface WindowsAccepted {
  accepted: number;
  want?: { stream_id: string; elements: string[]; until: Timestamp }[];
}

export const verdicts = ["element", "host", "source", "delivery", "pipeline_down", "unknown"] as const;
export type Verdict = (typeof verdicts)[number];
export const confidences = ["high", "medium", "low"] as const;
export type Confidence = (typeof confidences)[number];

/** One fact that supports the verdict; its numbers stand in `sentence`, too. */
export interface Evidence {
  kind:
    | "published"
    | "demand"
    | "thread_demand"
    | "queue_full"
    | "queue_empty"
    | "like_factor"
    | "pressure"
    | "source_rate"
    | "segment_load"
    | "buffer_healthy"
    | "frames_dropped"
    | "no_windows"
    | "restarted"
    | "ended"
    | "few_windows"
    | "no_baseline"
    | "clock"
    | "guessed_stream"
    | "no_program_time"
    | "losses";
  sentence: string;
  path?: string;
  numbers: Record<string, number>;
}

/** Seconds of work per second of media. */
export interface RankedElement {
  path: string;
  factory: string;
  class: ElementClass;
  demand: number;
  /** null: no baseline. */
  usual: number | null;
  uplift: number | null;
  /** Part of its own time that was CPU time; null: not sampled. */
  cpu_share: number | null;
  blocked_on: WaitReason | null;
}

/** Why a viewer's picture stopped. GET /api/stream-sessions/{id}/stalls, GET /api/streams/{stream}/stalls, SSE event `stall_attributed`. */
export interface StallView {
  stall: {
    session_id: string;
    stream_id: string;
    at: Timestamp;
    /** null: it goes on. */
    lasted_ms: number | null;
    buffer_end_program_time: Timestamp | null;
  };
  verdict: Verdict;
  /** Of `delivery`: which part of the way; null: not known. */
  delivery: "network" | "player" | null;
  confidence: Confidence;
  /** Only of `element`. */
  element: { path: string; factory: string; thread: string | null } | null;
  sentence: string;
  interval: { from: Timestamp; until: Timestamp; from_program_time: boolean };
  /** Most uplift first, five at most. */
  ranking: RankedElement[];
  evidence: Evidence[];
  profile: {
    service: string;
    labels: { stream: string; element: string };
    url: string | null;
    flamegraph: string;
  } | null;
  viewers: { stalled: number; watching: number };
  /** Stalls of one stream within 10 s of each other are one incident. */
  incident_id: string;
}
