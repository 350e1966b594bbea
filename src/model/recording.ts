// What does a capture, or an agent, hold in memory of one target? What analysis reads, wherever it came from.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot } from "./batch.js";
import type { RecordedHistory } from "./recorded-history.js";
import type { RecordedProfiles } from "./recorded-profiles.js";
import type { RecordedTraces } from "./recorded-traces.js";
import type { RecordedWindow } from "./recorded-windows.js";
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
  /** Of a sink pad: what it gets, in the words of caps; "" or nothing = unknown. */
  caps?: string;
}

export interface RecordedTopology {
  pipelines: string[];
  elements: TopologyElement[];
  pads: TopologyPad[];
  /** Pipelines that had another name when they moved buffers: such a name without counts is no row of the report. */
  renamed?: string[];
}

/** One module that stacks went through, and what names its frames (distinct addresses, in an agent): the rest has symbols. */
export interface ModuleNames {
  path: string;
  buildId: string;
  frames: number;
  /** Without a symbol, named after a class or a pad; after what they were seen to do; by nothing. */
  byType: number;
  byRole: number;
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

/** Of the target, of how it was measured, and of what was lost. */
export interface RecordingFacts {
  /** Version of the program that made the recording. */
  tool: string;
  target: {
    pid: number;
    /** Field 22 of /proc/<pid>/stat: with the pid it names a process for ever. */
    startTicks: number;
    /** Redacted already. */
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
  settings: {
    sampleRate: number;
    wallRate: number;
    timing: string;
    engine: string;
    /** Nothing was recorded when it was looked at last. */
    standby?: boolean;
  };
  modules: ModuleNames[];
  losses: Record<string, number>;
  /** What each loss reason means. */
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
  /** What each element did in each second, in their order; none in captures of versions before. */
  windows?: readonly RecordedWindow[];
  /** The slowest buffers that were traced; null = no spans were taken. */
  traces: RecordedTraces | null;
  /** null when there is no profile of that kind. */
  cpu: RecordedProfiles | null;
  wall: RecordedProfiles | null;
}
