// What does a capture, or an agent, hold in memory of one target? What analysis reads, wherever it came from.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot } from "./batch.js";
import { GRID_BUCKETS, GRID_SCALE } from "./histogram.js";
import type { Overhead } from "./summary.js";

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

export interface RecordedTopology {
  pipelines: string[];
  elements: TopologyElement[];
  pads: TopologyPad[];
  /** Pipelines that had another name when they moved buffers: what nobody booked on them is no row. */
  renamed?: string[];
}

/** One module that stacks went through, and how many of its frames (distinct addresses, in an agent) got a function's name. */
export interface ModuleNames {
  path: string;
  buildId: string;
  frames: number;
  unnamed: number;
  /** Why its file was not used, or "". */
  problem: string;
  /** Where the names come from, see SymbolAnswer. */
  source: string;
  /** Files and lines are known. */
  lines: boolean;
  /** What became of the question to the debuginfod servers, or "". */
  debuginfod: string;
}

export interface StackFrame {
  name: string;
  /** File name of the module, or "". */
  module: string;
}

/** Whose time it is. */
export interface SampleOwner {
  /** Real path of the element, or "" when the sample fell outside of all. */
  path: string;
  pipeline: string;
  factory: string;
  thread: string;
  /** System call, or "cpu" while it was ready; "" = the thread ran. */
  blockedOn: string;
  /** A caller of generated code or assembly was searched for. */
  inferred: boolean;
  /** Topology's ids of all elements that it fell into, innermost first, the driver of its thread last. */
  chain: number[];
}

export interface StackSample extends SampleOwner {
  ns: number;
  /** Indexes into `frames`, from the thread's first frame to the leaf. */
  readonly stack: number[];
}

/** What its maker knew of one profile; pprof has no place for it. Counts of samples, and of frames in all of them. */
export interface ProfileCounts {
  samples: number;
  reachedRoot: number;
  inferred: number;
  frames: number;
  framesNamed: number;
}

/** All profiles of one kind together. */
export interface RecordedProfiles {
  stacks: { readonly frames: readonly StackFrame[]; readonly samples: readonly StackSample[] };
  totalNs: number;
  rows: readonly ProfileCounts[];
}

/** Equal parts of the capture's time. */
export const HISTORY_COLUMNS = 60;
const PER_OCTAVE = 2 ** GRID_SCALE;
/** Octaves of the grid: row r ends at 2^(r - 27) s, as every eighth bound of the grid does; the last one is open. */
export const HISTORY_ROWS = Math.ceil((GRID_BUCKETS - 1) / PER_OCTAVE) + 1;
export const rowOf = (bucket: number): number => Math.ceil(bucket / PER_OCTAVE);

export interface HopHistory {
  pad: number;
  kind: CellSnapshot["kind"];
  /** Calls, or stays in a queue: column * HISTORY_ROWS + row. May have fractions: a line tells of the time since the one before. */
  counts: Float64Array;
}

export interface RecordedHistory {
  /** How often something was written: more is not known. */
  moments: number;
  hops: HopHistory[];
}

export interface RecordedSpan {
  id: string;
  /** null: none. */
  parent: string | null;
  /** Since the trace began. */
  startNs: number;
  durationNs: number;
  /** Ids of topology.json. */
  pad: number;
  thread: string;
  tid: number;
  bytes: number;
  flow: string;
  /** Kept because it was slow, or held something that was. */
  slow: boolean;
}

export interface RecordedTrace {
  id: string;
  startUnixNs: bigint;
  /** The same since the capture's begin, on a clock that nobody sets; null: not known. */
  atNs: number | null;
  /** From the first span's begin to the last one's end. */
  durationNs: number;
  /** By begin. */
  spans: RecordedSpan[];
  /** Those that were left out. */
  more: number;
}

export interface RecordedTraces {
  traces: number;
  spans: number;
  /** Lines that make no sense. */
  broken: number;
  /** Slowest first. */
  slowest: RecordedTrace[];
}

/** Of the target, of how it was measured, and of what was lost. */
export interface RecordingFacts {
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
  /** engine: what samples, and why: a sentence; "" until the first sample may come. */
  settings: { sampleRate: number; wallRate: number; timing: string; engine: string };
  modules: ModuleNames[];
  losses: Record<string, number>;
  lossHelp: Record<string, string>;
  overhead: Overhead;
}

export interface Recording {
  /** Directory that holds it; "": it is in memory only. */
  dir: string;
  /** Folders of the other processes of the same run, seen from `dir`: "process-2", "../process-3"; ".." is the first one. */
  otherProcesses: string[];
  facts: RecordingFacts;
  /** Finished by its writer and nothing is missing. */
  complete: boolean;
  /** What is damaged, one line each. An unfinished recording without damage has none. */
  problems: string[];
  topology: RecordedTopology;
  /** The last state of each hop. */
  cells: CellSnapshot[];
  /** How the times of each hop changed. */
  history: RecordedHistory;
  /** The slowest buffers that were traced; null = no spans were taken. */
  traces: RecordedTraces | null;
  /** null when there is no profile of that kind. */
  cpu: RecordedProfiles | null;
  wall: RecordedProfiles | null;
}
