// How is a metric of the catalog asked for in PromQL, under each of the two names that it has in Prometheus?
// SPDX-License-Identifier: MPL-2.0

/** What Prometheus' OTLP receiver, and the collector's exporter, append to a name by its unit. */
const PUSHED_UNITS = { s: "seconds", ns: "nanoseconds", By: "bytes" };

const pushedName = ({ name, unit, kind }) =>
  [name.replaceAll(".", "_"), PUSHED_UNITS[unit], kind === "counter" ? "total" : undefined]
    .filter((part) => part !== undefined)
    .join("_");

/** `otlp`: pushed through a collector, as grafana/otel-lgtm takes it. `prometheus`: scraped from the tracer's port. */
export function namings({ metricTable, prometheusName }) {
  const scrapedName = (row) => row.prometheus ?? (row.per === "agent" ? prometheusName(row) : undefined);
  return [
    naming("otlp", metricTable, pushedName, ({ unit }) => (unit === "ns" ? 1e9 : 1)),
    naming("prometheus", metricTable, scrapedName, () => 1),
  ];
}

function naming(id, metricTable, nameOf, perSecondOf) {
  const rows = new Map(metricTable.map((row) => [row.name, { row, name: nameOf(row), perSecond: perSecondOf(row) }]));
  const metric = (name) => {
    const found = rows.get(name);
    if (found === undefined) throw new Error(`src/metrics/catalog.ts has no metric ${name}`);
    return found;
  };
  return { id, metric, has: (name) => metric(name).name !== undefined };
}

/** Labels that series of a row have beside job and instance. */
function labelsOf({ per, attribute }) {
  const own = attribute === undefined ? [] : [attribute];
  if (["target", "agent", "ended"].includes(per)) return own;
  if (per === "latency") return ["pipeline", "source", "sink", ...own];
  return ["pipeline", "element", "factory", ...(per === "pad" ? ["pad"] : []), ...own];
}

const by = (labels) => (labels.length === 0 ? "" : ` by (${labels.join(", ")})`);

/**
 * `matchers`: label → matcher, of those that a series has; `window`: of rates. What comes out is per second, times are in
 * seconds whatever the metric's unit.
 */
export function queriesOf({ metric, has }, { matchers, window }) {
  const selector = (name, suffix, more = []) => {
    const { row, name: series } = metric(name);
    if (series === undefined) throw new Error(`${name} cannot be scraped`);
    const labels = ["job", "instance", ...labelsOf(row)];
    const all = [...labels.flatMap((label) => (matchers[label] === undefined ? [] : [matchers[label]])), ...more];
    return `${series}${suffix}${all.length === 0 ? "" : `{${all.join(",")}}`}`;
  };
  const inSeconds = (name, expression) => {
    const { perSecond } = metric(name);
    return perSecond === 1 ? expression : `${expression} / ${perSecond}`;
  };
  const sumOfRates = (name, suffix, labels, more) =>
    `sum${by(labels)} (rate(${selector(name, suffix, more)}[${window}]))`;
  const seconds = (name, labels = [], more = []) => inSeconds(name, sumOfRates(name, "_sum", labels, more));
  const observations = (name, labels = [], more = []) => sumOfRates(name, "_count", labels, more);
  return {
    has,
    /** Of a counter: a second. */
    rate: (name, labels = [], more = []) => sumOfRates(name, "", labels, more),
    increase: (name, labels = [], more = []) => `sum${by(labels)} (increase(${selector(name, "", more)}[${window}]))`,
    gauge: (name, labels = [], more = [], how = "sum") => `${how}${by(labels)} (${selector(name, "", more)})`,
    /** Of a histogram of times: seconds in a second, which is a share of one thread's time. */
    seconds,
    observations,
    mean: (name, labels = [], more = []) => `${seconds(name, labels, more)} / ${observations(name, labels, more)}`,
    quantile: (q, name, labels = [], more = []) =>
      inSeconds(name, `histogram_quantile(${q}, ${sumOfRates(name, "_bucket", ["le", ...labels], more)})`),
    /** For a heat map. */
    buckets: (name, more = []) => `sum by (le) (increase(${selector(name, "_bucket", more)}[${window}]))`,
    selector: (name, more = []) => selector(name, "", more),
  };
}
