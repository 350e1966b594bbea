// When is the next poll, the next drain, the end of an interval? One timer; it knows nothing of what is read or sent.
// SPDX-License-Identifier: MPL-2.0

export const POLL_INTERVAL_MS = 100;
/** While the target waits for the next poll. */
export const FAST_POLL_INTERVAL_MS = 10;
/** Data may wait for so many polls unless it is urgent: drained together it costs less. */
export const DRAIN_EVERY_POLLS = 10;

export interface LoopWork {
  /** At each poll, before anything else. */
  poll(): void;
  /** True: this poll should drain, though it is not its turn. Cheap. */
  urgent(): boolean;
  /** Takes what is there; false: something was left behind, and the next poll follows at once. */
  drain(): boolean;
  /** An interval is over, and what belongs to it is drained. */
  due(): void;
  /** Every DRAIN_EVERY_POLLS polls, after the drain. */
  beat(): void;
  /** True: the next poll follows after FAST_POLL_INTERVAL_MS. */
  fast(): boolean;
}

/** Stops when it is told to; any of the work may tell it. */
export class RunLoop {
  readonly #work: LoopWork;
  readonly #intervalMs: number;
  #polls = 0;
  #dueAt: number;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(work: LoopWork, intervalMs: number) {
    this.#work = work;
    this.#intervalMs = intervalMs;
    // The first interval is shorter, at random: many loops of one machine are not due at the same instant.
    this.#dueAt = performance.now() + intervalMs * (0.5 + Math.random() / 2);
  }

  /** The first poll is done when this returns. */
  start(): void {
    this.#poll();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** The interval was ended early: the next one begins now. */
  restartInterval(): void {
    this.#dueAt = performance.now() + this.#intervalMs;
  }

  #poll(): void {
    if (this.#stopped) return;
    const turn = this.#polls++ % DRAIN_EVERY_POLLS === 0;
    this.#work.poll();
    const drained = !(turn || this.#isDue() || this.#work.urgent()) || this.#drain();
    if (turn && !this.#stopped) this.#work.beat();
    if (this.#stopped) return;
    const waitMs = this.#work.fast() ? FAST_POLL_INTERVAL_MS : POLL_INTERVAL_MS;
    this.#timer = setTimeout(() => this.#poll(), drained ? waitMs : 0);
  }

  #drain(): boolean {
    const drained = this.#work.drain();
    if (this.#stopped || !this.#isDue()) return drained;
    this.restartInterval();
    this.#work.due();
    return drained;
  }

  #isDue(): boolean {
    return performance.now() >= this.#dueAt;
  }
}
