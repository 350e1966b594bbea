// What waits for a server, how much of it at most, and who is dropped first? The oldest.
// SPDX-License-Identifier: MPL-2.0

import { pause } from "./pause.js";

export interface QueueOptions<Item> {
  /** Of everything that is waiting or under way. */
  maxBytes: number;
  parallel: number;
  /** Delivers one item, or counts it as lost; must not reject. */
  work: (item: Item, context: DeliveryContext<Item>) => Promise<void>;
  dropped: (item: Item, why: "overflow" | "ended") => void;
}

/** What the delivery of one item may ask of its queue. */
export interface DeliveryContext<Item = unknown> {
  /** Aborted when the queue is closed and out of time. */
  signal: AbortSignal;
  /** Resolves after `ms`, or at once when a flush begins; false: the queue is out of time. */
  wait: (ms: number) => Promise<boolean>;
  /** The item that waits longest, which is delivered with this one from now on; undefined: none waits, or not one that `fits`. */
  next: (fits: (item: Item) => boolean) => Item | undefined;
}

/** During a flush a failed item is tried again after so many milliseconds at most … */
const FLUSH_RETRY_MS = 200;
/** … and the flush ends after so many failures in a row: a server that is not there will not come now. */
const FLUSH_FAILURES = 4;

export class UploadQueue<Item extends { readonly bytes: number }> {
  readonly #options: QueueOptions<Item>;
  readonly #waiting: Item[] = [];
  readonly #end = new AbortController();
  #wake = new AbortController();
  #flushWaiters = 0;
  #failuresInRow = 0;
  #active = 0;
  #bytes = 0;
  #idle: (() => void)[] = [];

  constructor(options: QueueOptions<Item>) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(item: Item): void {
    if (this.#end.signal.aborted) {
      this.#options.dropped(item, "ended");
      return;
    }
    this.#waiting.push(item);
    this.#bytes += item.bytes;
    while (this.#bytes > this.#options.maxBytes && this.#waiting.length > 0) this.#dropOldest("overflow");
    this.#next();
  }

  /** Tries everything at once; true when the queue ran empty in time. What is left stays. */
  async flush(deadlineMs: number): Promise<boolean> {
    this.#flushWaiters++;
    this.#failuresInRow = 0;
    this.#wake.abort();
    this.#wake = new AbortController();
    await this.#emptyWithin(deadlineMs);
    this.#flushWaiters--;
    return this.#active === 0 && this.#waiting.length === 0;
  }

  /** The last flush: what is left after it is dropped, and what comes later too. */
  async close(deadlineMs: number): Promise<boolean> {
    const empty = await this.flush(deadlineMs);
    this.#end.abort();
    while (this.#waiting.length > 0) this.#dropOldest("ended");
    await this.#emptyWithin(1000); // requests under way end by the signal, and say what became of them
    return empty;
  }

  #next(): void {
    while (this.#active < this.#options.parallel) {
      const item = this.#waiting.shift();
      if (item === undefined) break;
      void this.#run(item);
    }
    if (this.#active === 0 && this.#waiting.length === 0) this.#release();
  }

  async #run(item: Item): Promise<void> {
    this.#active++;
    let bytes = item.bytes;
    const next = (fits: (item: Item) => boolean): Item | undefined => {
      const first = this.#waiting[0];
      if (first === undefined || !fits(first)) return undefined;
      bytes += first.bytes;
      return this.#waiting.shift();
    };
    try {
      await this.#options.work(item, { signal: this.#end.signal, wait: (ms) => this.#wait(ms), next });
    } finally {
      this.#active--;
      this.#bytes -= bytes;
      this.#failuresInRow = 0;
      this.#next();
    }
  }

  #dropOldest(why: "overflow" | "ended"): void {
    const item = this.#waiting.shift();
    if (item === undefined) return;
    this.#bytes -= item.bytes;
    this.#options.dropped(item, why);
  }

  async #wait(ms: number): Promise<boolean> {
    if (++this.#failuresInRow >= FLUSH_FAILURES && this.#flushWaiters > 0) this.#release();
    await pause(this.#flushWaiters > 0 ? Math.min(ms, FLUSH_RETRY_MS) : ms, this.#end.signal, this.#wake.signal);
    return !this.#end.signal.aborted;
  }

  async #emptyWithin(ms: number): Promise<void> {
    const done = new AbortController();
    this.#idle.push(() => done.abort());
    this.#next();
    await pause(ms, done.signal);
  }

  #release(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
