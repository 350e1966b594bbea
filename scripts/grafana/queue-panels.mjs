// Which queues are full, which are empty, and which lose buffers?
// SPDX-License-Identifier: MPL-2.0

import { heat, lines } from "./panels.mjs";
import { bufferPanel, buffers, percentiles, QUEUES, roomPanel, wait } from "./shared-panels.mjs";

const each = ["pipeline", "element"];

const fullOrEmpty = (q) => ({
  row: "Full or empty?",
  panels: [
    roomPanel(q, 12),
    bufferPanel(q, 12),
    lines({
      title: "Level",
      description:
        "Buffers in the queue when the latest one was taken. Full and empty are what the two panels above say: a queue's limit may be bytes or time as well.",
      unit: "short",
      width: 12,
      targets: [{ expr: q.gauge("gstreamer.queue.level", each), legend: "{{element}}" }],
    }),
    lines({
      title: "Time in the queue",
      description:
        "It is part of the latency from source to sink. Long: make the queue smaller, or what comes behind it faster.",
      unit: "s",
      width: 12,
      targets: percentiles(q, wait, each, "{{element}}"),
    }),
    heat({
      title: "Time in the queue: how many stayed how long",
      description: "A band at the top: the queue is full all the time. At the bottom: it is empty.",
      unit: "s",
      width: 24,
      expr: q.buckets(wait),
    }),
  ],
});

const inAndOut = (q) => ({
  row: "What goes in and comes out",
  panels: [
    lines({
      title: "In and out per second",
      description: "In above out for long: the queue fills, drops, or was flushed.",
      unit: "cps",
      width: 12,
      targets: [
        { expr: q.rate(buffers, each, [QUEUES]), legend: "{{element}} in" },
        { expr: q.observations(wait, each), legend: "{{element}} out" },
      ],
    }),
    lines({
      title: "Dropped and flushed per second",
      description: "Dropped: the queue is leaky, and what comes behind it too slow; flushed: at a seek or an end.",
      unit: "cps",
      width: 12,
      targets: [
        { expr: q.rate("gstreamer.queue.dropped", each), legend: "{{element}} dropped" },
        { expr: q.rate("gstreamer.queue.flushed", each), legend: "{{element}} flushed" },
      ],
    }),
  ],
});

export const queuePanels = (q) => [fullOrEmpty(q), inAndOut(q)];
