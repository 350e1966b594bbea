// What does a capture directory hold? The format, version 2: its files; field-table.ts says what each field means.
// SPDX-License-Identifier: MPL-2.0

import type { CellKind, FlowName } from "../model/batch.js";
import type { ProfileCounts, RecordingFacts } from "../model/recording.js";

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
export interface ProfileInfo extends ProfileCounts {
  kind: "cpu" | "wall";
  startUnixNs: bigint;
  /** The same since the capture's begin, on a clock that nobody sets; older captures have none. */
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

/** One line of profiles.ndjson that takes profiles away: they were the oldest, and there was no room. */
export interface DroppedRow {
  dropped: string[];
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
export interface CaptureFile extends RecordingFacts {
  format: typeof CAPTURE_FORMAT;
  version: number;
  complete: boolean;
  clock: { monoNs: number; unixNs: string; source: string };
  /** Of version 1 only; profiles.ndjson has the rows since. */
  profiles?: ProfileRow[];
  metricsLines: number;
}
