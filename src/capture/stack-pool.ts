// How are hundreds of thousands of stacks held in little memory, each once? As numbers side by side, found by their hash.
// SPDX-License-Identifier: MPL-2.0

import { HashIndex, mix } from "../model/hash-index.js";

/** Different ones. */
const MAX_STACKS = 120_000;
/** Of all stacks together, four bytes each. */
const MAX_ITEMS = 4_000_000;

/** Whose time it is, and its frames: the first number is the owner's. */
export class StackPool {
  #items = new Int32Array(2 ** 16);
  /** Where each stack ends; it begins where the one before ends. */
  #ends = new Int32Array(2 ** 12);
  readonly #index = new HashIndex();
  #size = 0;

  /** The number of the stack: `size` as it was before when it is new, -1 when there is no room for a new one or it has no length. */
  add(stack: Int32Array, length: number): number {
    if (length < 0) return -1;
    let hash = length;
    for (let i = 0; i < length; i++) hash = mix(hash, stack[i] ?? 0);
    for (let slot = this.#index.seek(hash); slot >= 0; slot = this.#index.seek(hash, slot)) {
      const there = this.#index.at(slot);
      if (this.#equals(there, stack, length)) return there;
    }
    const begin = this.#begin(this.#size);
    if (this.#size >= MAX_STACKS || begin + length > MAX_ITEMS) return -1;
    while (begin + length > this.#items.length) this.#items = twice(this.#items);
    if (this.#size >= this.#ends.length) this.#ends = twice(this.#ends);
    this.#items.set(stack.subarray(0, length), begin);
    this.#ends[this.#size] = begin + length;
    this.#index.add(hash, this.#size);
    return this.#size++;
  }

  get size(): number {
    return this.#size;
  }

  /** Without the owner; a view, of this pool. */
  frames(stack: number): Int32Array {
    return this.#items.subarray(this.#begin(stack) + 1, this.#ends[stack]);
  }

  #begin(stack: number): number {
    return stack === 0 ? 0 : (this.#ends[stack - 1] ?? 0);
  }

  #equals(there: number, stack: Int32Array, length: number): boolean {
    const begin = this.#begin(there);
    if (this.#ends[there] !== begin + length) return false;
    for (let i = 0; i < length; i++) if (this.#items[begin + i] !== stack[i]) return false;
    return true;
  }
}

function twice(from: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const to = new Int32Array(2 * from.length);
  to.set(from);
  return to;
}
