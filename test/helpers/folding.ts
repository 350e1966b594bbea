// How does a test fold samples? By the addon, as the agent does it; label sets are what the test says.

import { loadNative } from "../../src/native.js";
import { BatchLabels, type LabelSource } from "../../src/profile/batch-labels.js";
import { defaultLimits, SampleWindow, type Window } from "../../src/profile/window.js";
import { batchOf, type SampleRow } from "./batches.js";

export const encode = loadNative().encodePprof;

/** Each element is a label set, with the same number. */
export const byElement: LabelSource = { version: 0, numberOf: (element) => element };
/** All samples have the same labels. */
export const alike = (number = 0): LabelSource => ({ version: 0, numberOf: () => number });

export class Folding {
  readonly window: SampleWindow;
  readonly #labels: BatchLabels;

  constructor(labels: LabelSource = byElement, limits = defaultLimits) {
    const native = loadNative();
    this.window = new SampleWindow(native, limits);
    this.#labels = new BatchLabels(native, labels);
  }

  add(rows: readonly SampleRow[]): void {
    const batch = batchOf(rows);
    this.window.add(batch, this.#labels.setsOf(batch));
  }
}

export function windowOf(rows: readonly SampleRow[], labels = byElement, limits = defaultLimits): Window {
  const folding = new Folding(labels, limits);
  folding.add(rows);
  return folding.window.swap();
}
