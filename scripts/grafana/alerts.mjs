// When should somebody be called? TABLE: alert rules, for Prometheus and for Grafana.
// SPDX-License-Identifier: MPL-2.0

import { lossShareOf, overheadOf } from "./profiler-panels.mjs";
import { queriesOf } from "./queries.mjs";
import { FAILED, NO_QUEUES, NO_SINKS, QUEUES } from "./shared-panels.mjs";

const PROCESS = ["job", "instance"];
const PIPELINE = [...PROCESS, "pipeline"];
const ELEMENT = [...PIPELINE, "element"];
const where = "{{ $labels.element }} of {{ $labels.pipeline }} ({{ $labels.job }})";

/** `expr` of queries over five minutes; above `limit` for `lasts` the rule fires. */
export const alertTable = [
  {
    name: "GstPipelineStalled",
    severity: "critical",
    lasts: "1m",
    above: 0,
    expr: ({ lately, long }) =>
      `(${long.increase("gstreamer.pad.buffers", PIPELINE)} > 0) and (${lately.increase("gstreamer.pad.buffers", PIPELINE)} == 0)`,
    summary: "{{ $labels.pipeline }} ({{ $labels.job }}) handles no buffers any more",
    description:
      "It did within the last fifteen minutes, and its process still reports. Paused on purpose? Else look at its log, at the flow returns, and at what its threads wait for (dashboard of elements, waits).",
  },
  {
    name: "GstStreamFailed",
    severity: "critical",
    lasts: "0s",
    above: 0,
    expr: ({ usual }) => usual.increase("gstreamer.pad.flow", [...ELEMENT, "flow"], [FAILED]),
    summary: `${where} returned {{ $labels.flow }}`,
    description:
      "That ends the stream. The application's log and GST_DEBUG say why; not-negotiated: two elements found no common caps.",
  },
  {
    name: "GstQueueFull",
    severity: "warning",
    lasts: "5m",
    above: 0.8,
    expr: ({ usual }) => usual.seconds("gstreamer.element.exclusive", ELEMENT, [QUEUES]),
    summary: `${where} is full: the thread in front of it waits for room {{ $value | humanizePercentage }} of its time`,
    description:
      "What comes behind this queue is too slow: look there, at the element with the most time of its own. Normal where a file is played and the sink waits for the clock: silence it for such services.",
  },
  {
    name: "GstQueueDrops",
    severity: "warning",
    lasts: "1m",
    above: 0,
    expr: ({ usual }) => usual.rate("gstreamer.queue.dropped", ELEMENT),
    summary: `${where} drops {{ $value | printf "%.3g" }} buffers a second`,
    description:
      "It is leaky, and what comes behind it is too slow: look there, at the element with the most time of its own.",
  },
  {
    name: "GstElementSaturated",
    severity: "warning",
    lasts: "5m",
    above: 0.95,
    expr: ({ usual }) =>
      usual.seconds("gstreamer.element.exclusive", ELEMENT, [NO_QUEUES, NO_SINKS, 'factory!="identity"']),
    summary: `${where} takes {{ $value | humanizePercentage }} of its thread`,
    description:
      "It cannot take more buffers. Its functions are in the flame graph of the dashboard of elements; a queue in front of it gives it a thread of its own.",
  },
  {
    name: "GstLatencyHigh",
    severity: "warning",
    lasts: "5m",
    above: 1,
    expr: ({ usual }) => usual.quantile(0.99, "gstreamer.pipeline.latency", [...PIPELINE, "source", "sink"]),
    summary:
      "{{ $labels.source }} to {{ $labels.sink }} of {{ $labels.pipeline }} ({{ $labels.job }}) takes {{ $value | humanizeDuration }} (p99)",
    description:
      "A queue has filled up, or an element got slower: the dashboard of latency says where the time goes. One second is a guess: set the limit to what your service promises.",
  },
  {
    name: "GstNoCpu",
    severity: "warning",
    lasts: "5m",
    above: 0.25,
    expr: ({ usual }) => {
      const threads = (states) => usual.rate("gstreamer.profiler.agent.threads", PROCESS, [`state=~"${states}"`]);
      return `${threads("ready")} / ${threads("ready|running")}`;
    },
    summary:
      "{{ $labels.job }}: threads wait for a CPU {{ $value | humanizePercentage }} of the time in which they could run",
    description:
      "The machine is overloaded, or the container's quota too small. What the other figures say of queues and elements is not to be believed until that is better.",
  },
  {
    name: "GstProfilerLoses",
    severity: "info",
    lasts: "5m",
    above: 0.05,
    expr: ({ usual }) => lossShareOf(usual, PROCESS),
    summary: "{{ $labels.job }}: the profiler loses {{ $value | humanizePercentage }}",
    description:
      "The pipeline is not harmed, its profile has gaps. The dashboard of the profiler has the reasons, native/README.md what each one means.",
  },
  {
    name: "GstProfilerCosts",
    severity: "warning",
    lasts: "5m",
    above: 0.05,
    expr: ({ usual }) => overheadOf(usual, PROCESS),
    summary: "{{ $labels.job }}: the profiler takes {{ $value | humanizePercentage }} of the process's CPU time",
    description:
      "A lower sample-rate, exclude-filter for pads with very many small buffers, or timing=off make it cheaper.",
  },
  {
    name: "GstAgentDown",
    severity: "warning",
    lasts: "0s",
    above: 0,
    expr: ({ usual }) => {
      const memory = usual.selector("gstreamer.profiler.agent.memory");
      const seen = (window) => `count by (${PROCESS.join(", ")}) (count_over_time(${memory}[${window}]))`;
      return `${seen("15m")} unless ${seen("2m")}`;
    },
    summary: "{{ $labels.job }}: nothing heard of a process for two minutes",
    description:
      "It has ended, or its agent has, or it cannot reach the collector: is the process there? Then gst-pyroscope doctor says what of its agent. Rests again after a quarter of an hour.",
  },
  {
    name: "GstAgentNotDelivering",
    severity: "warning",
    lasts: "1m",
    above: 0,
    expr: ({ usual }) => usual.rate("gstreamer.profiler.agent.dropped", [...PROCESS, "reason"]),
    summary: '{{ $labels.job }}: {{ $value | printf "%.3g" }} samples a second reach no server ({{ $labels.reason }})',
    description: "The agent's log says which server refuses what; gst-pyroscope doctor --check-servers tries it.",
  },
];

