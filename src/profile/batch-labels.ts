// Which label set has each sample of a batch? The addon knows what it was told; what is new it asks for.
// SPDX-License-Identifier: MPL-2.0

import type { SampleBatch } from "../model/batch.js";
import { threadOf } from "../model/topology.js";
import type { LabelIndex, NativeAddon } from "../native.js";

/** Says whom samples belong to, as a small number; equal numbers, equal labels. What they mean is asked when encoding. */
export interface LabelSource {
  /** While it is the same, so are the numbers. */
  readonly version: number;
  /** Of directory ids. */
  numberOf(element: number, thread: number, chain: Uint32Array): number;
}

/** Ids of a combination before its chain: element, thread, the thread's number, length of the chain. */
const FIXED = 4;

export class BatchLabels {
  readonly #index: LabelIndex;
  readonly #source: LabelSource;

  constructor(native: Pick<NativeAddon, "LabelIndex">, source: LabelSource) {
    this.#index = new native.LabelIndex();
    this.#source = source;
  }

  /** One number for each sample: for every window that takes the batch. */
  setsOf(batch: SampleBatch): Float64Array {
    const version = this.#source.version;
    const sets = this.#look(batch, version);
    // So many are new that some of them, or others of this batch, are forgotten already: those get another number.
    return this.#source.version === version ? sets : this.#look(batch, this.#source.version);
  }

  #look({ records }: SampleBatch, version: number): Float64Array {
    const ids = this.#index.look(records, version);
    const numbers: number[] = [];
    for (let at = 0; at < ids.length; at += FIXED + (ids[at + FIXED - 1] ?? 0)) numbers.push(this.#ask(ids, at));
    return this.#index.learn(Float64Array.from(numbers));
  }

  #ask(ids: Uint32Array, at: number): number {
    const [element = 0, thread = 0, threadNumber = 0, length = 0] = ids.subarray(at, at + FIXED);
    const chain = ids.subarray(at + FIXED, at + FIXED + length);
    return this.#source.numberOf(element, threadOf(thread, threadNumber), chain);
  }
}
