// Which samples of one interval are equal? Folds them by (stack, label set, span, wait) into rows; bounded, without a clock.
// SPDX-License-Identifier: MPL-2.0

import type { SampleBatch } from "../model/batch.js";
import { HashIndex, mix } from "../model/hash-index.js";
import { END_ROOT, MAX_WEIGHT_NS, RECORD_BLOCKED, SAMPLE_INFERRED, SAMPLE_TRUNCATED } from "../model/wire.js";
import { type Frame, FramePlaces } from "./frame-places.js";

export type { Frame } from "./frame-places.js";

/** Says whom a sample belongs to, as a small number; equal numbers, equal labels. What they mean is asked when encoding. */
export interface LabelSource {
  labelSet(batch: SampleBatch, index: number): number;
}

/** Label set of samples that came when no further label set was allowed. */
export const OTHER_LABELS = -1;

/** Of samples whose thread ran: it waited for nothing. */
export const ON_CPU = 0x7fff;

export interface Row {
  /** Of the LabelSource, or OTHER_LABELS. */
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

/** What rows differ in besides their stack. */
type Key = Pick<Row, "labelSet" | "span" | "wait" | "truncated">;

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

const ROW_BYTES = 250;
const FRAME_BYTES = 80;
/** More than a record of the ring holds. */
const MAX_FRAMES = 4096;

/** More than there are numbers of waits, some of which are negative. */
const WAITS = 2 ** 17;
const NO_STACK = new Uint32Array(0);

const waitOf = ({ kind, systemCall }: SampleBatch, i: number): number =>
  kind[i] === RECORD_BLOCKED ? (systemCall[i] ?? 0) : ON_CPU;

const empty = (): Window => ({ frames: [], rows: [], samples: 0, totalNs: 0, folded: 0, refused: 0 });

export class SampleWindow {
  readonly #labels: LabelSource;
  readonly #limits: WindowLimits;
  /** Of Window.rows. */
  readonly #rows = new HashIndex();
  readonly #frames = new FramePlaces();
  /** Scratch buffer: the stack of the sample that is added, as indexes into Window.frames. */
  readonly #stack = new Uint32Array(MAX_FRAMES);
  #window = empty();
  /** By label set and wait: what came when the window was full. */
  #folded = new Map<string, Row>();
  /** The same of samples without a stack; no object is made to find one. */
  readonly #owned = new Map<number, Row>();
  #sets = new Set<number>();
  #bytes = 0;
  #detail: WindowDetail = "stacks";

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

  /** What this window takes: the detail that is wanted, or the former one where it has samples already. */
  takes(wanted: WindowDetail): WindowDetail {
    if (this.#window.samples === 0) this.#detail = wanted;
    return this.#detail;
  }

  /** What was folded so far; the next sample starts a new window. */
  swap(): Window {
    const done = this.#window;
    done.frames = this.#frames.take();
    this.#window = empty();
    this.#rows.clear();
    this.#folded = new Map();
    this.#owned.clear();
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
    const set = this.#withinLimit(this.#labels.labelSet(batch, i));
    const row = this.#isOwned(batch, i)
      ? this.#rowWithout(set, waitOf(batch, i))
      : this.#rowOf(set, batch, i, (flags & SAMPLE_TRUNCATED) !== 0);
    row.weightNs += weight;
    row.samples++;
    if (batch.end[i] === END_ROOT) row.reachedRoot++;
    if ((flags & SAMPLE_INFERRED) !== 0) row.inferred++;
    if (row.folded) this.#window.folded++;
    this.#window.samples++;
    this.#window.totalNs += weight;
  }

  /** The label set, or OTHER_LABELS where the window has as many as it may. */
  #withinLimit(set: number): number {
    if (this.#sets.has(set)) return set;
    if (this.#sets.size >= this.#limits.labelSets) return OTHER_LABELS;
    this.#sets.add(set);
    return set;
  }

  /** Only its owner is asked for, and it is known. */
  #isOwned({ element, chainStart }: SampleBatch, i: number): boolean {
    return this.#detail === "owners" && (element[i] !== 0 || chainStart[i + 1] !== chainStart[i]);
  }

  #rowWithout(set: number, wait: number): Row {
    const key = WAITS * set + wait;
    const known = this.#owned.get(key);
    if (known !== undefined) return known;
    const row = this.#newRow({ labelSet: set, span: 0n, wait, truncated: false }, NO_STACK, false);
    this.#owned.set(key, row);
    return row;
  }

