// Which of the numbers with this hash is meant? An open hash table: looking something up allocates nothing.
// SPDX-License-Identifier: MPL-2.0

const FIRST_SLOTS = 1024;
const FREE = -1;
/** Odd, with its bits well spread: the golden ratio of 2^32. */
const GOLDEN = 0x9e3779b1;

/** One step of a hash over 32-bit integers, the first of them after a constant. */
export function mix(hash: number, value: number): number {
  const product = Math.imul(hash ^ value, GOLDEN);
  return product ^ (product >>> 15);
}

/** Numbers from 0 by the hash of what they stand for; the caller knows that and compares. */
export class HashIndex {
  /** Number and hash of each slot, side by side: one look, one line of the cache. */
  #slots = new Int32Array(2 * FIRST_SLOTS).fill(FREE);
  #used = 0;

  /** Slot of a number with this hash, -1 when there is none; `after`: the slot that was not it. */
  seek(hash: number, after = -1): number {
    const slots = this.#slots;
    const mask = slots.length / 2 - 1;
    let slot = after < 0 ? hash & mask : (after + 1) & mask;
    for (; slots[2 * slot] !== FREE; slot = (slot + 1) & mask) if (slots[2 * slot + 1] === hash) return slot;
    return -1;
  }

  at(slot: number): number {
    return this.#slots[2 * slot] ?? FREE;
  }

  add(hash: number, number: number): void {
    if (4 * this.#used >= this.#slots.length) this.#grow();
    this.#put(hash, number);
    this.#used++;
  }

  /** Keeps its size: what comes next is as much. */
  clear(): void {
    this.#slots.fill(FREE);
    this.#used = 0;
  }

  #put(hash: number, number: number): void {
    const mask = this.#slots.length / 2 - 1;
    let slot = hash & mask;
    while (this.#slots[2 * slot] !== FREE) slot = (slot + 1) & mask;
    this.#slots[2 * slot] = number;
    this.#slots[2 * slot + 1] = hash;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(2 * old.length).fill(FREE);
    for (let at = 0; at < old.length; at += 2) if (old[at] !== FREE) this.#put(old[at + 1] ?? 0, old[at] ?? 0);
  }
}
