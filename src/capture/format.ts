// What does a capture directory hold? The format, version 2: its files; field-table.ts says what each field means.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot, FlowName, HistogramCounts } from "../model/batch.js";
import type { ProfileCounts } from "../model/recorded-profiles.js";
import type { RecordingFacts } from "../model/recording.js";

export const CAPTURE_FORMAT = "gst-pyroscope-capture";
/** 1 had the rows of profiles.ndjson in capture.json. */
export const CAPTURE_VERSION = 2;

export const captureFiles = {
  capture: "capture.json",
  topology: "topology.json",
  metrics: "metrics.ndjson",
  spans: "spans.ndjson",
  windows: "windows.ndjson",
  profiles: "profiles",
  index: "profiles.ndjson",
  report: "report.html",
  /** Exists while a process writes: its pid and start time. */
  writer: ".writer",
  /** Exists from the first frame that gets another name later until everything that follows from the names is written, too. */
  renaming: ".renaming",
} as const;

/** No capture.json of ours comes near. */
export const MAX_CAPTURE_BYTES = 64 * 1024 * 1024;

/** The first process writes into the directory itself, the n-th into this folder of it. */
export const processFolder = (n: number): string => `process-${n}`;
export const isProcessFolder = (name: string): boolean => /^process-[1-9]\d*$/.test(name);
/** The n-th of several runs of one command, in the folder that was named for all of them. */
export const runFolder = (n: number): string => `run-${n}`;
export const isRunFolder = (name: string): boolean => /^run-[1-9]\d*$/.test(name);
/** Of one window, or of several that were merged: `cpu-1-8.pb.gz`. */
export const isProfileFile = (name: string): boolean => /^(cpu|wall)-[1-9]\d*(-[1-9]\d*)?\.pb\.gz$/.test(name);
export const isMergedFile = (name: string): boolean => /-\d+-\d+\.pb\.gz$/.test(name);

type Identity = Pick<RecordingFacts["target"], "pid" | "startTicks" | "command" | "executable" | "serviceName">;

/** What is known of the target before anything was measured. */
export interface CaptureFacts extends Identity, Pick<RecordingFacts, "tool" | "lossHelp"> {
  /** The clock pair: one instant on CLOCK_MONOTONIC and on CLOCK_REALTIME, when the segment was made. */
  clock: { monoNs: number; unixNs: bigint };
}

/** What only the maker of a profile knows; pprof has no place for it. */
export interface ProfileInfo extends ProfileCounts {
  kind: "cpu" | "wall";
  startUnixNs: bigint;
  /** Nanoseconds since the capture's begin, on CLOCK_MONOTONIC; older captures have none. */
  atNs?: number;
  durationNs: number;
  totalNs: number;
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

/** What the writer of the capture has cost and lost itself. */
export interface AgentState {
  timeUnixNs: bigint;
  /** Nanoseconds since the capture's begin, on CLOCK_MONOTONIC. */
  atNs: number;
  cpuNs: number;
  rssBytes: number;
  /** What the target says of its sampling engine. */
  engine: string;
  /** By reason; added to the counters of the segment. */
  losses: Record<string, number>;
}

/** A histogram as it is written: [bucket, count] pairs of the buckets that are not empty. */
export interface SparseHistogram extends Omit<HistogramCounts, "counts"> {
  counts: [bucket: number, count: number][];
}

type Counted = Pick<CellSnapshot, "pad" | "peer" | "kind" | "buffers" | "bytes" | "invocations" | "nested">;
type CountedOfSome = Pick<CellSnapshot, "dropped" | "level" | "highestLevel" | "flushed">;

/** One line of metrics.ndjson: everything counted on one hop so far. The last line of a hop counts. */
export interface CellLine extends Counted, Partial<CountedOfSome> {
  timeUnixNs: string;
  atNs: number;
  startUnixNs: string;
  flow: Partial<Record<FlowName, number>>;
  inclusive: SparseHistogram;
  exclusive: SparseHistogram;
  /** It ended, and so long ago that its counts are in the line of all such: of this line only the head is there. */
  moved?: true;
}

/** capture.json; instants in nanoseconds since 1970 are decimal strings, since a JSON number would round them. */
export interface CaptureFile extends RecordingFacts {
  format: typeof CAPTURE_FORMAT;
  version: number;
  complete: boolean;
  clock: { monoNs: number; unixNs: string; source: string };
  /** Of version 1 only; profiles.ndjson has the rows since. */
  profiles?: ProfileRow[];
  metricsLines: number;
  /** Where the last window ends, since the capture's begin; 0: there was none, or an older version wrote it. */
  windowsEndNs: number;
}
