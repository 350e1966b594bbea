// Which metrics, selections and panels do several dashboards show?
// SPDX-License-Identifier: MPL-2.0

import { CPU_PROFILE, lines, profileLines } from "./panels.mjs";

/** Elements whose time is a wait for room, or for a buffer. */
export const QUEUES = 'factory=~"(multi)?queue2?"';
export const NO_QUEUES = 'factory!~"(multi)?queue2?"';
/** A sink's time is a wait for the clock, where all is well. */
export const SINKS = 'factory=~".*sink"';
export const NO_SINKS = 'factory!~".*sink|clocksync"';
export const NOT_OK = 'flow!="ok"';
/** These end a stream; eos and flushing are ends and seeks, not-linked is a pad that nobody wants. */
export const FAILED = 'flow=~"error|not-negotiated|not-supported"';

/** A variable of the dashboard; of several choices `pipe` makes a|b. */
const chosen = (name) => `\${${name}:pipe}`;

/** Of which samples a profile is, by its labels. */
const profileOf = (labels) => `{${['service_name="$service"', ...labels].join(",")}}`;
const ofPipeline = `pipeline=~"${chosen("pipeline")}"`;
const ofElement = `element=~"${chosen("element")}"`;
export const inPipeline = profileOf([ofPipeline]);
export const inElement = profileOf([ofPipeline, ofElement]);
export const waiting = profileOf([ofPipeline, ofElement, 'blocked_on!=""']);

export const exclusive = "gstreamer.element.exclusive";
export const inclusive = "gstreamer.pad.latency.ns";
export const buffers = "gstreamer.pad.buffers";
export const driver = "gstreamer.element.driver";
export const wait = "gstreamer.queue.wait";
export const latency = "gstreamer.pipeline.latency";

export const percentiles = (q, name, labels, legend, more) =>
  [0.5, 0.9, 0.99].map((p) => ({ expr: q.quantile(p, name, labels, more), legend: `p${p * 100} ${legend}` }));

/** Share of its time that the thread in front of a queue waits for room in it. */
export const waitForRoom = (q, labels) => q.seconds(exclusive, labels, [QUEUES]);
export const waitForBuffer = (q, labels) => q.seconds(driver, labels, [QUEUES]);

export const roomPanel = (q, width) =>
  lines({
    title: "Full: waits for room",
    description:
      "Share of its time that the thread in front of a queue waits until there is room. Near 100 %: what comes behind this queue is too slow, look there, at the element with the most time of its own. Normal where a file is played and the sink waits for the clock.",
    unit: "percentunit",
    max: 1,
    width,
    targets: [{ expr: waitForRoom(q, ["pipeline", "element"]), legend: "{{element}}" }],
  });

export const bufferPanel = (q, width) =>
  lines({
    title: "Empty: waits for a buffer",
    description:
      "Share of its time that the thread behind a queue waits for the next buffer. Near 100 %: what comes in front of this queue is the slow part, or the source is live and there is nothing more to do.",
    unit: "percentunit",
    max: 1,
    width,
    targets: [{ expr: waitForBuffer(q, ["pipeline", "element"]), legend: "{{element}}" }],
  });

export const cpuByElement = (selector, width) =>
  profileLines({
    title: "CPU by element",
    description:
      "Cores in use, by the element that a sample belongs to, its own threads included. Without a name: threads that work for no element.",
    width,
    height: 10,
    selector,
    profile: CPU_PROFILE,
    groupBy: "element",
  });

export const notOk = (q, labels, legend, width) =>
  lines({
    title: "Flow returns other than ok",
    description:
      "What functions of pads returned, a second. error and not-negotiated end a stream: see the application's log and GST_DEBUG. eos and flushing belong to ends and seeks.",
    unit: "cps",
    width,
    targets: [{ expr: q.rate("gstreamer.pad.flow", labels, [NOT_OK]), legend }],
  });

export const bufferRate = (q, labels, legend, width) =>
  lines({
    title: "Buffers per second",
    description:
      "What each element took. A step down from one element to the next: it drops or merges. All at zero: the pipeline is paused or stalled.",
    unit: "cps",
    width,
    targets: [{ expr: q.rate(buffers, labels), legend }],
  });
