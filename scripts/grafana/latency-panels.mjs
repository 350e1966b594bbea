// How long do buffers take from source to sink, and where do they lose the time?
// SPDX-License-Identifier: MPL-2.0

import { heat, lines, spans } from "./panels.mjs";
import { latency, percentiles, wait } from "./shared-panels.mjs";

const pair = ["pipeline", "source", "sink"];
const each = ["pipeline", "element"];

const fromSourceToSink = (q) => ({
  row: "From source to sink",
  panels: [
    lines({
      title: "Latency",
      description:
        "From the begin of a source's push to the begin of the sink's function. Compare it with what elements report, below: more than that, and a live sink drops or stutters.",
      unit: "s",
      width: 12,
      targets: percentiles(q, latency, pair, "{{source}} → {{sink}}"),
    }),
    lines({
      title: "Buffers that were not found again",
      description:
        "Share of a sink's buffers that no time of the source's leads to. Much of it: an element gives buffers other time stamps, and the figures are of few.",
      unit: "percentunit",
      max: 1,
      width: 12,
      targets: [
        {
          expr: `${q.rate("gstreamer.pipeline.latency.unmatched", pair)} / (${q.rate("gstreamer.pipeline.latency.unmatched", pair)} + ${q.observations(latency, pair)})`,
          legend: "{{source}} → {{sink}}",
        },
      ],
    }),
    heat({
      title: "Latency: how many took how long",
      description: "A band that climbs: something fills up. Single ones far above: look for them among the traces.",
      unit: "s",
      width: 24,
      expr: q.buckets(latency),
    }),
  ],
});

const whereItComesFrom = (q) => ({
  row: "Where it comes from",
  panels: [
    lines({
      title: "In queues",
      description: "Mean time in each queue.",
      unit: "s",
      width: 8,
      targets: [{ expr: q.mean(wait, each), legend: "{{element}}" }],
    }),
    lines({
      title: "In elements (flags=element)",
      description:
        "Time from a buffer's arrival in an element to the element's push, p99. Measured where the tracer's flags ask for element.",
      unit: "s",
      width: 8,
      targets: [{ expr: q.quantile(0.99, "gstreamer.element.transit", each), legend: "{{element}}" }],
    }),
    lines({
      title: "Reported by elements",
      description:
        "What each element says that it adds, minimum and maximum. An encoder with much of it: look-ahead, B frames.",
      unit: "s",
      width: 8,
      targets: [
        {
          expr: q.gauge("gstreamer.element.reported", [...each, "bound"], [], "max"),
          legend: "{{element}} {{bound}}",
        },
      ],
    }),
  ],
});

const slowPushes = () => ({
  row: "Traces: the slowest pushes",
  panels: [
    spans({
      title: "Pushes that took longer than 10 ms",
      description:
        "Where the tracer takes spans (span-ratio). Open one: its span has a button to the profile of just that push, and its trace shows the elements that it went through.",
      unit: "ns",
      traceql:
        '{ resource.service.name="$service" && name="PadPush" && duration>10ms } | select(span.gstreamer.element.name)',
    }),
  ],
});

export const latencyPanels = (q) => [fromSourceToSink(q), whereItComesFrom(q), slowPushes()];
