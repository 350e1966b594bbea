// What does each field of a capture mean? TABLE: captureFields, for gstreamer/README.md; a test holds it against what is written.
// SPDX-License-Identifier: MPL-2.0

import { CAPTURE_FORMAT, CAPTURE_VERSION } from "./format.js";

export interface FieldRow {
  file: string;
  field: string;
  help: string;
}

const histogram =
  "sumNs, minNs, maxNs (null = nothing yet), counts: [bucket, count] of the non-empty buckets of the grid";

/** TABLE: what gstreamer/README.md says of each field. A test holds it against what is written. */
export const captureFields: readonly FieldRow[] = [
  { file: "capture.json", field: "format", help: `"${CAPTURE_FORMAT}"` },
  { file: "capture.json", field: "version", help: `${CAPTURE_VERSION}; a reader refuses a higher one` },
  { file: "capture.json", field: "complete", help: "false while the capture is written, or when its writer died" },
  { file: "capture.json", field: "tool", help: "version of the program that wrote it" },
  {
    file: "capture.json",
    field: "target",
    help: "the profiled process: pid, startTicks, command (redacted), executable, serviceName, startTime (ISO 8601), durationNs, and CPU time: processCpuNs since the first timer, cpuBeforeNs before it, registeredCpuNs in threads with a timer (of it cpuMaskedNs in no sample and cpuUnseenNs without a stack, because they block the signal), cpuTracerNs in the tracer's own threads, cpuRefusedNs in threads whose timer was refused",
  },
  {
    file: "capture.json",
    field: "clock",
    help: "one instant on CLOCK_MONOTONIC (monoNs) and CLOCK_REALTIME (unixNs), the capture's begin; source of the timings. Times in the other files are Unix times by the wall clock as it was then; atNs beside them is the time since the begin on CLOCK_MONOTONIC, which nobody sets",
  },
  {
    file: "capture.json",
    field: "settings",
    help: "sampleRate (per second of CPU time and thread), wallRate (off-CPU samples per second and thread), timing, engine (what sampled, and why)",
  },
  { file: "capture.json", field: "metricsLines", help: "complete lines of metrics.ndjson" },
  {
    file: "capture.json",
    field: "modules",
    help: "modules on the stacks: path, buildId, frames, unnamed, problem, source, lines, debuginfod",
  },
  {
    file: "capture.json",
    field: "losses",
    help: "every counter by name, since the start: losses, and what is none; `report --json` has those as `losses` and `counters`",
  },
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
    help: "id, path, pipeline, name, factory, plugin; bin, source, sink (its flags); leaky (a queue), sync (a sink that waits for the clock)",
  },
  { file: "topology.json", field: "pads", help: "id, element, name, direction" },
  {
    file: "topology.json",
    field: "renamed",
    help: "former names of pipelines that were renamed while they were known",
  },
  {
    file: "profiles/wall-<n>.pb.gz",
    field: "(pprof)",
    help: "the same, and time in which threads were blocked: those samples have the label blocked_on, stacks with an inferred caller the label inferred",
  },
  {
    file: "profiles/cpu-<n>.pb.gz",
    field: "(pprof)",
    help: "CPU nanoseconds of about ten seconds, of more where <n> is a range; labels pipeline, element, factory, thread as they are sent, path and thread_name with the real names",
  },
  {
    file: "spans.ndjson",
    field:
      "trace, span, parent, startUnixNs, atNs, durationNs, pad, peer, kind, thread, tid, pts, bytes, buffers, flow, slow",
    help: "one push or pull of a traced buffer; ids in hexadecimal, parent null for the outermost; the file is there only where spans are taken",
  },
  {
    file: "profiles.ndjson",
    field:
      "file, kind, startUnixNs, atNs, durationNs, samples, totalNs, reachedRoot, inferred, frames, framesNamed, windows, replaces",
    help: "one profile; windows: how many were merged into it, replaces: whose files they were. A line with `dropped` alone takes the files away that it names: they were the oldest (version 1 had these rows in capture.json, as `profiles`)",
  },
  { file: "metrics.ndjson", field: "timeUnixNs, atNs", help: "when the line was read; the last line of a hop counts" },
  {
    file: "metrics.ndjson",
    field: "pad, peer, kind, startUnixNs",
    help: "the hop: pad whose function ran, pad at the other side, first seen; kind is chain, pull, overflow, driver (times between the calls of a thread that `pad` drives), queue (in by `pad`, out by `peer`), event, query, latency (from `peer` to `pad`), reported, link, state (`pad` is an element, `peer` the state before << 3 | after) or transit. A line with nothing else but `moved` takes the hop's earlier lines away: it ended long ago, and its counts are in the line of the element `(ended)`",
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
