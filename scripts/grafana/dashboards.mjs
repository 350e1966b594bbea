// Which dashboards are there, and which variables and links do all of them have?
// SPDX-License-Identifier: MPL-2.0

import dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import { elementPanels } from "./element-panels.mjs";
import { latencyPanels } from "./latency-panels.mjs";
import { SOURCES } from "./panels.mjs";
import { pipelinePanels } from "./pipeline-panels.mjs";
import { agentPanels, profilerPanels } from "./profiler-panels.mjs";
import { queriesOf } from "./queries.mjs";
import { queuePanels } from "./queue-panels.mjs";

const TAG = "gst-pyroscope";

/** TABLE. `element`: what its second choice is called, and the metric whose elements it has; `uses`: data sources. */
const dashboards = [
  {
    file: "pipelines",
    title: "GStreamer: pipelines",
    description: "Which element is slow, and why. Begin here.",
    panels: pipelinePanels,
    uses: ["prometheus", "pyroscope"],
  },
  {
    file: "elements",
    title: "GStreamer: elements",
    description: "What elements do with their time: per buffer, in which functions, in which calls they wait.",
    element: { label: "Element", of: "gstreamer.element.exclusive" },
    panels: elementPanels,
    uses: ["prometheus", "pyroscope"],
  },
  {
    file: "queues",
    title: "GStreamer: queues",
    description: "Which queues are full, which are empty, which drop: who holds whom up.",
    element: { label: "Queue", of: "gstreamer.queue.wait" },
    panels: queuePanels,
    uses: ["prometheus"],
  },
  {
    file: "latency",
    title: "GStreamer: latency",
    description: "How long buffers take from source to sink, what elements report, and the slowest pushes as traces.",
    panels: latencyPanels,
    uses: ["prometheus", "pyroscope", "tempo"],
  },
  {
    file: "profiler",
    title: "GStreamer: profiler",
    description: "How far the profiler can be believed, what it lost, and what it costs the pipeline.",
    panels: profilerPanels,
    uses: ["prometheus"],
    onlyService: true,
  },
  {
    file: "agent",
    title: "GStreamer: agent",
    description: "Whether the agents run, what they use, and whether servers take what they send.",
    panels: agentPanels,
    uses: ["prometheus"],
    onlyService: true,
  },
];

export const dashboardFiles = dashboards.map(({ file }) => file);

/** The same file under both kinds of names is two dashboards of one Grafana. */
export const uidOf = (naming, file) => `gst-${file}${naming.id === "otlp" ? "" : `-${naming.id}`}`;

const matchers = {
  job: 'job="$service"',
  instance: 'instance=~"$instance"',
  pipeline: 'pipeline=~"$pipeline"',
};
const elementMatcher = { element: 'element=~"$element"' };

const scopeOf = ({ element, onlyService = false }) => {
  const { pipeline, ...ofProcess } = matchers;
  if (onlyService) return ofProcess;
  return element === undefined ? matchers : { ...matchers, ...elementMatcher };
};

const SOURCE_LABELS = { prometheus: "Metrics", pyroscope: "Profiles", tempo: "Traces" };

const sourceVariable = (name) =>
  new dashboard.DatasourceVariableBuilder(name)
    .label(SOURCE_LABELS[name])
    .type(SOURCES[name].type)
    .current({ selected: true, text: SOURCE_LABELS[name], value: name });

const labelVariable = (name, label, expression) =>
  new dashboard.QueryVariableBuilder(name)
    .label(label)
    .datasource(SOURCES.prometheus)
    .query({ query: expression, refId: name })
    .definition(expression)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.NaturalAsc);

/** All of them at first. */
const choice = (variable) =>
  variable.multi(true).includeAll(true).allValue(".*").current({ selected: true, text: "All", value: "$__all" });

function variablesOf({ uses, onlyService = false, element }, { metric }) {
  const name = (of) => `${metric(of).name}${metric(of).row.kind === "histogram" ? "_count" : ""}`;
  const alive = name(onlyService ? "gstreamer.profiler.agent.memory" : "gstreamer.pad.buffers");
  const ofPipeline = `${matchers.job},${matchers.instance}`;
  const variables = [
    ...uses.map(sourceVariable),
    labelVariable("service", "Service", `label_values(${alive}, job)`),
    choice(labelVariable("instance", "Process", `label_values(${alive}{${matchers.job}}, instance)`)),
  ];
  if (onlyService) return variables;
  variables.push(choice(labelVariable("pipeline", "Pipeline", `label_values(${alive}{${ofPipeline}}, pipeline)`)));
  if (element === undefined) return variables;
  const among = `${name(element.of)}{${ofPipeline},${matchers.pipeline}}`;
  return [...variables, choice(labelVariable("element", element.label, `label_values(${among}, element)`))];
}

const links = (naming) =>
  new dashboard.DashboardLinkBuilder("GStreamer")
    .type(dashboard.DashboardLinkType.Dashboards)
    .tags([TAG, naming.id])
    .icon("external link")
    .tooltip("the other dashboards, same service and time")
    .asDropdown(false)
    .keepTime(true)
    .includeVars(true);

/** The JSON of one dashboard. */
export function dashboardOf(naming, file) {
  const spec = dashboards.find((one) => one.file === file);
  const builder = new dashboard.DashboardBuilder(spec.title + (naming.id === "otlp" ? "" : " (scraped)"))
    .uid(uidOf(naming, file))
    .description(spec.description)
    .tags([TAG, naming.id])
    .refresh("10s")
    .time({ from: "now-15m", to: "now" })
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .link(links(naming))
    .variables(variablesOf(spec, naming));
  const scope = scopeOf(spec);
  const queries = queriesOf(naming, { matchers: scope, window: "$__rate_interval" });
  const uid = (other) => uidOf(naming, other);
  let id = 1;
  for (const { row, panels } of spec.panels(queries, uid)) {
    builder.withRow(new dashboard.RowBuilder(row).id(id++));
    for (const panel of panels) builder.withPanel(panel.id(id++));
  }
  return builder.build();
}
