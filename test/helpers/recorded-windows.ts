// How does a test get windows of a recording?

import { noElement, type RecordedElement, type RecordedWindow } from "../../src/model/recorded-windows.js";

export const elementOf = (path: string, more: Partial<RecordedElement> = {}): RecordedElement => ({
  ...noElement(path),
  ...more,
});

/** Of the n-th second. */
export const windowAt = (second: number, more: Partial<RecordedWindow> = {}): RecordedWindow => ({
  ...{ atNs: second * 1e9, durationNs: 1e9, merged: 1, processCpuNs: 5e8, otherCpuNs: 1e7 },
  machine: { load: 2, cpus: 4, steal: 0.1, pressure: null },
  elements: [],
  latency: [],
  ...more,
});
