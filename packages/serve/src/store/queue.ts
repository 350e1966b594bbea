// How do batches of many senders gather into one commit, and when are no more taken?
// SPDX-License-Identifier: MPL-2.0
import { StoreBusy } from "./errors.js";
import type { AcceptedBatch, AppendedBatch, StoreStats } from "./port.js";

/** A commit is worth more the more it holds, but nobody waits longer than this for others. */
const gatherMs = 5;
const gatherEvents = 1000;

export interface QueueLimits {
  maxEvents: number;
  maxBytes: number;
}

export const defaultLimits: QueueLimits = { maxEvents: 20_000, maxBytes: 33_554_432 };

/** One result for each batch; a rejection is that of all of them. */
export type Commit = (group: AcceptedBatch[]) => Promise<(AppendedBatch | Error)[]>;

interface Waiting {
  batch: AcceptedBatch;
  resolve(appended: AppendedBatch): void;
  reject(error: Error): void;
}

export class CommitQueue {
  #waiting: Waiting[] = [];
  #waitingEvents = 0;
  /** With those that are being committed. */
  #events = 0;
  #bytes = 0;
  #committing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #commit: Commit;
  #limits: QueueLimits;

  constructor(commit: Commit, limits: QueueLimits) {
    this.#commit = commit;
    this.#limits = limits;
  }

  get figures(): StoreStats["queue"] {
    const { maxEvents, maxBytes } = this.#limits;
    return { events: this.#events, bytes: this.#bytes, maxEvents, maxBytes };
  }

  push(batch: AcceptedBatch): Promise<AppendedBatch> {
    const { maxEvents, maxBytes } = this.#limits;
    if (this.#events + batch.events.length > maxEvents || this.#bytes + batch.bytes > maxBytes) {
      return Promise.reject(new StoreBusy("More events wait to be written than fit; send them again in a second."));
    }
    this.#events += batch.events.length;
    this.#bytes += batch.bytes;
    this.#waitingEvents += batch.events.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#committing || this.#waiting.length) {
      this.#begin();
      await this.#committing;
    }
  }

  #schedule(): void {
    if (this.#committing) return;
    if (this.#waitingEvents >= gatherEvents) this.#begin();
    else this.#timer ??= setTimeout(() => this.#begin(), gatherMs);
  }

  #begin(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#committing || !this.#waiting.length) return;
    this.#committing = this.#run(this.#takeGroup());
  }

  #takeGroup(): Waiting[] {
    let events = 0;
    let count = 0;
    while (count < this.#waiting.length && events < gatherEvents) {
      events += this.#waiting[count++]?.batch.events.length ?? 0;
    }
    this.#waitingEvents -= events;
    return this.#waiting.splice(0, count);
  }

  async #run(group: Waiting[]): Promise<void> {
    const results = await this.#commit(group.map(({ batch }) => batch)).catch((error: Error) => error);
    for (const [i, { batch, resolve, reject }] of group.entries()) {
      this.#events -= batch.events.length;
      this.#bytes -= batch.bytes;
      const result = results instanceof Error ? results : (results[i] ?? new Error("The store gave no answer."));
      if (result instanceof Error) reject(result);
      else resolve(result);
    }
    this.#committing = null;
    if (this.#waiting.length) this.#schedule();
  }
}
