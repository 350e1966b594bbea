// Which quantities leave the agent as metrics, under which names? TABLE: metrics.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot, HistogramCounts } from "../model/batch.js";
import { type CounterKind, kindOf } from "../model/counter-kinds.js";
import type { LabelName } from "../model/label-policy.js";
import type { SegmentState } from "../model/segment-state.js";
import type { Per } from "./series.js";

/** What the agent knows of itself. */
export interface AgentSelf {
  startUnixNs: bigint;
  cpuNs: number;
  rssBytes: number;
  /** Waiting in upload queues. */
  queueBytes: number;
  /** Profiles by what became of them. */
  profiles: Record<string, number>;
  /** Samples that reached the agent and no server, by reason. */
  dropped: Record<string, number>;
  /** Values beyond the cap of a label, by label. */
  overflowed: Record<string, number>;
  /** By what became of them. */
  spans: Record<string, number>;
  /** Nanoseconds of the target's threads: running, ready, blocked. */
  threads: Record<string, number>;
}

/** Amounts by the value of the row's attribute; a row without one has the key "". */
type Amounts = Record<string, number>;

interface RowBase {
  name: string;
  /** The same in the text for Prometheus, which the target has for itself: its name, type and help are generated from this row. */
  prometheus?: string;
  /** UCUM. */
  unit: string;
  help: string;
  /** Name of the one attribute that splits the amounts, besides those of `per`. */
  attribute?: LabelName;
  /** True: amounts may have a fraction. */
  fraction?: true;
}

/**
 * `per` says whose series: a pad (pipeline, element, factory, pad), an element (without pad), an element as the driver of
 * threads or as a queue (likewise), the target, the agent.
 */
export type MetricRow = RowBase &
  (
    | { per: Per; kind: "histogram"; of: (cell: CellSnapshot) => HistogramCounts }
    | { per: Per; kind: "counter" | "gauge"; of: (cell: CellSnapshot) => Amounts }
    | { per: "target"; kind: "histogram"; of: (state: SegmentState) => HistogramCounts }
    | { per: "target"; kind: "counter" | "gauge"; of: (state: SegmentState) => Amounts }
    | { per: "agent"; kind: "counter" | "gauge"; of: (self: AgentSelf) => Amounts }
  );

/** A maximum of all ones is none. */
export const reportedBounds = ({ level, highestLevel }: CellSnapshot): Amounts =>
  highestLevel >= 2 ** 63 ? { min: level / 1e9 } : { min: level / 1e9, max: highestLevel / 1e9 };

const one = (amount: number): Amounts => ({ "": amount });

const WRITTEN = ["samples_written", "wall_written"];
const SPANS_WRITTEN = "spans_written";
/** Of threads that ran and of threads that were blocked: settled samples are not told apart by that. */
const written = (counters: Record<string, number>): number =>
  WRITTEN.reduce((sum, name) => sum + (counters[name] ?? 0), 0);
const ofKind = (kind: CounterKind, { counters }: SegmentState): Amounts =>
  Object.fromEntries(Object.entries(counters).filter(([name]) => kindOf(name) === kind));