  #rowOf(set: number, batch: SampleBatch, i: number, truncated: boolean): Row {
    const from = batch.frameStart[i] ?? 0;
    const to = Math.min(Math.max(from, batch.frameStart[i + 1] ?? from), from + MAX_FRAMES);
    // A full window folds by label set alone: that is bounded too, and the sums per element stay right.
    const full = this.#bytes >= this.#limits.bytes;
    const known = this.#read(batch, from, to, full);
    const wait = waitOf(batch, i);
    const key: Key = { labelSet: set, span: batch.span[i] ?? 0n, wait, truncated };
    const hash = this.#hash(key, to - from);
    const row = known ? this.#find(hash, key, to - from) : undefined;
    if (row !== undefined) return row;
    if (full) return this.#folded.get(`${set} ${wait}`) ?? this.#newFolded(set, wait);
    this.#rows.add(hash, this.#window.rows.length);
    return this.#newRow(key, this.#stack.slice(0, to - from), false);
  }

  /** Fills the scratch buffer with the stack of a sample; false: one of its frames is not known, and a full window learns no more. */
  #read({ frameModule, frameOffset }: SampleBatch, from: number, to: number, full: boolean): boolean {
    const stack = this.#stack;
    const known = this.#frames.count;
    for (let at = from; at < to; at++) {
      const frame = this.#frames.number(frameModule[at] ?? 0, frameOffset[at] ?? 0, full);
      if (frame < 0) return false;
      stack[at - from] = frame;
    }
    this.#bytes += FRAME_BYTES * (this.#frames.count - known);
    return true;
  }

  #hash({ labelSet, span, wait, truncated }: Key, depth: number): number {
    let hash = mix(
      mix(mix(1, labelSet), 2 * wait + (truncated ? 1 : 0)),
      span === 0n ? 0 : Number(BigInt.asIntN(32, span)),
    );
    for (let at = 0; at < depth; at++) hash = mix(hash, this.#stack[at] ?? 0);
    return hash;
  }

  #find(hash: number, { labelSet, span, wait, truncated }: Key, depth: number): Row | undefined {
    for (let slot = this.#rows.seek(hash); slot >= 0; slot = this.#rows.seek(hash, slot)) {
      const row = this.#window.rows[this.#rows.at(slot)];
      const same = row?.labelSet === labelSet && row.span === span && row.wait === wait && row.truncated === truncated;
      if (row !== undefined && same && this.#isAtHand(row.stack, depth)) return row;
    }
    return undefined;
  }

  #isAtHand(stack: Uint32Array, depth: number): boolean {
    if (stack.length !== depth) return false;
    for (let at = 0; at < depth; at++) if (stack[at] !== this.#stack[at]) return false;
    return true;
  }

  #newFolded(set: number, wait: number): Row {
    const row = this.#newRow({ labelSet: set, span: 0n, wait, truncated: false }, new Uint32Array(0), true);
    this.#folded.set(`${set} ${wait}`, row);
    return row;
  }

  #newRow(key: Key, stack: Uint32Array, folded: boolean): Row {
    const row: Row = { ...key, stack, folded, weightNs: 0, samples: 0, reachedRoot: 0, inferred: 0 };
    this.#window.rows.push(row);
    this.#bytes += ROW_BYTES + 4 * stack.length;
    return row;
  }
}
