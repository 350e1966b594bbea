// How does a recorded window become a line of windows.ndjson and come back? What is 0 or empty is not written.
// SPDX-License-Identifier: MPL-2.0

import { GRID_BUCKETS } from "../model/histogram.js";
import {
  foldElements,
  noElement,
  type RecordedElement,
  type RecordedLatency,
  type RecordedMachine,
  type RecordedWindow,
  type SparseCounts,
} from "../model/recorded-windows.js";
import { amount, amountOrNull, each, list, listOf, parseObject, shape, text } from "./fields.js";

/** Of one line; readers refuse lines that are much longer. */
export const MOST_ELEMENTS = 200;
const MOST_PAIRS = 50;
const MAX_CHARS = 200_000;

/** `most`: characters; elements are folded until it is no more, the quietest first. */
export function encodeWindow(window: RecordedWindow, most = MAX_CHARS): string {
  const latency = window.latency.slice(0, MOST_PAIRS);
  for (let left = MOST_ELEMENTS; ; left = Math.floor(left / 2)) {
    const elements = foldElements(window.elements, left).map(withoutNothing);
    const line = JSON.stringify({ ...window, elements, latency: left < 2 ? [] : latency });
    if (line.length <= most || left < 2) return line;
  }
}

function withoutNothing(row: RecordedElement): Partial<RecordedElement> {
  const some = Object.entries(row).filter(([, value]) => value !== 0 && !(Array.isArray(value) && value.length === 0));
  return Object.fromEntries(some);
}

/** In their order, each once: whatever the line says. */
function counts(value: unknown): SparseCounts {
  const found = new Map<number, number>();
  const numbers = list(value);
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    const [bucket, n] = [numbers[i], amount(numbers[i + 1])];
    if (Number.isInteger(bucket) && amount(bucket) === bucket && bucket < GRID_BUCKETS && n > 0) found.set(bucket, n);
  }
  return [...found].sort(([a], [b]) => a - b).flat();
}

const element = shape<RecordedElement>({
  path: text,
  ...each(amount, "cpuNs", "readyNs", "blockedNs", "ownNs", "driverNs"),
  ...each(amount, "buffersIn", "buffersOut", "bytesIn", "drops", "level", "highestLevel"),
  ...each(counts, "own", "wait"),
});

const read = shape<RecordedWindow>({
  ...each(amount, "atNs", "durationNs", "processCpuNs", "otherCpuNs"),
  merged: (value) => Math.max(1, amount(value)),
  machine: shape<RecordedMachine>(each(amountOrNull, "load", "cpus", "steal", "pressure")),
  elements: (value) => listOf(element)(list(value).slice(0, MOST_ELEMENTS)),
  latency: (value) =>
    listOf(shape<RecordedLatency>({ source: text, sink: text, sumNs: amount, times: counts }))(
      list(value).slice(0, MOST_PAIRS),
    ),
});

/** null: it is no line of ours. */
export function decodeWindow(line: string): RecordedWindow | null {
  const json = parseObject(line);
  if (json === null || typeof json.atNs !== "number" || !Array.isArray(json.elements)) return null;
  const window = read(json);
  return window.durationNs > 0 ? window : null;
}

/** The fields of a row, for the description of the format. */
export const elementFields = Object.keys(noElement(""));
