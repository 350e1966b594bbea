// What does a capture directory hold? The format, version 2: its files; field-table.ts says what each field means.
// SPDX-License-Identifier: MPL-2.0

import type { CellKind, FlowName } from "../model/batch.js";

export const CAPTURE_FORMAT = "gst-pyroscope-capture";
/** 1 had the rows of profiles.ndjson in capture.json. */
export const CAPTURE_VERSION = 2;

export const captureFiles = {
  capture: "capture.json",
  topology: "topology.json",
  metrics: "metrics.ndjson",
  spans: "spans.ndjson",
  profiles: "profiles",
  index: "profiles.ndjson",
  report: "report.html",
  /** Exists while somebody writes: pid and start time of the writer. */
  writer: ".writer",
} as const;

/** No capture.json of ours comes near. */
export const MAX_CAPTURE_BYTES = 64 * 1024 * 1024;

/** The first process writes into the directory itself, the n-th into this folder of it. */
export const processFolder = (n: number): string => `process-${n}`;
export const isProcessFolder = (name: string): boolean => /^process-[1-9]\d*$/.test(name);
/** Of one window, or of several that were merged: `cpu-1-8.pb.gz`. */
export const isProfileFile = (name: string): boolean => /^(cpu|wall)-[1-9]\d*(-[1-9]\d*)?\.pb\.gz$/.test(name);
export const isMergedFile = (name: string): boolean => /-\d+-\d+\.pb\.gz$/.test(name);

/** What is known of the target before anything was measured. */
export interface CaptureFacts {
  pid: number;
  /** Field 22 of /proc/<pid>/stat: with the pid it names a process for ever. */
  startTicks: number;
  /** Redacted already. */
  command: string;
  executable: string;
  serviceName: string;
  /** The clock pair: one instant on CLOCK_MONOTONIC and on CLOCK_REALTIME, when the segment was made. */
  clock: { monoNs: number; unixNs: bigint };
  /** Version of the program that writes. */
  tool: string;
  /** What each loss reason means. */
  lossHelp: Record<string, string>;
}

/** What only the maker of a profile knows; pprof has no place for it. */
export interface ProfileInfo {
  kind: "cpu" | "wall";
  startUnixNs: bigint;
  /** The same since the capture's begin, on a clock that nobody sets; older captures have none. */
  atNs?: number;
  durationNs: number;
  samples: number;
  totalNs: number;
  reachedRoot: number;
  inferred: number;
  frames: number;
  framesNamed: number;
}

/** One line of profiles.ndjson that adds a profile. */
export interface ProfileRow extends Omit<ProfileInfo, "startUnixNs"> {
  /** Path inside the capture. */
  file: string;
  startUnixNs: string;
  /** How many profiles were merged into it; 1: it is as it came. */
  windows: number;
  /** Files whose samples it holds now; their own lines count no more. */
  replaces: string[];
}

/** One line of profiles.ndjson that takes profiles away: they were the oldest, and there was no room. */
export interface DroppedRow {
  dropped: string[];
}

/** One module that stacks went through, and how many of its frames got a function's name. */
export interface ModuleNames {
  path: string;
  buildId: string;
  frames: number;
  unnamed: number;
  /** Why its file was not used, or "". */
  problem: string;
  /** Of its names, as in SymbolAnswer; are lines known; what became of the question to the servers, or "". */
  source: string;
  lines: boolean;
  debuginfod: string;
}

/** What the writer of the capture has cost and lost itself. */
export interface AgentState {
  timeUnixNs: bigint;
  /** The same since the capture's begin, on a clock that nobody sets. */
  atNs: number;
  cpuNs: number;
  rssBytes: number;
  /** What the target says of its sampling engine. */
  engine: string;
  /** By reason; added to the counters of the segment. */
  losses: Record<string, number>;
}

export interface TopologyElement {
  /** Directory id. */
  id: number;
  /** pipeline/bin/element with the real names; "/" in a name is "\/"; the second pipeline of a name is "name#2". */
  path: string;
  pipeline: string;
  name: string;
  factory: string;
  plugin: string;
  bin: boolean;
  /** Flags of the element, or of the bin. */
  source?: boolean;
  sink?: boolean;
  /** A queue that throws away what does not fit. */
  leaky?: boolean;
  /** A sink that waits for the clock. */
  sync?: boolean;
}

export interface TopologyPad {
  id: number;
  /** Directory id of its element. */
  element: number;
  name: string;
  direction: "src" | "sink";
}

export interface CaptureTopology {
  pipelines: string[];
  elements: TopologyElement[];
  pads: TopologyPad[];
  /** Pipelines that had another name when they moved buffers: what nobody booked on them is no row. */
  renamed?: string[];
}

/** A histogram as it is written: [bucket, count] pairs of the buckets that are not empty. */
export interface SparseHistogram {
  sumNs: number;
  minNs: number | null;
  maxNs: number | null;
  counts: [bucket: number, count: number][];
}

/** One line of metrics.ndjson: everything counted on one hop so far. The last line of a hop counts. */
export interface CellLine {
  timeUnixNs: string;
  atNs: number;
  pad: number;
  peer: number;
  kind: CellKind;
  startUnixNs: string;
  buffers: number;
  bytes: number;
  invocations: number;
  nested: number;
  flow: Partial<Record<FlowName, number>>;
  inclusive: SparseHistogram;
  exclusive: SparseHistogram;
  /** Of a queue only. */
  dropped?: number;
  level?: number;
  highestLevel?: number;
  flushed?: number;
  /** It ended, and so long ago that its counts are in the line of all such: of this line only the head is there. */
  moved?: true;
}

/** capture.json; instants in nanoseconds since 1970 are decimal strings, since a JSON number would round them. */
export interface CaptureFile {
  format: typeof CAPTURE_FORMAT;
  version: number;
  complete: boolean;
  tool: string;
  target: {
    pid: number;
    startTicks: number;
    command: string;
    executable: string;
    serviceName: string;
    startTime: string;
    durationNs: number;
    processCpuNs: number;
    registeredCpuNs: number;
    /** Before the first timer; of the tracer's own threads; of threads without a timer; in no sample; without a stack. */
    cpuBeforeNs: number;
    cpuTracerNs: number;
    cpuRefusedNs: number;
    cpuMaskedNs: number;
    cpuUnseenNs: number;
  };
  clock: { monoNs: number; unixNs: string; source: string };
  /** engine: what samples, and why: a sentence; "" until the first sample may come. */
  settings: { sampleRate: number; wallRate: number; timing: string; engine: string };
  /** Of version 1 only; profiles.ndjson has the rows since. */
  profiles?: ProfileRow[];
  metricsLines: number;
  modules: ModuleNames[];
  losses: Record<string, number>;
  lossHelp: Record<string, string>;
  overhead: {
    perBufferNs: number;
    handlerNsP50: number;
    handlerNsP99: number;
    agentCpuNs: number;
    agentRssBytes: number;
  };
}
