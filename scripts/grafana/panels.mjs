// What do the panels of all dashboards look like? Units, legends, colours and data sources, once for each kind of panel.
// SPDX-License-Identifier: MPL-2.0

import common from "@grafana/grafana-foundation-sdk/common";
import dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import pyroscope from "@grafana/grafana-foundation-sdk/grafanapyroscope";
import heatmap from "@grafana/grafana-foundation-sdk/heatmap";
import prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import stat from "@grafana/grafana-foundation-sdk/stat";
import table from "@grafana/grafana-foundation-sdk/table";
import tempo from "@grafana/grafana-foundation-sdk/tempo";
import timeseries from "@grafana/grafana-foundation-sdk/timeseries";

/** Each dashboard has a variable for each data source, so that it can be imported where these have other names. */
const source = (name, type) => ({ type, uid: `\${${name}}` });
export const SOURCES = {
  prometheus: source("prometheus", "prometheus"),
  pyroscope: source("pyroscope", "grafana-pyroscope-datasource"),
  tempo: source("tempo", "tempo"),
};

export const CPU_PROFILE = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";
export const WALL_PROFILE = "wall:wall:nanoseconds:wall:nanoseconds";

const refId = (index) => String.fromCharCode("A".charCodeAt(0) + index);

/** Without a unit the data source says which. */
function framed(panel, { title, description, unit, width, height = 8 }) {
  panel.title(title).description(description).span(width).height(height);
  return unit === undefined ? panel : panel.unit(unit);
}

const query = ({ expr, legend }, index) =>
  new prometheus.DataqueryBuilder().expr(expr).legendFormat(legend).refId(refId(index)).datasource(SOURCES.prometheus);

const color = (mode) => new dashboard.FieldColorBuilder().mode(mode);

/** [value, colour] each; the first value is the lowest there is. */
const steps = (list) =>
  new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(list.map(([value, shade]) => ({ value, color: shade })));

/** Biggest first, with the figures that a person would read off. */
const legend = (calcs) =>
  new common.VizLegendOptionsBuilder()
    .displayMode(common.LegendDisplayMode.Table)
    .placement(common.LegendPlacement.Bottom)
    .showLegend(true)
    .calcs(calcs)
    .sortBy(calcs[0] === "mean" ? "Mean" : "Last *")
    .sortDesc(true);

const tooltip = () =>
  new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending);

/** Lines over time. `stacked` where the parts make a whole. */
export function lines({ targets, stacked = false, max, min = 0, ...spec }) {
  const panel = framed(new timeseries.PanelBuilder(), spec)
    .datasource(SOURCES.prometheus)
    .targets(targets.map((target, i) => query(target, i).range()))
    .legend(legend(["mean", "max", "lastNotNull"]))
    .tooltip(tooltip())
    .colorScheme(color(dashboard.FieldColorModeId.PaletteClassicByName))
    .lineWidth(1)
    .fillOpacity(stacked ? 25 : 8)
    .showPoints(common.VisibilityMode.Never)
    .min(min);
  if (max !== undefined) panel.max(max);
  return stacked ? panel.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal)) : panel;
}

/** One figure of now, with its course behind it. `named`: the series' name is half of the answer. */
export function figure({ targets, limits, named = false, decimals, ...spec }) {
  const panel = framed(new stat.PanelBuilder(), { height: 4, ...spec })
    .datasource(SOURCES.prometheus)
    .targets(targets.map((target, i) => (named ? query(target, i).instant() : query(target, i).range())))
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .graphMode(named ? common.BigValueGraphMode.None : common.BigValueGraphMode.Area)
    .textMode(named ? common.BigValueTextMode.ValueAndName : common.BigValueTextMode.Value)
    .colorScheme(color(dashboard.FieldColorModeId.Thresholds))
    .thresholds(steps([[null, "green"], ...(limits ?? [])]));
  return decimals === undefined ? panel : panel.decimals(decimals);
}

