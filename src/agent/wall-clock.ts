// What time is it, on a clock that may be set while we run? Between two steps of it, as even as the monotonic one.
// SPDX-License-Identifier: MPL-2.0

export interface Clocks {
  /** As the system has it now; milliseconds. */
  unixMs: () => number;
  /** CLOCK_MONOTONIC: never set, and it stands still while the machine sleeps. */
  monoNs: () => bigint;
}

const systemClocks: Clocks = { unixMs: Date.now, monoNs: () => process.hrtime.bigint() };

/** What the two clocks may differ by before it is a step: more than a look at both is off, less than anybody sees. */
const STEP_NS = 50_000_000n;
/** Both are looked at within this, or the look says nothing: on a loaded machine we may have been set aside in between. */
const LOOK_NS = 5_000_000n;
const LOOKS = 3;

export class WallClock {
  readonly #clocks: Clocks;
  #offsetNs: bigint;

  constructor(clocks: Clocks = systemClocks) {
    this.#clocks = clocks;
    this.#offsetNs = toNs(clocks.unixMs()) - clocks.monoNs();
  }

  /** Unix nanoseconds. */
  now(): bigint {
    const offset = this.offsetNs();
    return this.#clocks.monoNs() + offset;
  }

  monoNs(): bigint {
    return this.#clocks.monoNs();
  }

  /** Unix minus CLOCK_MONOTONIC. Another one only after a step or a sleep: two times with one offset keep their distance. */
  offsetNs(): bigint {
    const seen = this.#look();
    if (seen !== null && isStep(seen, this.#offsetNs)) this.#offsetNs = seen;
    return this.#offsetNs;
  }

  #look(): bigint | null {
    for (let looks = 0; looks < LOOKS; looks++) {
      const before = this.#clocks.monoNs();
      const unix = toNs(this.#clocks.unixMs());
      if (this.#clocks.monoNs() - before < LOOK_NS) return unix - before;
    }
    return null;
  }
}

/** Of two clocks: is one a step away from where it was? */
export const isStep = (seen: bigint, before: bigint): boolean => seen > before + STEP_NS || before > seen + STEP_NS;

function toNs(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6));
}

/** The process has one, for all its targets. */
export const wallClock = new WallClock();
