// How far can the profiler be believed, what does it cost, and do its agents deliver?
// SPDX-License-Identifier: MPL-2.0

import { figure, lines } from "./panels.mjs";

const samples = "gstreamer.profiler.samples";
const losses = "gstreamer.profiler.losses";
const cpu = "gstreamer.profiler.target.cpu";
const handler = "gstreamer.profiler.handler";
const scope = (name) => [`scope="${name}"`];
const WRITTEN = ['outcome="written"'];
const LOW = [
  [0.01, "orange"],
  [0.05, "red"],
];
const ANY = [[1e-9, "orange"]];

/** Seconds of the profiler inside the target, in a second: signal handler, its own threads, timing of calls. */
const ownSeconds = (q, labels) =>
  [
    q.seconds(handler, labels),
    q.rate(cpu, labels, scope("tracer")),
    `${q.rate("gstreamer.pad.calls", labels)} * ${q.gauge("gstreamer.profiler.timing.cost", labels, [], "max")}`,
  ].join(" + ");

export const overheadOf = (q, labels = []) => `(${ownSeconds(q, labels)}) / ${q.rate(cpu, labels, scope("process"))}`;
export const lossShareOf = (q, labels = []) =>
  `${q.rate(losses, labels)} / (${q.rate(losses, labels)} + ${q.rate(samples, labels, WRITTEN)})`;

const figures = (q) => [
  figure({
    title: "Lost, against samples written",
    description:
      "Events of loss to samples. Below a hundredth nothing moves. Above: the panel of reasons says which, and native/README.md what each one means.",
    unit: "percentunit",
    limits: LOW,
    width: 6,
    targets: [{ expr: lossShareOf(q), legend: "lost" }],
  }),
  figure({
    title: "Cost in the pipeline",
    description:
      "CPU time of the profiler inside the process, to that of the process: signal handler, timing of buffers, its own threads. Above 2 %: a lower sample-rate, or timing=off.",
    unit: "percentunit",
    limits: [
      [0.02, "orange"],
      [0.05, "red"],
    ],
    width: 6,
    targets: [{ expr: overheadOf(q), legend: "cost" }],
  }),
  figure({
    title: "Samples per second",
    description: "None while the pipeline burns CPU time: the reasons below say why.",
    unit: "cps",
    width: 6,
    targets: [{ expr: q.rate(samples, [], WRITTEN), legend: "samples" }],
  }),
  figure({
    title: "CPU time without samples",
    description:
      "Share of the CPU time of threads with a timer that lies in threads which block the signal. Much of it: engine=perf sees them.",
    unit: "percentunit",
    limits: [
      [0.05, "orange"],
      [0.25, "red"],
    ],
    width: 6,
    targets: [
      {
        expr: `${q.rate(cpu, [], ['scope=~"masked|unseen"'])} / ${q.rate(cpu, [], scope("registered"))}`,
        legend: "without samples",
      },
    ],
  }),
];

const believed = (q) => [
  lines({
    title: "Samples by outcome",
    description:
      "written by the target, settled by an agent. agent_lost: an agent died with them; another one went on.",
    unit: "cps",
    width: 12,
    targets: [{ expr: q.rate(samples, ["outcome"]), legend: "{{outcome}}" }],
  }),
  lines({
    title: "Losses by reason",
    description:
      "What could not be measured. ring_full: the agent is too slow or has no CPU; the others are explained in native/README.md, losses.",
    unit: "cps",
    width: 12,
    targets: [{ expr: q.rate(losses, ["reason"]), legend: "{{reason}}" }],
  }),
  lines({
    title: "Events that lost nothing",
    description: "What happened inside the profiler. For those who look for the reason of a loss.",
    unit: "cps",
    width: 12,
    targets: [{ expr: q.rate("gstreamer.profiler.events", ["event"]), legend: "{{event}}" }],
  }),
  lines({
    title: "Buffers of pads that are gone",
    description:
      "Of hops that ended and have no series any more. Much of it: sessions under names of their own, whose series are one sum.",
    unit: "cps",
    width: 12,
    targets: [{ expr: `${q.rate("gstreamer.ended.buffers")} or vector(0)`, legend: "buffers" }],
  }),
];

