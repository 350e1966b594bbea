// How do the spans of one export wait for it? In a buffer that is used again, behind the room for what a request begins with.
// SPDX-License-Identifier: MPL-2.0

import type { BufferPool } from "../../model/buffer-pool.js";
import type { RequestHead, SpanRun } from "../../model/span-run.js";

/** More than an export ever has: lengths in its head are no longer than that of this one. */
const MOST_BYTES = 2 ** 31;

export class SpanBatch {
  /** Spans that were refused one by one as too large since one was taken. */
  refusedAlone = 0;
  readonly #pool: BufferPool;
  readonly #head: RequestHead;
  readonly #begin: number;
  readonly #ends: number[] = [];
  #buffer: Buffer;

  constructor(pool: BufferPool, head: RequestHead) {
    this.#pool = pool;
    this.#head = head;
    this.#begin = head(MOST_BYTES).length;
    this.#buffer = pool.take(this.#begin);
  }

  get count(): number {
    return this.#ends.length;
  }

  get bytes(): number {
    return this.#offset(this.count);
  }

  /** Copies them. */
  add(run: SpanRun): void {
    const before = this.bytes;
    this.#makeRoom(before + run.length);
    this.#buffer.set(run.bytes, this.#begin + before);
    for (let i = 0; i < run.count; i++) this.#ends.push(before + run.endOf(i));
  }

  /** The export of the spans from this one to before that one. Of all of them it is a view: valid until release(). */
  request(from = 0, to = this.count): Uint8Array {
    const bytes = this.#offset(to) - this.#offset(from);
    const head = this.#head(bytes);
    if (from > 0) return Buffer.concat([head, this.#view(this.#offset(from), this.#offset(to))]);
    this.#buffer.set(head, this.#begin - head.length);
    return this.#view(-head.length, bytes);
  }

  /** Nobody reads a request of it any more, nor is anything added. */
  release(): void {
    this.#pool.give(this.#buffer);
    this.#buffer = Buffer.alloc(0);
    this.#ends.length = 0;
  }

  #makeRoom(bytes: number): void {
    if (this.#begin + bytes <= this.#buffer.length) return;
    const larger = this.#pool.take(this.#begin + bytes);
    larger.set(this.#view(0, this.bytes), this.#begin);
    this.#buffer = larger;
  }

  #view(from: number, to: number): Buffer {
    return this.#buffer.subarray(this.#begin + from, this.#begin + to);
  }

  #offset(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] ?? 0);
  }
}
