// Which samples of one interval are equal? Folds them by (stack, label set) into rows; bounded, without a clock.
// SPDX-License-Identifier: MPL-2.0

import type { SampleBatch } from "../model/batch.js";

/** Says whom a sample belongs to, as a small number; equal numbers, equal labels. What they mean is asked when encoding. */
export interface LabelSource {
  labelSet(batch: SampleBatch, index: number): number;
}

/** Label set of samples that came when no further label set was allowed. */
export const OTHER_LABELS = -1;

export interface Row {
  /** Of the LabelSource, or OTHER_LABELS. */
  labelSet: number;
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

export interface Frame {
  /** Directory id; 0 = unknown. */
  module: number;
  offset: number;
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

export interface WindowLimits {
  /** Estimated memory of the rows and frames. */
  bytes: number;
  labelSets: number;
}

export const defaultLimits: WindowLimits = { bytes: 6 * 1024 * 1024, labelSets: 2000 };

const ROW_BYTES = 250;
const FRAME_BYTES = 120;
/** More CPU time than one sample can stand for: a broken record, and its sum would no longer be exact. */
const MAX_WEIGHT_NS = 3_600_000_000_000;
/** Bits of SampleBatch.flags, and the index of "root" in the native stack ends. */
const INFERRED = 1;
const TRUNCATED = 2;
const END_ROOT = 0;

const empty = (): Window => ({ frames: [], rows: [], samples: 0, totalNs: 0, folded: 0, refused: 0 });

export class SampleWindow {
  readonly #labels: LabelSource;
  readonly #limits: WindowLimits;
  #window = empty();
  #rows = new Map<string, Row>();
  #frames = new Map<number, Map<number, number>>();
  #sets = new Set<number>();
  #bytes = 0;

  constructor(labels: LabelSource, limits: WindowLimits = defaultLimits) {
    this.#labels = labels;
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(batch: SampleBatch): void {
    for (let i = 0; i < batch.count; i++) this.#addOne(batch, i);
  }

  /** What was folded so far; the next sample starts a new window. */
  swap(): Window {
    const done = this.#window;
    this.#window = empty();
    this.#rows = new Map();
    this.#frames = new Map();
    this.#sets = new Set();
    this.#bytes = 0;
    return done;
  }

  #addOne(batch: SampleBatch, i: number): void {
    const weight = batch.weightNs[i] ?? 0;
    if (!(weight > 0 && weight <= MAX_WEIGHT_NS)) {
      this.#window.refused++;
      return;
    }
    const flags = batch.flags[i] ?? 0;
    const row = this.#rowOf(this.#admitted(this.#labels.labelSet(batch, i)), batch, i, (flags & TRUNCATED) !== 0);
    row.weightNs += weight;
    row.samples++;
    if (batch.end[i] === END_ROOT) row.reachedRoot++;
    if ((flags & INFERRED) !== 0) row.inferred++;
    if (row.folded) this.#window.folded++;
    this.#window.samples++;
    this.#window.totalNs += weight;
  }

  #admitted(set: number): number {
    if (this.#sets.has(set)) return set;
    if (this.#sets.size >= this.#limits.labelSets) return OTHER_LABELS;
    this.#sets.add(set);
    return set;
  }

  #rowOf(set: number, batch: SampleBatch, i: number, truncated: boolean): Row {
    const from = batch.frameStart[i] ?? 0;
    const to = Math.max(from, batch.frameStart[i + 1] ?? from);
    // A full window folds by label set alone: that is bounded too, and the sums per element stay right.
    const full = this.#bytes >= this.#limits.bytes;
    const stack = full ? this.#knownStack(batch, from, to) : this.#stack(batch, from, to);
    const key = stack && `${set}${truncated ? "t" : ":"}${String.fromCharCode(...new Uint16Array(stack.buffer))}`;
    const known = key === undefined ? undefined : this.#rows.get(key);
    if (known !== undefined) return known;
    if (key === undefined || full) return this.#rows.get(`${set}`) ?? this.#newRow(`${set}`, set, null, false);
    return this.#newRow(key, set, stack ?? null, truncated);
  }

  #newRow(key: string, labelSet: number, stack: Uint32Array | null, truncated: boolean): Row {
    const row: Row = {
      labelSet,
      stack: stack ?? new Uint32Array(0),
      folded: stack === null,
      truncated,
      weightNs: 0,
      samples: 0,
      reachedRoot: 0,
      inferred: 0,
    };
    this.#rows.set(key, row);
    this.#window.rows.push(row);
    this.#bytes += ROW_BYTES + 2 * key.length + 4 * row.stack.length;
    return row;
  }

  #stack(batch: SampleBatch, from: number, to: number): Uint32Array {
    const stack = new Uint32Array(to - from);
    for (let at = from; at < to; at++) {
      const module = batch.frameModule[at] ?? 0;
      const offset = batch.frameOffset[at] ?? 0;
      stack[at - from] = this.#frame(module, offset) ?? this.#newFrame(module, offset);
    }
    return stack;
  }

  #knownStack(batch: SampleBatch, from: number, to: number): Uint32Array | undefined {
    const stack = new Uint32Array(to - from);
    for (let at = from; at < to; at++) {
      const frame = this.#frame(batch.frameModule[at] ?? 0, batch.frameOffset[at] ?? 0);
      if (frame === undefined) return undefined;
      stack[at - from] = frame;
    }
    return stack;
  }

  #frame(module: number, offset: number): number | undefined {
    return this.#frames.get(module)?.get(offset);
  }

  #newFrame(module: number, offset: number): number {
    const frame = this.#window.frames.push({ module, offset }) - 1;
    let ofModule = this.#frames.get(module);
    if (ofModule === undefined) {
      ofModule = new Map();
      this.#frames.set(module, ofModule);
    }
    ofModule.set(offset, frame);
    this.#bytes += FRAME_BYTES;
    return frame;
  }
}
