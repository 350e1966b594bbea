// When may something dear be made again? So that all of it together takes at most a share of a core, however much one of it takes.
// SPDX-License-Identifier: MPL-2.0

export interface TurnLimits {
  /** Of a core. */
  share: number;
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
  #spentMs = 0;
  /** What turns took in which anything was made; this one not. */
  #latest: number[] = [];

  /** `now`: milliseconds from any begin. */
  constructor(limits: TurnLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Is it time for the next turn? Then that is this one. */
  begin(): boolean {
    const { share, leastMs, mostMs } = this.#limits;
    const now = this.#now();
    const latest = this.#withThis();
    const usualMs = latest.length < LATEST ? 0 : ([...latest].sort((a, b) => a - b)[LATEST >> 1] ?? 0);
    if (now - this.#beganMs < Math.min(mostMs, Math.max(leastMs, usualMs / share))) return false;
    this.#beganMs = now;
    this.#latest = latest;
    this.#spentMs = 0;
    return true;
  }

  /** In this turn, CPU time. */
  spent(ms: number): void {
    this.#spentMs += ms;
  }

  #withThis(): number[] {
    return this.#spentMs > 0 ? [...this.#latest, this.#spentMs].slice(-LATEST) : this.#latest;
  }
}