const GROUP = "gst-pyroscope";
const windows = { usual: "5m", lately: "2m", long: "15m" };

function expressionsOf(naming) {
  const of = Object.fromEntries(
    Object.entries(windows).map(([name, window]) => [name, queriesOf(naming, { matchers: {}, window })]),
  );
  return alertTable.map(({ expr, ...rule }) => ({ ...rule, expr: expr(of) }));
}

/** A rule file of Prometheus, as an object. */
export function ruleFile(naming) {
  const rules = expressionsOf(naming).map(({ name, expr, above, lasts, severity, summary, description }) => ({
    alert: name,
    expr: `(${expr}) > ${above}`,
    for: lasts,
    labels: { severity },
    annotations: { summary, description },
  }));
  return { groups: [{ name: GROUP, rules }] };
}

/** The same for a Grafana that evaluates rules itself, as an object. */
export function grafanaRules(naming) {
  const rules = expressionsOf(naming).map(({ name, expr, above, lasts, severity, summary, description }) => ({
    uid: name.toLowerCase(),
    title: name,
    condition: "B",
    for: lasts,
    noDataState: "OK",
    execErrState: "Error",
    labels: { severity },
    annotations: { summary: forGrafana(summary), description },
    data: [
      {
        refId: "A",
        datasourceUid: "prometheus",
        relativeTimeRange: { from: 900, to: 0 },
        model: { refId: "A", expr, instant: true, range: false, intervalMs: 10000, maxDataPoints: 100 },
      },
      {
        refId: "B",
        datasourceUid: "__expr__",
        relativeTimeRange: { from: 0, to: 0 },
        model: {
          refId: "B",
          type: "threshold",
          expression: "A",
          conditions: [{ evaluator: { type: "gt", params: [above] } }],
        },
      },
    ],
  }));
  return { apiVersion: 1, groups: [{ orgId: 1, name: GROUP, folder: "GStreamer", interval: "30s", rules }] };
}

/** There the value of a query is one of several; and a `$` of a provisioning file is a variable of the environment. */
const forGrafana = (text) => text.replaceAll("$value ", "$values.A.Value ").replaceAll("$", "$$$$");
