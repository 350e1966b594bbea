// What does each unit say of the figures that are compared? Pure.
// SPDX-License-Identifier: MPL-2.0

import type { HistogramCounts } from "../model/batch.js";
import { addHistogram, emptyHistogram, quantileNs } from "../model/histogram.js";
import { noElement, type RecordedElement, type RecordedWindow, type SparseCounts } from "../model/recorded-windows.js";
import { type FigureName, figureTable } from "./figure-table.js";
import type { Series } from "./statistic.js";

/** A figure of something: an element, a sink, a source and a sink, or all. */
export interface Figure {
  name: FigureName;
  /** Path in the second recording; "" = of all. Of a pair that of the sink, and the source's. */
  path: string;
  source?: string;
  series: Series;
  /** Of each side as a whole. */
  before: number;
  after: number;
}

/** Elements whose samples are fewer are left out: their CPU time is chance. */
const FEWEST_SAMPLES = 30;
/** Calls of a side, and of each of its units on average. */
const FEWEST_CALLS = { p50: 50, p99: 500 };

export interface FiguresRequest {
  a: readonly RecordedWindow[];
  b: readonly RecordedWindow[];
  /** Path in `b` by path in `a`. */
  pairs: ReadonlyMap<string, string>;
  periodNs: number;
  hasReady: boolean;
}

/** Of one element in every unit, those of the first side first; nothing where it did nothing. */
type Rows = readonly RecordedElement[];

export function figuresOf(request: FiguresRequest): Figure[] {
  const { a, b, pairs, hasReady } = request;
  const units = new Units(a, b);
  const elements = [...pairs].map(([from, to]) => ({ path: to, rows: units.rows(from, to) }));
  const sinks = elements.filter(({ rows }) => isSink(rows));
  const ofElements = elements.flatMap(({ path, rows }) => [
    ...cpuPerBuffer(units, path, rows, request),
    ...elapsed(units, path, rows),
  ]);
  const arrived = units.map((_, i) => sinks.reduce((sum, { rows }) => sum + (rows[i]?.buffersIn ?? 0), 0));
  const whole = [
    ...units.ratio(
      "cpu.total",
      "",
      units.map(({ processCpuNs }) => processCpuNs),
      arrived,
      request.periodNs,
    ),
    ...sinks.flatMap(({ path, rows }) => throughput(units, path, rows)),
    ...latency(units, pairs),
  ];
  return [...ofElements, ...whole, ...(hasReady ? readyShare(units) : [])];
}

class Units {
  readonly all: readonly RecordedWindow[];
  readonly #ofA: number;
  readonly #byPath: readonly ReadonlyMap<string, RecordedElement>[];

  constructor(a: readonly RecordedWindow[], b: readonly RecordedWindow[]) {
    this.all = [...a, ...b];
    this.#ofA = a.length;
    this.#byPath = this.all.map(({ elements }) => new Map(elements.map((row) => [row.path, row])));
  }

  map(of: (window: RecordedWindow, unit: number) => number): Float64Array {
    return Float64Array.from(this.all, of);
  }

  isA(unit: number): boolean {
    return unit < this.#ofA;
  }

  rows(from: string, to: string): Rows {
    const nothing = noElement(to);
    return this.#byPath.map((rows, unit) => rows.get(this.isA(unit) ? from : to) ?? nothing);
  }

  /** Sums of both sides. */
  sums(of: Float64Array): [number, number] {
    const sums: [number, number] = [0, 0];
    of.forEach((n, unit) => {
      sums[this.isA(unit) ? 0 : 1] += n;
    });
    return sums;
  }

  /** None where a side has nothing to divide by. */
  ratio(name: FigureName, path: string, x: Float64Array, y: Float64Array, grain: number): Figure[] {
    const [[xa, xb], [ya, yb]] = [this.sums(x), this.sums(y)];
    if (ya === 0 || yb === 0) return [];
    const kind = figureTable[name].unit === "share" ? "share" : "ratio";
    const series: Series = { kind, x, y, grain, between: figureTable[name].between };
    return [{ name, path, series, before: xa / ya, after: xb / yb }];
  }

