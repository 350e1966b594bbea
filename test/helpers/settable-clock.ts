// How does a test set the wall clock of a machine, and let time pass on it? Both clocks are numbers; nothing waits.
// SPDX-License-Identifier: MPL-2.0

import { WallClock } from "../../src/agent/wall-clock.js";

export const SECOND = 1_000_000_000n;
/** Unix nanoseconds of a day of 2026. */
export const TODAY = 1_790_000_000n * SECOND;

export function machine(unixNs: bigint) {
  const at = { unix: unixNs, mono: 7n * SECOND, delay: 0n };
  const clock = new WallClock({
    unixMs: () => {
      at.mono += at.delay;
      return Number(at.unix / 1_000_000n);
    },
    monoNs: () => at.mono,
  });
  return {
    clock,
    at,
    pass: (ns: bigint) => {
      at.unix += ns;
      at.mono += ns;
    },
    step: (ns: bigint) => {
      at.unix += ns;
    },
  };
}

/** Within what a clock of milliseconds can tell. */
export const near = (time: bigint, wanted: bigint): boolean => Math.abs(Number(time - wanted)) <= 1e6;
