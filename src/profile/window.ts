// Which samples of one interval are equal? The addon folds them by (stack, label set, span, wait); here they are rows.
// SPDX-License-Identifier: MPL-2.0

import type { SampleBatch } from "../model/batch.js";
import type { NativeAddon, NativeWindow, WindowColumns } from "../native.js";

export interface Frame {
  /** Directory id; 0 = unknown. */
  module: number;
  offset: number;
}

/** Label set of samples that came when no further label set was allowed. */
export const OTHER_LABELS = -1;

/** Of samples whose thread ran: it waited for nothing. `kOnCpu` of native/profile/window.h, once more. */
export const ON_CPU = 0x7fff;

export interface Row {
  /** Of a LabelSource, or OTHER_LABELS. */
  labelSet: number;
  /** Innermost sampled span that the thread was inside of; 0 = none. */
  span: bigint;
  /** What a blocked thread waits in, a number of the native constants' `waits`; ON_CPU: it ran. */
  wait: number;
  /** Indexes into Window.frames, leaf first. */
  stack: Uint32Array;
  /** True: stands for all stacks that came when the window was full; `stack` is empty. */
  folded: boolean;
  /** The middle of the stack was left out. */
  truncated: boolean;
  weightNs: number;
  samples: number;
  /** Samples whose stack ended at the thread's first frame. */
  reachedRoot: number;
  /** Samples with an inferred caller. */
  inferred: number;
}

export interface Window {
  frames: Frame[];
  rows: Row[];
  samples: number;
  totalNs: number;
  /** Samples kept with their weight and labels, but without their stack. */
  folded: number;
  /** Samples left out because their weight made no sense. */
  refused: number;
}

/** "owners": stacks of those samples only that belong to no element, and may be a worker's. Most samples cost little more than a sum then. */
export type WindowDetail = "stacks" | "owners";

export interface WindowLimits {
  /** Estimated memory of the rows and frames. */
  bytes: number;
  labelSets: number;
}

export const defaultLimits: WindowLimits = { bytes: 6 * 1024 * 1024, labelSets: 2000 };

export class SampleWindow {
  readonly #native: NativeWindow;

  constructor(native: Pick<NativeAddon, "SampleWindow">, { bytes, labelSets }: WindowLimits = defaultLimits) {
    this.#native = new native.SampleWindow(bytes, labelSets);
  }

  get bytes(): number {
    return this.#native.bytes();
  }

  /** `sets`: the label set of each sample. */
  add({ records }: SampleBatch, sets: Float64Array): void {
    this.#native.add(records, sets);
  }

  /** What this window takes: the detail that is wanted, or the former one where it has samples already. */
  takes(wanted: WindowDetail): WindowDetail {
    return this.#native.takesStacks(wanted === "stacks") ? "stacks" : "owners";
  }

  /** What was folded so far; the next sample starts a new window. */
  swap(): Window {
    const { frameModule, frameOffset, stacks, rows, ...sums } = this.#native.swap();
    const frames = Array.from(frameModule, (module, i) => ({ module, offset: frameOffset[i] ?? 0 }));
    return { frames, rows: Array.from(rows.labelSet, (_, i) => rowOf(rows, stacks, i)), ...sums };
  }
}

function rowOf(rows: WindowColumns["rows"], stacks: Uint32Array, i: number): Row {
  const from = rows.stack[i] ?? 0;
  return {
    labelSet: rows.labelSet[i] ?? OTHER_LABELS,
    span: rows.span[i] ?? 0n,
    wait: rows.wait[i] ?? ON_CPU,
    stack: stacks.subarray(from, from + (rows.depth[i] ?? 0)),
    folded: rows.folded[i] === 1,
    truncated: rows.truncated[i] === 1,
    weightNs: rows.weightNs[i] ?? 0,
    samples: rows.samples[i] ?? 0,
    reachedRoot: rows.reachedRoot[i] ?? 0,
    inferred: rows.inferred[i] ?? 0,
  };
}