  /** Of each unit with calls enough: their quantile. */
  quantile(name: FigureName, path: string, times: readonly SparseCounts[], quantile: "p50" | "p99"): Figure[] {
    const histograms = times.map(dense);
    const counts = Float64Array.from(times, countOf);
    const sums = this.sums(counts);
    const each = FEWEST_CALLS[quantile] / 10;
    if (Math.min(...sums) < FEWEST_CALLS[quantile]) return [];
    const of = (h: HistogramCounts): number => quantileNs(h, quantile === "p50" ? 0.5 : 0.99);
    const x = Float64Array.from(histograms, (h, i) => ((counts[i] ?? 0) < each ? 0 : Math.log(of(h))));
    const y = Float64Array.from(counts, (n) => (n < each ? 0 : 1));
    const series: Series = { kind: "mean", x, y, grain: 0, between: figureTable[name].between };
    const side = (isA: boolean): number => of(added(histograms.filter((_, unit) => this.isA(unit) === isA)));
    return [{ name, path, series, before: side(true), after: side(false) }];
  }
}

const buffersOf = (row: RecordedElement): number => (row.buffersIn > 0 ? row.buffersIn : row.buffersOut);

const isSink = (rows: Rows): boolean =>
  rows.some(({ buffersIn }) => buffersIn > 0) && rows.every(({ buffersOut }) => buffersOut === 0);

function cpuPerBuffer(units: Units, path: string, rows: Rows, { periodNs }: FiguresRequest): Figure[] {
  const cpu = Float64Array.from(rows, ({ cpuNs }) => cpuNs);
  if (Math.max(...units.sums(cpu)) < FEWEST_SAMPLES * periodNs) return [];
  return units.ratio("cpu.perBuffer", path, cpu, Float64Array.from(rows, buffersOf), periodNs);
}

/** A queue's functions take as long as its neighbours let it wait. */
function elapsed(units: Units, path: string, rows: Rows): Figure[] {
  if (rows.some(({ wait }) => wait.length > 0)) return [];
  const times = rows.map(({ own }) => own);
  return [...units.quantile("elapsed.p50", path, times, "p50"), ...units.quantile("elapsed.p99", path, times, "p99")];
}

const throughput = (units: Units, path: string, rows: Rows): Figure[] =>
  units.ratio(
    "throughput",
    path,
    Float64Array.from(rows, buffersOf),
    units.map(({ durationNs }) => durationNs / 1e9),
    1,
  );

function readyShare(units: Units): Figure[] {
  const sum = (of: (row: RecordedElement) => number) =>
    units.map(({ elements }) => elements.reduce((all, row) => all + of(row), 0));
  const able = sum(({ readyNs, cpuNs }) => readyNs + cpuNs);
  return units.ratio(
    "ready.share",
    "",
    sum(({ readyNs }) => readyNs),
    able,
    0,
  );
}

function latency(units: Units, pairs: ReadonlyMap<string, string>): Figure[] {
  const known = new Map<string, { source: string; sink: string }>();
  units.all.forEach(({ latency: rows }, unit) => {
    for (const { source, sink } of rows) {
      const here = units.isA(unit) ? { source: pairs.get(source), sink: pairs.get(sink) } : { source, sink };
      if (here.source === undefined || here.sink === undefined) continue;
      known.set(JSON.stringify(here), { source: here.source, sink: here.sink });
    }
  });
  return [...known.values()].flatMap(({ source, sink }) => {
    const of = (unit: number, path: string) => (units.isA(unit) ? pairs.get(path) : path);
    const times = units.all.map(
      ({ latency: rows }, unit) =>
        rows.find((row) => of(unit, row.source) === source && of(unit, row.sink) === sink)?.times ?? [],
    );
    const both = [
      ...units.quantile("latency.p50", sink, times, "p50"),
      ...units.quantile("latency.p99", sink, times, "p99"),
    ];
    return both.map((figure) => ({ ...figure, source }));
  });
}

const countOf = (times: SparseCounts): number => times.reduce((sum, n, i) => (i % 2 === 1 ? sum + n : sum), 0);

function dense(times: SparseCounts): HistogramCounts {
  const h = emptyHistogram();
  for (let i = 0; i < times.length; i += 2) h.counts[times[i] ?? 0] = times[i + 1] ?? 0;
  return h;
}

function added(histograms: readonly HistogramCounts[]): HistogramCounts {
  const sum = emptyHistogram();
  for (const one of histograms) addHistogram(sum, one);
  return sum;
}