export const metricTable: readonly MetricRow[] = [
  {
    name: "gstreamer.pad.latency.ns",
    prometheus: "gst_element_inclusive_seconds",
    unit: "ns",
    per: "pad",
    kind: "histogram",
    help: "time a pad's function held a buffer, with all that it called downstream",
    of: (cell) => cell.inclusive,
  },
  {
    name: "gstreamer.element.exclusive",
    prometheus: "gst_element_exclusive_seconds",
    unit: "s",
    per: "element",
    kind: "histogram",
    help: "time an element itself spent on a buffer, without what it called downstream",
    of: (cell) => cell.exclusive,
  },
  {
    name: "gstreamer.pad.buffers",
    prometheus: "gst_pad_buffers_total",
    unit: "{buffer}",
    per: "pad",
    kind: "counter",
    help: "buffers received by a sink pad, or delivered by a source pad that is pulled",
    of: (cell) => one(cell.buffers),
  },
  {
    name: "gstreamer.pad.io",
    prometheus: "gst_pad_bytes_total",
    unit: "By",
    per: "pad",
    kind: "counter",
    help: "bytes of these buffers",
    of: (cell) => one(cell.bytes),
  },
  {
    name: "gstreamer.pad.calls",
    prometheus: "gst_pad_calls_total",
    unit: "{call}",
    per: "pad",
    kind: "counter",
    help: "calls of the pad's function; a list of buffers is one",
    of: (cell) => one(cell.invocations),
  },
  {
    name: "gstreamer.pad.nested",
    prometheus: "gst_pad_nested_total",
    unit: "{call}",
    per: "pad",
    kind: "counter",
    help: "calls of a pad's function from inside itself; they add time and no call",
    of: (cell) => one(cell.nested),
  },
  {
    name: "gstreamer.pad.flow",
    prometheus: "gst_pad_flow_total",
    unit: "{return}",
    per: "pad",
    kind: "counter",
    attribute: "flow",
    help: "what the pad's function returned, by flow return",
    of: (cell) => cell.flow,
  },
  {
    name: "gstreamer.ended.buffers",
    prometheus: "gst_ended_buffers_total",
    unit: "{buffer}",
    per: "ended",
    kind: "counter",
    help: "buffers of pads that are gone and have no series of their own any more",
    of: (cell) => one(cell.buffers),
  },
  {
    name: "gstreamer.ended.io",
    prometheus: "gst_ended_bytes_total",
    unit: "By",
    per: "ended",
    kind: "counter",
    help: "bytes of these buffers",
    of: (cell) => one(cell.bytes),
  },
  {
    name: "gstreamer.ended.calls",
    prometheus: "gst_ended_calls_total",
    unit: "{call}",
    per: "ended",
    kind: "counter",
    help: "calls of the functions of these pads",
    of: (cell) => one(cell.invocations),
  },
  {
    name: "gstreamer.ended.exclusive",
    prometheus: "gst_ended_exclusive_seconds",
    unit: "s",
    per: "ended",
    kind: "histogram",
    help: "time that elements themselves spent in these calls",
    of: (cell) => cell.exclusive,
  },
  {
    name: "gstreamer.element.driver",
    prometheus: "gst_element_driver_seconds",
    unit: "s",
    per: "driver",
    kind: "histogram",
    help: "time an element spent between two calls of a thread that it drives: a source makes a buffer, a queue waits for one",
    of: (cell) => cell.exclusive,
  },
  {
    name: "gstreamer.queue.wait",
    prometheus: "gst_queue_wait_seconds",
    unit: "s",
    per: "queue",
    kind: "histogram",
    help: "time a buffer stayed in a queue",
    of: (cell) => cell.inclusive,
  },
  {
    name: "gstreamer.queue.dropped",
    prometheus: "gst_queue_dropped_buffers_total",
    unit: "{buffer}",
    per: "queue",
    kind: "counter",
    help: "buffers that went into a queue and never came out, flushed ones not counted: it is leaky",
    of: (cell) => one(cell.dropped),
  },
  {
    name: "gstreamer.queue.flushed",
    prometheus: "gst_queue_flushed_buffers_total",
    unit: "{buffer}",
    per: "queue",
    kind: "counter",
    help: "buffers that were in a queue, or on their way in, at a flush",
    of: (cell) => one(cell.flushed),
  },
  {
    name: "gstreamer.queue.level",
    prometheus: "gst_queue_level_buffers",
    unit: "{buffer}",
    per: "queue",
    kind: "gauge",
    help: "buffers in a queue when the latest one was taken",
    of: (cell) => one(cell.level),
  },
  {
    name: "gstreamer.pipeline.latency",
    prometheus: "gst_pipeline_latency_seconds",
    unit: "s",
    per: "latency",
    kind: "histogram",
    help: "time from a source's push to a sink's function, of buffers found again by their running time",
    of: (cell) => cell.inclusive,
  },
  {
    name: "gstreamer.pipeline.latency.unmatched",
    prometheus: "gst_pipeline_latency_unmatched_buffers_total",
    unit: "{buffer}",
    per: "latency",
    kind: "counter",
    help: "buffers at a sink that no time of the source's leads to",
    of: (cell) => one(cell.invocations - cell.buffers),
  },
  {
    name: "gstreamer.element.transit",
    prometheus: "gst_element_transit_seconds",
    unit: "s",
    per: "transit",
    kind: "histogram",
    help: "time from a buffer's arrival in an element to the element's push; measured when flags asks for element",
    of: (cell) => cell.inclusive,
  },
  {
    name: "gstreamer.element.reported",
    prometheus: "gst_element_reported_latency_seconds",
    unit: "s",
    per: "reported",
    kind: "gauge",
    attribute: "bound",
    fraction: true,
    help: "what an element says that it adds to the latency: min, and max where there is one",
    of: reportedBounds,
  },
  {
    name: "gstreamer.element.event",
    prometheus: "gst_element_event_seconds",
    unit: "s",
    per: "event",
    kind: "histogram",
    help: "time in an element's event functions, where they took a tenth of a millisecond in all",
    of: (cell) => cell.exclusive,
  },
  {
    name: "gstreamer.element.query",
    prometheus: "gst_element_query_seconds",
    unit: "s",
    per: "query",
    kind: "histogram",
    help: "time in an element's query functions, where they took a tenth of a millisecond in all",
    of: (cell) => cell.exclusive,
  },
  {
    name: "gstreamer.element.link",
    prometheus: "gst_element_link_seconds",
    unit: "s",
    per: "link",
    kind: "histogram",
    help: "time between an element's push and the next element's function: probes, the stream lock; with timing=hooks",
    of: (cell) => cell.exclusive,
  },
  {
    name: "gstreamer.profiler.samples",
    prometheus: "gst_pyroscope_samples_total",
    unit: "{sample}",
    per: "target",
    kind: "counter",
    attribute: "outcome",
    help: "stack samples: written by the target, inferred or walked later in part, settled by an agent, lost with an agent that died",
    of: (state) => ({
      written: written(state.counters),
      inferred: state.counters.inferred ?? 0,
      deferred: state.counters.deferred ?? 0,
      settled: state.samplesSettled,
      agent_lost: state.samplesAgentLost,
    }),
  },
  {
    name: "gstreamer.profiler.losses",
    prometheus: "gst_pyroscope_losses_total",
    unit: "{event}",
    per: "target",
    kind: "counter",
    attribute: "reason",
    help: "what could not be measured, by reason",
    of: (state) => ofKind("loss", state),
  },
  {
    name: "gstreamer.profiler.events",
    prometheus: "gst_pyroscope_events_total",
    unit: "{event}",
    per: "target",
    kind: "counter",
    attribute: "event",
    help: "what happened inside the profiler and lost nothing, by event",
    of: (state) => ofKind("information", state),
  },
  {
    name: "gstreamer.profiler.spans",
    unit: "{span}",
    per: "target",
    kind: "counter",
    help: "spans that the target wrote for the agent",
    of: (state) => one(state.counters[SPANS_WRITTEN] ?? 0),
  },
  {
    name: "gstreamer.profiler.handler",
    prometheus: "gst_pyroscope_handler_seconds",
    unit: "s",
    per: "target",
    kind: "histogram",
    help: "time spent in the profiler's signal handler for one sample",
    of: (state) => state.handler,
  },
  {
    name: "gstreamer.profiler.target.cpu",
    prometheus: "gst_pyroscope_target_cpu_seconds_total",
    unit: "s",
    per: "target",
    kind: "counter",
    attribute: "scope",
    fraction: true,
    help: "CPU time of the target: since the first sample timer of the process, of the threads with a timer (masked and unseen are parts of it), of the tracer's threads and of those whose timer was refused; and before",
    of: (state) => ({
      process: Math.max(0, state.processCpuNs - state.processCpuBeginNs) / 1e9,
      registered: state.registeredCpuNs / 1e9,
      before: state.processCpuBeginNs / 1e9,
      tracer: state.ownCpuNs / 1e9,
      refused: state.unarmedCpuNs / 1e9,
      masked: state.maskedCpuNs / 1e9,
      unseen: state.unseenCpuNs / 1e9,
    }),
  },
  {
    name: "gstreamer.profiler.timing.cost",
    prometheus: "gst_pyroscope_timing_cost_seconds",
    unit: "s",
    per: "target",
    kind: "gauge",
    fraction: true,
    help: "calibrated cost of timing one call of a pad's function",
    of: (state) => one(state.timingCostPs / 1e12),
  },
  {
    name: "gstreamer.profiler.agent.cpu",
    unit: "s",
    per: "agent",
    kind: "counter",
    fraction: true,
    help: "CPU time of the agent",
    of: (self) => one(self.cpuNs / 1e9),
  },
  {
    name: "gstreamer.profiler.agent.memory",
    unit: "By",
    per: "agent",
    kind: "gauge",
    help: "resident memory of the agent",
    of: (self) => one(self.rssBytes),
  },
  {
    name: "gstreamer.profiler.agent.queue",
    unit: "By",
    per: "agent",
    kind: "gauge",
    help: "profiles that wait for a server",
    of: (self) => one(self.queueBytes),
  },
  {
    name: "gstreamer.profiler.agent.profiles",
    unit: "{profile}",
    per: "agent",
    kind: "counter",
    attribute: "outcome",
    help: "profiles by what became of them",
    of: (self) => self.profiles,
  },
  {
    name: "gstreamer.profiler.agent.dropped",
    unit: "{sample}",
    per: "agent",
    kind: "counter",
    attribute: "reason",
    help: "samples that reached the agent and no server, by reason",
    of: (self) => self.dropped,
  },
  {
    name: "gstreamer.profiler.agent.spans",
    unit: "{span}",
    per: "agent",
    kind: "counter",
    attribute: "outcome",
    help: "spans by what became of them: sent, or why not",
    of: (self) => self.spans,
  },
  {
    name: "gstreamer.profiler.agent.threads",
    unit: "s",
    per: "agent",
    kind: "counter",
    attribute: "state",
    fraction: true,
    help: "time of the target's threads in delivered windows: running, ready (able to run, but on no CPU) and blocked",
    of: (self) => Object.fromEntries(Object.entries(self.threads).map(([state, ns]) => [state, ns / 1e9])),
  },
  {
    name: "gstreamer.profiler.agent.overflowed",
    unit: "{value}",
    per: "agent",
    kind: "counter",
    attribute: "label",
    help: "values beyond what a label may have, which became (other), by label",
    of: (self) => self.overflowed,
  },
];
