// Which of the numbers with this hash is meant? An open hash table in two columns: looking something up allocates nothing.
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
  #numbers = new Int32Array(FIRST_SLOTS).fill(FREE);
  #hashes = new Int32Array(FIRST_SLOTS);
  #used = 0;

  /** Slot of a number with this hash, -1 when there is none; `after`: the slot that was not it. */
  seek(hash: number, after = -1): number {
    const mask = this.#numbers.length - 1;
    let slot = after < 0 ? hash & mask : (after + 1) & mask;
    for (; this.#numbers[slot] !== FREE; slot = (slot + 1) & mask) if (this.#hashes[slot] === hash) return slot;
    return -1;
  }

  at(slot: number): number {
    return this.#numbers[slot] ?? FREE;
  }

  add(hash: number, number: number): void {
    if (2 * this.#used >= this.#numbers.length) this.#grow();
    this.#put(hash, number);
    this.#used++;
  }

  /** Keeps its size: what comes next is as much. */
  clear(): void {
    this.#numbers.fill(FREE);
    this.#used = 0;
  }

  #put(hash: number, number: number): void {
    const mask = this.#numbers.length - 1;
    let slot = hash & mask;
    while (this.#numbers[slot] !== FREE) slot = (slot + 1) & mask;
    this.#numbers[slot] = number;
    this.#hashes[slot] = hash;
  }

  #grow(): void {
    const [numbers, hashes] = [this.#numbers, this.#hashes];
    this.#numbers = new Int32Array(2 * numbers.length).fill(FREE);
    this.#hashes = new Int32Array(2 * numbers.length);
    numbers.forEach((number, slot) => {
      if (number !== FREE) this.#put(hashes[slot] ?? 0, number);
    });
  }
}
