// When may something dear be made again? So that all of it together takes at most a share of a core, however much one of it takes.
// SPDX-License-Identifier: MPL-2.0

export interface TurnLimits {
  /** Of a core. */
  share: number;
  /** From one turn to the next, until it is known what they take: nothing is compiled yet, and each takes many times as long. */
  firstMs: number;
  /** From one turn to the next. */
  leastMs: number;
  /** Nobody waits longer, whatever it takes. */
  mostMs: number;
}

/** One that took long is an accident, or the first, when nothing is compiled yet: the one in the middle of these counts. */
const LATEST = 3;

export class Turns {
  readonly #limits: TurnLimits;
  readonly #now: () => number;
  #beganMs = Number.NEGATIVE_INFINITY;
  /** undefined: nothing was made. */
  #spentMs: number | undefined;
  /** What turns took in which anything was made; this one not. */
  #latest: number[] = [];

  /** `now`: milliseconds from any begin. */
  constructor(limits: TurnLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Is it time for the next turn? Then that is this one. */
  begin(): boolean {
    const now = this.#now();
    const latest = this.#withThis();
    if (now - this.#beganMs < this.#waitMs(latest)) return false;
    this.#beganMs = now;
    this.#latest = latest;
    this.#spentMs = undefined;
    return true;
  }

  /** Something else was made in the place of a turn: the next one is as far from now as from a turn. */
  skip(): void {
    this.#beganMs = this.#now();
  }

  /** In this turn, CPU time. */
  spent(ms: number): void {
    this.#spentMs = (this.#spentMs ?? 0) + ms;
  }

  #waitMs(latest: readonly number[]): number {
    const { share, firstMs, leastMs, mostMs } = this.#limits;
    if (latest.length < LATEST) return firstMs;
    const usualMs = [...latest].sort((a, b) => a - b)[LATEST >> 1] ?? 0;
    return Math.min(mostMs, Math.max(leastMs, usualMs / share));
  }

  #withThis(): number[] {
    return this.#spentMs !== undefined ? [...this.#latest, this.#spentMs].slice(-LATEST) : this.#latest;
  }
}
