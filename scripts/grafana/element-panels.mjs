// What does an element do with its time?
// SPDX-License-Identifier: MPL-2.0

import { CPU_PROFILE, flames, heat, lines, profileLines, WALL_PROFILE } from "./panels.mjs";
import {
  bufferRate,
  buffers,
  cpuByElement,
  driver,
  exclusive,
  inclusive,
  inElement,
  notOk,
  percentiles,
  waiting,
} from "./shared-panels.mjs";

const each = ["pipeline", "element"];

const timeOfBuffers = (q) => ({
  row: "A buffer's time",
  panels: [
    lines({
      title: "Own time of a buffer",
      description:
        "Without what comes behind the element. p99 far above p50: not each buffer is alike, key frames of an encoder for example. At a live pipeline's frame rate it must stay below the time of a frame.",
      unit: "s",
      width: 12,
      targets: percentiles(q, exclusive, each, "{{element}}"),
    }),
    lines({
      title: "Share of a thread",
      description:
        "Seconds of its own in a second. At 100 % the element is the bottleneck of its thread: put a queue in front of it, or make it cheaper.",
      unit: "percentunit",
      width: 12,
      targets: [{ expr: q.seconds(exclusive, each), legend: "{{element}}" }],
    }),
    heat({
      title: "Own time of a buffer: how many took how long",
      description:
        "Two bands: two kinds of buffers. A band that climbs: it becomes slower. Single ones far above: look for them among the traces.",
      unit: "s",
      width: 12,
      expr: q.buckets(exclusive),
    }),
    lines({
      title: "Own time, and with all that it calls",
      description: "Mean of a buffer. Far apart: the time is behind the element, in the same thread.",
      unit: "s",
      width: 12,
      height: 10,
      targets: [
        { expr: q.mean(exclusive, each), legend: "{{element}} own" },
        { expr: q.mean(inclusive, each), legend: "{{element}} with what it calls" },
      ],
    }),
  ],
});

const whereItGoes = () => ({
  row: "In which functions, and in which calls does it wait?",
  panels: [
    cpuByElement(inElement, 12),
    profileLines({
      title: "Waits, by system call",
      description:
        "Threads of these elements that were blocked, by what they wait in. cpu: able to run, but without a CPU. futex: a lock or a full or empty queue; poll and read: a device or the network.",
      width: 12,
      height: 10,
      selector: waiting,
      profile: WALL_PROFILE,
      groupBy: "blocked_on",
    }),
    flames({
      title: "CPU",
      description: "Where these elements burn CPU time.",
      width: 12,
      selector: inElement,
      profile: CPU_PROFILE,
    }),
    flames({
      title: "Waits",
      description: "Where the threads of these elements are blocked.",
      width: 12,
      selector: waiting,
      profile: WALL_PROFILE,
    }),
  ],
});

const whatGoesThrough = (q) => ({
  row: "What goes through",
  panels: [
    bufferRate(q, [...each, "pad"], "{{element}}:{{pad}}", 8),
    lines({
      title: "Bytes per second",
      description: "Of these buffers, at the pad that takes them.",
      unit: "Bps",
      width: 8,
      targets: [{ expr: q.rate("gstreamer.pad.io", [...each, "pad"]), legend: "{{element}}:{{pad}}" }],
    }),
    lines({
      title: "Buffers in a call",
      description: "More than 1: the element gets lists, which is cheaper.",
      unit: "short",
      width: 8,
      targets: [
        {
          expr: `${q.rate(buffers, each)} / ${q.rate("gstreamer.pad.calls", each)}`,
          legend: "{{element}}",
        },
      ],
    }),
    notOk(q, [...each, "flow"], "{{element}} {{flow}}", 8),
    lines({
      title: "Driver: between two pushes",
      description:
        "Mean time in which a source makes a buffer, or a queue, an aggregator or a demuxer waits for the next.",
      unit: "s",
      width: 8,
      targets: [{ expr: q.mean(driver, each), legend: "{{element}}" }],
    }),
    lines({
      title: "Events and queries",
      description:
        "Share of a thread. More than a little: caps are negotiated over and over, or an element blocks in a query.",
      unit: "percentunit",
      width: 8,
      targets: [
        { expr: q.seconds("gstreamer.element.event", each), legend: "{{element}} events" },
        { expr: q.seconds("gstreamer.element.query", each), legend: "{{element}} queries" },
      ],
    }),
    lines({
      title: "Between elements (timing=hooks)",
      description:
        "Mean time between an element's push and the next element's function: probes, and the wait for the stream's lock. Empty without timing=hooks.",
      unit: "s",
      width: 12,
      targets: [{ expr: q.mean("gstreamer.element.link", each), legend: "{{element}}" }],
    }),
    lines({
      title: "Calls from inside itself",
      description: "Calls of a pad's function from inside itself, a second. They add time and count no buffer.",
      unit: "cps",
      width: 12,
      targets: [{ expr: q.rate("gstreamer.pad.nested", each), legend: "{{element}}" }],
    }),
  ],
});

export const elementPanels = (q) => [timeOfBuffers(q), whereItGoes(), whatGoesThrough(q)];
