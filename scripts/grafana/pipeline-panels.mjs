// What does a person see first: which element of which pipeline is slow, and why?
// SPDX-License-Identifier: MPL-2.0

import { CPU_PROFILE, figure, flames, lines, rows } from "./panels.mjs";
import {
  bufferPanel,
  bufferRate,
  buffers,
  cpuByElement,
  exclusive,
  FAILED,
  inPipeline,
  latency,
  NO_QUEUES,
  NO_SINKS,
  percentiles,
  roomPanel,
  SINKS,
  waitForRoom,
} from "./shared-panels.mjs";

const BUSY = [
  [0.7, "orange"],
  [0.95, "red"],
];
/** A wait is no work: queues and sinks have panels of their own. */
const WORKERS = [NO_QUEUES, NO_SINKS];
const ANY = [[1e-9, "orange"]];

function firstFigures(q) {
  return [
    figure({
      title: "Busiest element",
      description:
        "Share of a thread's time that this element spends in its own code, waits in it included; queues and sinks, which wait, are left out. At 100 % it cannot take more buffers: open it in the table below, and look at its functions.",
      unit: "percentunit",
      decimals: 0,
      limits: BUSY,
      named: true,
      width: 6,
      targets: [{ expr: `topk(1, ${q.seconds(exclusive, ["element"], WORKERS)})`, legend: "{{element}}" }],
    }),
    figure({
      title: "Fullest queue",
      description:
        "The queue that threads wait for most, and the share of their time. What comes behind it is too slow.",
      unit: "percentunit",
      decimals: 0,
      limits: BUSY,
      named: true,
      width: 5,
      targets: [{ expr: `topk(1, ${waitForRoom(q, ["element"])})`, legend: "{{element}}" }],
    }),
    figure({
      title: "Latency p99",
      description: "From a source's push to a sink's function, of the slowest pair. See the dashboard of latency.",
      unit: "s",
      width: 4,
      targets: [{ expr: `max(${q.quantile(0.99, latency, ["source", "sink"])})`, legend: "p99" }],
    }),
    figure({
      title: "Dropped in queues",
      description: "Buffers a second that leaky queues threw away. More than none: something behind them is too slow.",
      unit: "cps",
      limits: ANY,
      width: 3,
      targets: [{ expr: q.rate("gstreamer.queue.dropped"), legend: "dropped" }],
    }),
    figure({
      title: "Failed",
      description:
        "Flow returns a second that end a stream: error, not-negotiated, not-supported. The dashboard of elements says whose; the application's log and GST_DEBUG say why.",
      unit: "cps",
      limits: ANY,
      width: 3,
      targets: [{ expr: q.rate("gstreamer.pad.flow", [], [FAILED]), legend: "failed" }],
    }),
    figure({
      title: "Pipelines",
      description:
        "Pipelines that have handled buffers. 0: is the tracer loaded, and does its agent reach the collector? See doctor.",
      unit: "short",
      decimals: 0,
      width: 3,
      targets: [{ expr: `count(${q.gauge(buffers, ["instance", "pipeline"])})`, legend: "pipelines" }],
    }),
  ];
}

const slowestFirst = (q, uid) =>
  rows({
    title: "Elements, slowest first",
    description:
      "OWN TIME is the share of a thread that an element spends in its own code or waits in it; queues and sinks, which wait, are below. Much of it with much CPU: the element works, see its functions. Much of it with little CPU: it waits, see in which calls. A click on a name opens it.",
    width: 14,
    keys: ["pipeline", "element"],
    link: [
      {
        title: "what it does with its time",
        url: `/d/${uid("elements")}?var-service=\${service}&var-pipeline=\${__data.fields.pipeline}&var-element=\${__data.fields.element}&\${__url_time_range}`,
      },
    ],
    columns: [
      {
        title: "Own time",
        expr: q.seconds(exclusive, ["pipeline", "element"], WORKERS),
        unit: "percentunit",
        bar: true,
      },
      { title: "Mean of a buffer", expr: q.mean(exclusive, ["pipeline", "element"], WORKERS), unit: "s" },
      { title: "p99", expr: q.quantile(0.99, exclusive, ["pipeline", "element"], WORKERS), unit: "s" },
      { title: "Buffers/s", expr: q.rate(buffers, ["pipeline", "element"], WORKERS), unit: "cps" },
    ],
  });

const threadStates = (q, width) =>
  lines({
    title: "Threads",
    description:
      "How many threads ran, were able to run but had no CPU (ready), and were blocked. Much ready: the machine is overloaded, and nothing about queues can be concluded.",
    unit: "short",
    stacked: true,
    width,
    targets: [{ expr: q.rate("gstreamer.profiler.agent.threads", ["state"]), legend: "{{state}}" }],
  });

export function pipelinePanels(q, uid) {
  return [
    { row: "What is slow?", panels: [...firstFigures(q), slowestFirst(q, uid), cpuByElement(inPipeline, 10)] },
    {
      row: "Why?",
      panels: [
        roomPanel(q, 8),
        bufferPanel(q, 8),
        lines({
          title: "Sinks: wait for the clock or a device",
          description:
            "Share of a sink's thread in the sink. Near 100 % at a sink that waits for the clock: all that comes before it keeps up. A sink that does not wait (sync=false, a file, a network) should be near none.",
          unit: "percentunit",
          max: 1,
          width: 8,
          targets: [{ expr: q.seconds(exclusive, ["pipeline", "element"], [SINKS]), legend: "{{element}}" }],
        }),
        threadStates(q, 8),
        bufferRate(q, ["pipeline", "element"], "{{element}}", 8),
        lines({
          title: "Latency from source to sink",
          description: "Of buffers that were found again at the sink. Rising: something fills up, see queues.",
          unit: "s",
          width: 8,
          targets: percentiles(q, latency, ["source", "sink"], "{{source}} → {{sink}}"),
        }),
      ],
    },
    {
      row: "In which functions?",
      panels: [
        flames({
          title: "CPU, all elements",
          description:
            "Click a frame to look into it; the search finds functions. Names are missing? gst-pyroscope symbols says which packages would help.",
          selector: inPipeline,
          profile: CPU_PROFILE,
        }),
      ],
    },
  ];
}
