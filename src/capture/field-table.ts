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

/** TABLE: what gstreamer/README.md says of each field, by file. A test holds it against what is written. */
const helpByFile: Record<string, Record<string, string>> = {
  "capture.json": {
    format: `"${CAPTURE_FORMAT}"`,
    version: `${CAPTURE_VERSION}; a reader refuses a higher one`,
    complete: "false while the capture is written, or when its writer died",
    tool: "version of the program that wrote it",
    target:
      "the profiled process: pid, startTicks, command (redacted), executable, serviceName, startTime (ISO 8601), durationNs, and CPU time: processCpuNs since the first timer, cpuBeforeNs before it, registeredCpuNs in threads with a timer (of it cpuMaskedNs in no sample and cpuUnseenNs without a stack, because they block the signal), cpuTracerNs in the tracer's own threads, cpuRefusedNs in threads whose timer was refused",
    clock:
      "one instant on CLOCK_MONOTONIC (monoNs) and CLOCK_REALTIME (unixNs), the capture's begin; source of the timings. Times in the other files are Unix times by the wall clock as it was then; atNs beside them is the time since the begin on CLOCK_MONOTONIC, which nobody sets",
    settings:
      "sampleRate (per second of CPU time and thread), wallRate (off-CPU samples per second and thread), timing, engine (what sampled, and why), standby (nothing was recorded any more, or not yet)",
    metricsLines: "complete lines of metrics.ndjson",
    windowsEndNs: "where the last window of windows.ndjson ends, since the capture's begin; 0 where there is none",
    modules:
      "modules on the stacks: path, buildId, frames (distinct addresses in it; of these byType without a symbol and named after a class or a pad, byRole after what they were seen to do, unnamed by nothing), problem, source, lines, debuginfod",
    losses:
      "every counter by name, since the start: losses, and what is none; `report --json` has those as `losses` and `counters`",
    lossHelp: "what each reason means",
    overhead: "perBufferNs, handlerNsP50, handlerNsP99, agentCpuNs, agentRssBytes",
  },
  "topology.json": {
    pipelines: "their names, in order of appearance",
    elements:
      "id, path, pipeline, name, factory, plugin; bin, source, sink (its flags); leaky (a queue), sync (a sink that waits for the clock)",
    pads: "id, element, name, direction",
    renamed: "former names of pipelines that were renamed while they were known",
  },
  "profiles/wall-<n>.pb.gz": {
    "(pprof)":
      "the same, and time in which threads were blocked: those samples have the label blocked_on, stacks with an inferred caller the label inferred",
  },
  "profiles/cpu-<n>.pb.gz": {
    "(pprof)":
      "CPU nanoseconds of about ten seconds, of more where <n> is a range; labels pipeline, element, factory, thread as they are sent, path and thread_name with the real names; the system name of a function without a symbol that is named all the same begins with `type ` (after a class or a pad) or `role ` (after what it was seen to do), followed by what it is called else, `type libgstx264.so+fn@0x87c0`",
  },
  "spans.ndjson": {
    "trace, span, parent, startUnixNs, atNs, durationNs, pad, peer, kind, thread, tid, pts, bytes, buffers, flow, slow":
      "one push or pull of a traced buffer; ids in hexadecimal, parent null for the outermost; the file is there only where spans are taken",
  },
  "profiles.ndjson": {
    "file, kind, startUnixNs, atNs, durationNs, samples, totalNs, reachedRoot, inferred, frames, framesNamed, framesByType, framesByRole, windows, replaces":
      "one profile; framesNamed of its frames have a symbol, framesByType are named after a class or a pad, framesByRole after what they were seen to do; windows: how many were merged into it, replaces: whose files they were. A line with `dropped` alone takes the files away that it names: they were the oldest (version 1 had these rows in capture.json, as `profiles`)",
  },
  "windows.ndjson": {
    "atNs, durationNs, merged":
      "one window of about a second, or `merged` of them: once the file has 3600 lines, or 16 MB, all its windows become twice as long; a target with more than a thousand hops has longer ones. What is 0 or empty is left out; those of a capture saved from a live page are ten seconds long where they are older than a minute. Captures of older versions have no such file",
    "processCpuNs, otherCpuNs": "CPU time of the process, by the kernel; of samples that fell on no element",
    machine:
      "load (tasks that wanted a CPU), cpus, steal (share of the time that other virtual machines took), pressure (share in which some task waited for a CPU); null where it is not known, as in a capture saved from a live page",
    elements:
      "what each did in the window: path, cpuNs, readyNs, blockedNs (by samples), ownNs (in its pads' functions, without what they called), driverNs, buffersIn, buffersOut, bytesIn, drops, level and highestLevel (buffers in a queue at the end, and most at a time), own and wait: bucket, count, bucket, count of the grid, for calls of its functions, and for how long buffers stayed in a queue. At most 200; `(others)` is the sum of the rest",
    latency: "source, sink, sumNs, times (bucket, count, …): from the source's push to the sink's function",
  },
  "metrics.ndjson": {
    "timeUnixNs, atNs": "when the line was read; the last line of a hop counts",
    "pad, peer, kind, startUnixNs":
      "the hop: pad whose function ran, pad at the other side, first seen; kind is chain, pull, overflow, driver (times between the calls of a thread that `pad` drives), queue (in by `pad`, out by `peer`), event, query, latency (from `peer` to `pad`), reported, link, state (`pad` is an element, `peer` the state before << 3 | after) or transit. A line with nothing else but `moved` takes the hop's earlier lines away: it ended long ago, and its counts are in the line of the element `(ended)`",
    "buffers, bytes, invocations, nested": "cumulative; a list counts by its length",
    flow: "what the function returned, by flow return",
    "inclusive, exclusive": histogram,
    "dropped, level, highestLevel, flushed":
      "of a queue: buffers that went in and never came out, inside at the last look, most at a time, thrown away by a flush; of a latency: without a time stamp, nanoseconds until the source's first buffer, and from there to the sink; of reported: -, minimum, maximum",
  },
};

export const captureFields: readonly FieldRow[] = Object.entries(helpByFile).flatMap(([file, fields]) =>
  Object.entries(fields).map(([field, help]) => ({ file, field, help })),
);
