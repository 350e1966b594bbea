// What did each element do in each second of a recording? Windows that lie one behind the other, and how two become one. Pure.
// SPDX-License-Identifier: MPL-2.0

/** Durations by bucket of the shared grid: bucket, count, bucket, count; buckets in their order, each once. */
export type SparseCounts = readonly number[];

export interface RecordedElement {
  /** As the topology has it. */
  path: string;
  /** In samples of its threads, those that it started itself among them. */
  cpuNs: number;
  /** By the off-CPU samples: able to run, but on no CPU, also of its own threads; waiting for something else, of its callers' alone. */
  readyNs: number;
  blockedNs: number;
  /** Of its pads' functions, without what they called downstream; between two pushes of its loop. */
  ownNs: number;
  driverNs: number;
  buffersIn: number;
  buffersOut: number;
  bytesIn: number;
  /** Of a queue: went in and never came out. */
  drops: number;
  /** Of a queue: buffers inside at the window's end, and most at a time in the window; 0 of all others. */
  level: number;
  highestLevel: number;
  /** How long its own functions took, call by call; how long buffers stayed in it, where it is a queue. */
  own: SparseCounts;
  wait: SparseCounts;
}

/** From a source's push to a sink's function. */
export interface RecordedLatency {
  source: string;
  sink: string;
  sumNs: number;
  times: SparseCounts;
}

/** Of the whole machine; null: not known. */
export interface RecordedMachine {
  /** Tasks that wanted a CPU at the window's end. */
  load: number | null;
  cpus: number | null;
  /** Shares of the time: taken by other virtual machines; in which some task waited for a CPU. */
  steal: number | null;
  pressure: number | null;
}

/** Nobody looked at it. */
export const unknownMachine: RecordedMachine = { load: null, cpus: null, steal: null, pressure: null };

export interface RecordedWindow {
  /** Nanoseconds since the recording's begin, and its length, on CLOCK_MONOTONIC. */
  atNs: number;
  durationNs: number;
  /** How many seconds' windows were merged into it; 1: it is as it came. */
  merged: number;
  /** Of the process, as the kernel counts it. */
  processCpuNs: number;
  /** In samples of no element. */
  otherCpuNs: number;
  machine: RecordedMachine;
  elements: readonly RecordedElement[];
  latency: readonly RecordedLatency[];
}

/** Path of the row that stands for elements beyond those that a window may have. */
export const OTHER_ELEMENTS = "(others)";

export const noElement = (path: string): RecordedElement => ({
  path,
  ...{ cpuNs: 0, readyNs: 0, blockedNs: 0, ownNs: 0, driverNs: 0 },
  ...{ buffersIn: 0, buffersOut: 0, bytesIn: 0, drops: 0, level: 0, highestLevel: 0 },
  ...{ own: [], wait: [] },
});

const summed = [
  "cpuNs",
  "readyNs",
  "blockedNs",
  "ownNs",
  "driverNs",
  "buffersIn",
  "buffersOut",
  "bytesIn",
  "drops",
] as const;

/** Both of one element, `b` the later one: its level counts. */
export function addElements(a: RecordedElement, b: RecordedElement): RecordedElement {
  const sum = { ...a, level: b.level, highestLevel: Math.max(a.highestLevel, b.highestLevel) };
  for (const name of summed) sum[name] += b[name];
  return { ...sum, own: addCounts(a.own, b.own), wait: addCounts(a.wait, b.wait) };
}

/** `b` follows `a`. */
export function mergeWindows(a: RecordedWindow, b: RecordedWindow): RecordedWindow {
  return {
    atNs: a.atNs,
    durationNs: a.durationNs + b.durationNs,
    merged: a.merged + b.merged,
    processCpuNs: a.processCpuNs + b.processCpuNs,
    otherCpuNs: a.otherCpuNs + b.otherCpuNs,
    machine: mergeMachines(a, b),
    elements: mergeRows(a.elements, b.elements, ({ path }) => path, addElements),
    latency: mergeRows(a.latency, b.latency, pairOf, addLatencies),
  };
}

/** Means, by the windows' lengths. */
function mergeMachines(a: RecordedWindow, b: RecordedWindow): RecordedMachine {
  const whole = a.durationNs + b.durationNs;
  const mean = (x: number | null, y: number | null): number | null =>
    x === null || y === null || whole === 0 ? (x ?? y) : (x * a.durationNs + y * b.durationNs) / whole;
  return {
    load: mean(a.machine.load, b.machine.load),
    cpus: b.machine.cpus ?? a.machine.cpus,
    steal: mean(a.machine.steal, b.machine.steal),
    pressure: mean(a.machine.pressure, b.machine.pressure),
  };
}

const pairOf = ({ source, sink }: RecordedLatency): string => JSON.stringify([source, sink]);

const addLatencies = (a: RecordedLatency, b: RecordedLatency): RecordedLatency => ({
  ...a,
  sumNs: a.sumNs + b.sumNs,
  times: addCounts(a.times, b.times),
});

function mergeRows<Row>(
  a: readonly Row[],
  b: readonly Row[],
  keyOf: (row: Row) => string,
  add: (a: Row, b: Row) => Row,
): Row[] {
  const rows = new Map(a.map((row) => [keyOf(row), row]));
  for (const row of b) {
    const known = rows.get(keyOf(row));
    rows.set(keyOf(row), known === undefined ? row : add(known, row));
  }
  return [...rows.values()];
}

export function addCounts(a: SparseCounts, b: SparseCounts): SparseCounts {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a;
  const sum: number[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [x, y] = [a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY];
    const n = (x <= y ? (a[i + 1] ?? 0) : 0) + (y <= x ? (b[j + 1] ?? 0) : 0);
    sum.push(Math.min(x, y), n);
    if (x <= y) i += 2;
    if (y <= x) j += 2;
  }
  return sum;
}

/** Those that took most stay, the others are one row. */
export function foldElements(elements: readonly RecordedElement[], most: number): RecordedElement[] {
  if (elements.length <= most) return [...elements];
  const weight = (e: RecordedElement): number => e.cpuNs + e.ownNs + e.driverNs + e.readyNs;
  const isRest = ({ path }: RecordedElement): boolean => path === OTHER_ELEMENTS;
  const byWeight = elements.filter((e) => !isRest(e)).sort((a, b) => weight(b) - weight(a));
  const rest = [...elements.filter(isRest), ...byWeight.slice(most - 1)];
  const other = rest.reduce(addElements, noElement(OTHER_ELEMENTS));
  return [...byWeight.slice(0, most - 1), { ...other, level: 0, highestLevel: 0 }];
}
