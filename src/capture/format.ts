// What does a capture directory hold? The format, version 1: its files and their fields. TABLE: captureFields, for the README.
// SPDX-License-Identifier: MPL-2.0

import type { CellKind, FlowName } from "../model/batch.js";

export const CAPTURE_FORMAT = "gst-pyroscope-capture";
export const CAPTURE_VERSION = 1;

export const captureFiles = {
  capture: "capture.json",
  topology: "topology.json",
  metrics: "metrics.ndjson",
  spans: "spans.ndjson",
  profiles: "profiles",
  report: "report.html",
  /** Exists while somebody writes: pid and start time of the writer. */
  writer: ".writer",
} as const;

/** The first process writes into the directory itself, the n-th into this folder of it. */
export const processFolder = (n: number): string => `process-${n}`;
export const isProcessFolder = (name: string): boolean => /^process-[1-9]\d*$/.test(name);
export const isProfileFile = (name: string): boolean => /^(cpu|wall)-[1-9]\d*\.pb\.gz$/.test(name);

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
  durationNs: number;
  samples: number;
  totalNs: number;
  reachedRoot: number;
  inferred: number;
  frames: number;
  framesNamed: number;
}

/** One module that stacks went through, and how many of its frames got a function's name. */
export interface ModuleNames {
  path: string;
  buildId: string;
  frames: number;
  unnamed: number;
  /** Why its file was not used, or "". */
  problem: string;
  /** Where its names come from: "", ".dynsym", ".gnu_debugdata", "build-id", "debuglink", "debuginfod", ".symtab". */
  source: string;
  /** Files and lines are known. */
  lines: boolean;
  /** What became of the question to debuginfod servers, or "". */
  debuginfod: string;
}

/** What the writer of the capture has cost and lost itself. */
export interface AgentState {
  timeUnixNs: bigint;
  cpuNs: number;
  rssBytes: number;
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
  };
  clock: { monoNs: number; unixNs: string; source: string };
  settings: { sampleRate: number; timing: string };
  profiles: (Omit<ProfileInfo, "startUnixNs"> & { file: string; startUnixNs: string })[];
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

export interface FieldRow {
  file: string;
  field: string;
  help: string;
}

const histogram =
  "sumNs, minNs, maxNs (null = nothing yet), counts: [bucket, count] of the non-empty buckets of the grid";

/** TABLE: what the README says of each field. A test holds it against what is written. */
export const captureFields: readonly FieldRow[] = [
  { file: "capture.json", field: "format", help: `"${CAPTURE_FORMAT}"` },
  { file: "capture.json", field: "version", help: `${CAPTURE_VERSION}; a reader refuses a higher one` },
  { file: "capture.json", field: "complete", help: "false while the capture is written, or when its writer died" },
  { file: "capture.json", field: "tool", help: "version of the program that wrote it" },
  {
    file: "capture.json",
    field: "target",
    help: "the profiled process: pid, startTicks, command (redacted), executable, serviceName, startTime (ISO 8601), durationNs, processCpuNs, registeredCpuNs",
  },
  {
    file: "capture.json",
    field: "clock",
    help: "one instant on CLOCK_MONOTONIC (monoNs) and CLOCK_REALTIME (unixNs); source of the timings",
  },
  { file: "capture.json", field: "settings", help: "sampleRate (per second of CPU time and thread), timing engine" },
  {
    file: "capture.json",
    field: "profiles",
    help: "one row a profile: file, kind, startUnixNs, durationNs, samples, totalNs, reachedRoot, inferred, frames, framesNamed",
  },
  { file: "capture.json", field: "metricsLines", help: "complete lines of metrics.ndjson" },
  {
    file: "capture.json",
    field: "modules",
    help: "modules on the stacks: path, buildId, frames, unnamed, problem, source, lines, debuginfod",
  },
  { file: "capture.json", field: "losses", help: "by reason, since the start" },
  { file: "capture.json", field: "lossHelp", help: "what each reason means" },
  {
    file: "capture.json",
    field: "overhead",
    help: "perBufferNs, handlerNsP50, handlerNsP99, agentCpuNs, agentRssBytes",
  },
  { file: "topology.json", field: "pipelines", help: "their names, in order of appearance" },
  {
    file: "topology.json",
    field: "elements",
    help: "id, path, pipeline, name, factory, plugin; bin; leaky (a queue), sync (a sink that waits for the clock)",
  },
  { file: "topology.json", field: "pads", help: "id, element, name, direction" },
  {
    file: "profiles/cpu-<n>.pb.gz",
    field: "(pprof)",
    help: "CPU nanoseconds of about ten seconds; labels pipeline, element, factory, thread as they are sent, path with the real names",
  },
  {
    file: "spans.ndjson",
    field:
      "trace, span, parent, startUnixNs, durationNs, pad, peer, kind, thread, tid, pts, bytes, buffers, flow, slow",
    help: "one push or pull of a traced buffer; ids in hexadecimal, parent null for the outermost; the file is there only where spans are taken",
  },
  { file: "metrics.ndjson", field: "timeUnixNs", help: "when the line was read; the last line of a hop counts" },
  {
    file: "metrics.ndjson",
    field: "pad, peer, kind, startUnixNs",
    help: "the hop: pad whose function ran, pad at the other side, first seen; kind is chain, pull, overflow, driver (times between the calls of a thread that `pad` drives), queue (in by `pad`, out by `peer`), event, query, latency (from `peer` to `pad`), reported, link, state (`pad` is an element, `peer` the state before << 3 | after) or transit",
  },
  {
    file: "metrics.ndjson",
    field: "buffers, bytes, invocations, nested",
    help: "cumulative; a list counts by its length",
  },
  { file: "metrics.ndjson", field: "flow", help: "what the function returned, by flow return" },
  { file: "metrics.ndjson", field: "inclusive, exclusive", help: histogram },
  {
    file: "metrics.ndjson",
    field: "dropped, level, highestLevel, flushed",
    help: "of a queue: buffers that went in and never came out, inside at the last look, most at a time, thrown away by a flush; of a latency: without a time stamp, nanoseconds until the source's first buffer, and from there to the sink; of reported: -, minimum, maximum",
  },
];
