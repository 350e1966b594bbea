// How did the figures of a recording change while it ran? CPU by element, queue levels, latencies and buffers, window by window. Pure.
// SPDX-License-Identifier: MPL-2.0

import { GRID_BUCKETS, quantileNs } from "../model/histogram.js";
import {
  mergeWindows,
  OTHER_ELEMENTS,
  type RecordedElement,
  type RecordedWindow,
  type SparseCounts,
} from "../model/recorded-windows.js";

/** Of one element, or of what has no name of its own. */
export interface TimelineRow {
  path: string;
  /** One a window; null: nothing is known of it in that window. */
  values: (number | null)[];
}

export interface TimelineWay {
  source: string;
  sink: string;
  /** Milliseconds; null: nothing arrived. */
  p50: (number | null)[];
  p99: (number | null)[];
}

export interface Timeline {
  /** Seconds since the recording's begin, at which each window begins, and how long it is. */
  begins: number[];
  lengths: number[];
  /** Cores; the last row is the rest of the process (path ""). They add up to its CPU time in samples. */
  cpu: TimelineRow[];
  /** Buffers inside at each window's end, of the fullest queues. */
  queues: TimelineRow[];
  ways: TimelineWay[];
  /** Buffers per second into elements that give none on, the busiest first. */
  buffers: TimelineRow[];
}

/** More than that nobody tells apart. */
const MOST_ROWS = 8;
const MOST_WAYS = 4;
/** As a page has pixels for. */
export const MOST_COLUMNS = 600;

/** null: the windows tell nothing of change, being one or none. */
export function timelineOf(recorded: readonly RecordedWindow[], most = MOST_COLUMNS): Timeline | null {
  const windows = merged(recorded, most);
  if (windows.length < 2) return null;
  const rows = rowsOf(windows);
  return {
    begins: windows.map(({ atNs }) => rounded(atNs / 1e9)),
    lengths: windows.map(({ durationNs }) => rounded(durationNs / 1e9)),
    cpu: cpuRows(windows, rows),
    queues: topRows(rows, (e) => e.highestLevel, MOST_ROWS).map((path) => rowOf(path, rows, (e) => e.level)),
    ways: waysOf(windows),
    buffers: bufferRows(windows, rows),
  };
}

/** Neighbours become one, as many as it takes. */
function merged(windows: readonly RecordedWindow[], most: number): RecordedWindow[] {
  const each = Math.ceil(windows.length / most);
  if (each < 2) return [...windows];
  return Array.from({ length: Math.ceil(windows.length / each) }, (_, i) =>
    windows.slice(i * each, (i + 1) * each).reduce(mergeWindows),
  );
}

/** Three digits are more than a drawing shows. */
const rounded = (value: number): number => Number(value.toPrecision(value < 1000 ? 4 : 7));

/** By window: elements by path. */
type Rows = readonly ReadonlyMap<string, RecordedElement>[];

const rowsOf = (windows: readonly RecordedWindow[]): Rows =>
  windows.map(({ elements }) => new Map(elements.map((e) => [e.path, e])));

const isOne = (path: string): boolean => path !== OTHER_ELEMENTS;

/** Paths of those with the most in all, the largest first; without those that have none. */
function topRows(rows: Rows, of: (e: RecordedElement) => number, most: number): string[] {
  const sums = new Map<string, number>();
  for (const row of rows) for (const [path, e] of row) sums.set(path, (sums.get(path) ?? 0) + of(e));
  const some = [...sums].filter(([path, sum]) => sum > 0 && isOne(path));
  some.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return some.slice(0, most).map(([path]) => path);
}

/** An element that a window does not have was not there, or did nothing: what is counted is 0 then. */
const rowOf = (path: string, rows: Rows, of: (e: RecordedElement, window: number) => number): TimelineRow => ({
  path,
  values: rows.map((row, i) => {
    const element = row.get(path);
    return element === undefined ? 0 : rounded(of(element, i));
  }),
});

function cpuRows(windows: readonly RecordedWindow[], rows: Rows): TimelineRow[] {
  const cores = (ns: number, i: number): number => ns / (windows[i]?.durationNs ?? 1);
  const named = topRows(rows, (e) => e.cpuNs, MOST_ROWS);
  const rest = rows.map((row, i) => {
    const others = [...row.values()].filter(({ path }) => !named.includes(path));
    return rounded(
      cores(
        others.reduce((ns, e) => ns + e.cpuNs, windows[i]?.otherCpuNs ?? 0),
        i,
      ),
    );
  });
  return [...named.map((path) => rowOf(path, rows, (e, i) => cores(e.cpuNs, i))), { path: "", values: rest }];
}

function bufferRows(windows: readonly RecordedWindow[], rows: Rows): TimelineRow[] {
  const gave = new Set(topRows(rows, (e) => e.buffersOut, Number.POSITIVE_INFINITY));
  const ends = topRows(rows, (e) => (gave.has(e.path) ? 0 : e.buffersIn), MOST_ROWS);
  return ends.map((path) => rowOf(path, rows, (e, i) => (e.buffersIn * 1e9) / (windows[i]?.durationNs ?? 1)));
}

/** Those by which most arrived. */
function waysOf(windows: readonly RecordedWindow[]): TimelineWay[] {
  const ways = new Map<string, { source: string; sink: string; arrived: number; times: SparseCounts[] }>();
  windows.forEach(({ latency }, i) => {
    for (const { source, sink, times } of latency) {
      const key = JSON.stringify([source, sink]);
      const way = ways.get(key) ?? { source, sink, arrived: 0, times: [] };
      way.times[i] = times;
      way.arrived += countOf(times);
      ways.set(key, way);
    }
  });
  const most = [...ways.values()].sort((a, b) => b.arrived - a.arrived).slice(0, MOST_WAYS);
  return most.map(({ source, sink, times }) => {
    const quantiles = (q: number) => windows.map((_, i) => quantileMs(times[i] ?? [], q));
    return { source, sink, p50: quantiles(0.5), p99: quantiles(0.99) };
  });
}

const countOf = (times: SparseCounts): number => times.reduce((sum, n, i) => (i % 2 === 1 ? sum + n : sum), 0);

/** Log-linear inside a bucket, as all other percentiles. */
function quantileMs(times: SparseCounts, q: number): number | null {
  if (times.length === 0) return null;
  const counts = new Float64Array(GRID_BUCKETS);
  for (let i = 0; i < times.length; i += 2) counts[times[i] ?? 0] = times[i + 1] ?? 0;
  return rounded(quantileNs({ counts, sumNs: 0, minNs: null, maxNs: null }, q) / 1e6);
}
