// How is memory for large messages used again? A new buffer for each would wait for the collector of garbage, megabytes at a time.
// SPDX-License-Identifier: MPL-2.0

export interface PoolLimits {
  /** Kept while nobody uses them. */
  buffers: number;
  /** Larger ones are not kept. */
  bytes: number;
}

const SMALLEST = 4096;

export class BufferPool {
  readonly #free: Buffer[] = [];
  readonly #limits: PoolLimits;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  /** What is kept now. */
  get bytes(): number {
    return this.#free.reduce((sum, { length }) => sum + length, 0);
  }

  /** At least so many bytes, with anything in them. One that is kept and too small makes way for a larger one. */
  take(bytes: number): Buffer {
    const free = this.#free.pop();
    return free !== undefined && free.length >= bytes ? free : Buffer.allocUnsafeSlow(powerOfTwo(bytes));
  }

  /** Nobody uses it any more. */
  give(buffer: Buffer): void {
    if (this.#free.length < this.#limits.buffers && buffer.length <= this.#limits.bytes) this.#free.push(buffer);
  }
}

const powerOfTwo = (bytes: number): number => 2 ** Math.ceil(Math.log2(Math.max(SMALLEST, bytes)));