const costs = (q) => [
  lines({
    title: "Signal handler, one sample",
    description: "How long one sample holds its thread up. Deep stacks take longer.",
    unit: "s",
    width: 8,
    targets: [0.5, 0.99].map((p) => ({ expr: q.quantile(p, handler), legend: `p${p * 100}` })),
  }),
  lines({
    title: "Timing, one call",
    description:
      "Calibrated cost of timing one call of a pad's function; times the calls of the second panel it is what timing costs.",
    unit: "s",
    width: 8,
    targets: [{ expr: q.gauge("gstreamer.profiler.timing.cost", ["instance"], [], "max"), legend: "{{instance}}" }],
  }),
  lines({
    title: "Calls that are timed, per second",
    description:
      "Of all pads. A hundred thousand a second cost some percent of a core: exclude-filter leaves pads out.",
    unit: "cps",
    width: 8,
    targets: [{ expr: q.rate("gstreamer.pad.calls"), legend: "calls" }],
  }),
  lines({
    title: "CPU time of the process, by scope",
    description:
      "Cores: the whole process, threads with a timer (registered), the profiler's own (tracer), and what has no samples (masked, unseen, refused).",
    unit: "short",
    width: 24,
    targets: [{ expr: q.rate(cpu, ["scope"], ['scope!="before"']), legend: "{{scope}}" }],
  }),
];

export function profilerPanels(q) {
  const traced = q.has("gstreamer.profiler.spans")
    ? [
        lines({
          title: "Spans written per second",
          description: "By the targets. More than the agents send: see the dashboard of the agent.",
          unit: "cps",
          width: 24,
          targets: [{ expr: q.rate("gstreamer.profiler.spans"), legend: "spans" }],
        }),
      ]
    : [];
  return [
    { row: "Can it be believed?", panels: [...figures(q), ...believed(q)] },
    { row: "What does it cost?", panels: [...costs(q), ...traced] },
  ];
}

const memory = "gstreamer.profiler.agent.memory";

const each = ["instance"];

const present = (q) => ({
  row: "Are they there?",
  panels: [
    figure({
      title: "Agents",
      description:
        "That reported within the last minutes; one for each process. Fewer than processes: doctor says why one does not start.",
      unit: "short",
      decimals: 0,
      width: 8,
      targets: [{ expr: `count(${q.selector(memory)})`, legend: "agents" }],
    }),
    figure({
      title: "Last heard of",
      description:
        "Age of the latest metrics. Above a minute: the process has ended, or its agent cannot reach the collector.",
      unit: "s",
      limits: [
        [60, "orange"],
        [300, "red"],
      ],
      decimals: 0,
      width: 8,
      targets: [{ expr: `time() - max(timestamp(${q.selector(memory)}))`, legend: "age" }],
    }),
    figure({
      title: "Samples that no server got",
      description: "A second. Profiles were refused, came too late, or the queue was full: the reasons are below.",
      unit: "cps",
      limits: ANY,
      width: 8,
      targets: [{ expr: `${q.rate("gstreamer.profiler.agent.dropped")} or vector(0)`, legend: "samples" }],
    }),
  ],
});

const delivery = (q) => ({
  row: "Do they deliver?",
  panels: [
    lines({
      title: "Profiles by outcome",
      description:
        "Per second. Anything but delivered: the agent's log says which server refuses what, and doctor --check-servers tries it.",
      unit: "cps",
      width: 12,
      targets: [{ expr: q.rate("gstreamer.profiler.agent.profiles", ["outcome"]), legend: "{{outcome}}" }],
    }),
    lines({
      title: "Samples that no server got, by reason",
      description: "Per second. upload_… is what servers did, the rest what the agent had to leave out.",
      unit: "cps",
      width: 12,
      targets: [{ expr: q.rate("gstreamer.profiler.agent.dropped", ["reason"]), legend: "{{reason}}" }],
    }),
    lines({
      title: "Profiles that wait for a server",
      description: "Rising: the server is slow or away. At its limit the oldest are dropped.",
      unit: "bytes",
      width: 12,
      targets: [{ expr: q.gauge("gstreamer.profiler.agent.queue", each), legend: "{{instance}}" }],
    }),
    lines({
      title: "Spans by outcome",
      description: "Per second. Anything but sent: the collector refuses them, or span-queue is too small.",
      unit: "cps",
      width: 12,
      targets: [{ expr: q.rate("gstreamer.profiler.agent.spans", ["outcome"]), legend: "{{outcome}}" }],
    }),
  ],
});

const usage = (q) => ({
  row: "What do they use?",
  panels: [
    lines({
      title: "CPU",
      description: "Share of a core. Naming functions takes most of it: a peak at the start, when modules are read.",
      unit: "percentunit",
      width: 8,
      targets: [{ expr: q.rate("gstreamer.profiler.agent.cpu", each), legend: "{{instance}}" }],
    }),
    lines({
      title: "Memory",
      description: "Resident. Some 100 MB are usual; it must not go on rising.",
      unit: "bytes",
      width: 8,
      targets: [{ expr: q.gauge(memory, each), legend: "{{instance}}" }],
    }),
    lines({
      title: "Values beyond what a label may have",
      description: "Since the agent's start, by label: they became (other). Give elements names that are used again.",
      unit: "short",
      width: 8,
      targets: [{ expr: q.gauge("gstreamer.profiler.agent.overflowed", ["label"]), legend: "{{label}}" }],
    }),
  ],
});

export const agentPanels = (q) => [present(q), delivery(q), usage(q)];
