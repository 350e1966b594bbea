// How are hundreds of thousands of stacks held in little memory, each once? As numbers side by side, found by their hash.
// SPDX-License-Identifier: MPL-2.0

/** Different ones. */
const MAX_STACKS = 120_000;
/** Of all stacks together, four bytes each. */
const MAX_ITEMS = 4_000_000;

/** Whose time it is, and its frames: the first number is the owner's. */
export class StackPool {
  #items = new Int32Array(2 ** 16);
  /** Where each stack ends; it begins where the one before ends. */
  #ends = new Int32Array(2 ** 12);
  #hashes = new Int32Array(2 ** 12);
  /** 1 + number of a stack; half of them stay empty. */
  #slots = new Int32Array(2 ** 13);
  #size = 0;

  /** The number of the stack: `size` as it was before when it is new, -1 when there is no room for a new one or it has no length. */
  add(stack: Int32Array, length: number): number {
    if (length < 0) return -1;
    let hash = length;
    for (let i = 0; i < length; i++) {
      hash = Math.imul(hash ^ (stack[i] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const slot = this.#find(hash, stack, length);
    const known = (this.#slots[slot] ?? 0) - 1;
    if (known >= 0) return known;
    const begin = this.#begin(this.#size);
    if (this.#size >= MAX_STACKS || begin + length > MAX_ITEMS) return -1;
    this.#reserve(begin + length);
    this.#items.set(stack.subarray(0, length), begin);
    this.#ends[this.#size] = begin + length;
    this.#hashes[this.#size] = hash;
    this.#slots[slot] = ++this.#size;
    if (2 * this.#size >= this.#slots.length) this.#spread();
    return this.#size - 1;
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

  /** Where it is, or where it belongs. */
  #find(hash: number, stack: Int32Array, length: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const there = (this.#slots[slot] ?? 0) - 1;
      if (there < 0 || (this.#hashes[there] === hash && this.#equals(there, stack, length))) return slot;
    }
  }

  #equals(there: number, stack: Int32Array, length: number): boolean {
    const begin = this.#begin(there);
    if (this.#ends[there] !== begin + length) return false;
    for (let i = 0; i < length; i++) if (this.#items[begin + i] !== stack[i]) return false;
    return true;
  }

  #reserve(items: number): void {
    while (items > this.#items.length) this.#items = twice(this.#items);
    if (this.#size < this.#ends.length) return;
    this.#ends = twice(this.#ends);
    this.#hashes = twice(this.#hashes);
  }

  #spread(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (let stack = 0; stack < this.#size; stack++) {
      let slot = (this.#hashes[stack] ?? 0) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = stack + 1;
    }
  }
}

function twice(from: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const to = new Int32Array(2 * from.length);
  to.set(from);
  return to;
}