/** Counts by the bounds of a histogram: when did it take how long? */
export function heat({ expr, ...spec }) {
  return framed(new heatmap.PanelBuilder(), { height: 10, ...spec, unit: "short" })
    .datasource(SOURCES.prometheus)
    .targets([query({ expr, legend: "{{le}}" }, 0).format(prometheus.PromQueryFormat.Heatmap).range()])
    .yAxis(new heatmap.YAxisConfigBuilder().unit(spec.unit).axisPlacement(common.AxisPlacement.Left))
    .color(new heatmap.HeatmapColorOptionsBuilder().mode(heatmap.HeatmapColorMode.Scheme).scheme("Turbo").steps(64))
    .cellGap(0)
    .hideLegend();
}

/** `columns`: { title, expr, unit, width } each; rows are joined by `keys`, the labels that they all have. */
export function rows({ columns, keys, link, ...spec }) {
  const names = Object.fromEntries(columns.map(({ title }, i) => [`Value #${refId(i)}`, title]));
  const order = [...keys, ...Object.keys(names)];
  const panel = framed(new table.PanelBuilder(), { height: 10, ...spec })
    .datasource(SOURCES.prometheus)
    .targets(
      columns.map(({ expr }, i) => query({ expr, legend: "" }, i).instant().format(prometheus.PromQueryFormat.Table)),
    )
    .withTransformation({ id: "merge", options: {} })
    .withTransformation({
      id: "organize",
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(order.map((name, i) => [name, i])),
        renameByName: names,
      },
    })
    .sortBy([new common.TableSortByFieldStateBuilder().displayName(columns[0].title).desc(true)]);
  for (const { title, unit, bar } of columns) panel.overrideByName(title, columnLook(unit, bar));
  return panel.overrideByName(keys.at(-1), [{ id: "links", value: [link] }]);
}

function columnLook(unit, bar = false) {
  if (!bar) return [{ id: "unit", value: unit }];
  return [
    { id: "unit", value: unit },
    { id: "custom.cellOptions", value: { type: "gauge", mode: "basic", valueDisplayMode: "text" } },
    { id: "color", value: { mode: "continuous-GrYlRd" } },
    { id: "min", value: 0 },
    { id: "max", value: 1 },
  ];
}

const profileQuery = ({ selector, profile }, queryType) =>
  new pyroscope.DataqueryBuilder()
    .datasource(SOURCES.pyroscope)
    .profileTypeId(profile)
    .labelSelector(selector)
    .queryType(queryType)
    .refId("A");

/** A profile by the values of one label, over time: cores, or threads that wait. */
export function profileLines({ selector, profile, groupBy, ...spec }) {
  return framed(new timeseries.PanelBuilder(), spec)
    .datasource(SOURCES.pyroscope)
    .targets([profileQuery({ selector, profile }, pyroscope.PyroscopeQueryType.Metrics).groupBy([groupBy]).limit(20)])
    .legend(legend(["mean", "max"]))
    .tooltip(tooltip())
    .colorScheme(color(dashboard.FieldColorModeId.PaletteClassicByName))
    .fillOpacity(25)
    .lineWidth(1)
    .showPoints(common.VisibilityMode.Never)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal))
    .min(0);
}

class FlameGraph extends dashboard.PanelBuilder {
  constructor() {
    super();
    this.internal.type = "flamegraph";
  }
}

export function flames({ selector, profile, ...spec }) {
  return framed(new FlameGraph(), { height: 16, width: 24, ...spec })
    .datasource(SOURCES.pyroscope)
    .targets([profileQuery({ selector, profile }, pyroscope.PyroscopeQueryType.Profile).groupBy([])]);
}

/** Spans; each one's side panel has its trace, and in it the button to its profile. */
export function spans({ traceql, ...spec }) {
  const target = new tempo.DataqueryBuilder()
    .datasource(SOURCES.tempo)
    .queryType("traceql")
    .query(traceql)
    .limit(20)
    .spss(3)
    .filters([])
    .tableType(tempo.SearchTableType.Spans)
    .refId("A");
  return framed(new table.PanelBuilder(), { height: 10, width: 24, ...spec })
    .datasource(SOURCES.tempo)
    .targets([target]);
}
