// Do times follow the wall clock when it is set, and do durations not?
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import { WindowTimes } from "../../../src/agent/session/window-times.js";
import { WallClock } from "../../../src/agent/wall-clock.js";

const SECOND = 1_000_000_000n;
const HOUR = 3600n * SECOND;
const BOOT = 40n * SECOND; // of 1970
const TODAY = 1_790_000_000n * SECOND;

function machine(unixNs: bigint) {
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

const near = (time: bigint, wanted: bigint): boolean => Math.abs(Number(time - wanted)) <= 1e6;

describe("the wall clock", () => {
  it("is followed when it is set, forwards and back, and when the machine slept", () => {
    const { clock, at, pass, step } = machine(BOOT);
    expect(near(clock.now(), at.unix)).toBe(true);
    for (const by of [TODAY, -HOUR, 8n * HOUR, -3n * SECOND]) {
      pass(10n * SECOND);
      step(by); // a sleep looks the same: the monotonic clock stands still
      expect(near(clock.now(), at.unix)).toBe(true);
    }
  });

  it("does not jitter by its own milliseconds between two steps", () => {
    const { clock, pass } = machine(TODAY);
    const first = clock.now();
    for (let i = 1n; i <= 1000n; i++) {
      pass(123_457n);
      expect(clock.now() - first).toBe(i * 123_457n);
    }
  });

  it("is not believed to have been set when we were only set aside between two looks", () => {
    const { clock, at } = machine(TODAY);
    const offset = clock.offsetNs();
    at.delay = 80_000_000n;
    expect(clock.offsetNs()).toBe(offset);
  });
});

describe("a window", () => {
  it("says the time that is right at its end, and lasts as long as it lasted", () => {
    const { clock, at, pass, step } = machine(BOOT);
    const times = new WindowTimes(clock);
    pass(10n * SECOND);
    expect(times.cut()).toMatchObject({ durationNs: 10e9 });
    pass(4n * SECOND);
    step(TODAY); // the network came up
    pass(6n * SECOND);
    const { timeNanos, durationNs } = times.cut();
    expect(durationNs).toBe(10e9);
    expect(near(timeNanos, at.unix - 10n * SECOND)).toBe(true);
    pass(10n * SECOND);
    expect(near(times.cut().timeNanos, at.unix - 10n * SECOND)).toBe(true);
  });

  it("never says what another one said, by a tenth of a second, however often the clock is set back", () => {
    const { clock, at, pass, step } = machine(TODAY);
    const times = new WindowTimes(clock);
    const told: bigint[] = [];
    for (let i = 0; i < 300; i++) {
      pass(10n * SECOND);
      if (i % 7 === 6) step(-70n * SECOND); // exactly to where windows began
      const { timeNanos, durationNs } = times.cut();
      told.push(timeNanos);
      expect(durationNs).toBe(10e9);
      // It says the new time all the same, not that of the past.
      expect(Math.abs(Number(timeNanos - (at.unix - 10n * SECOND)))).toBeLessThan(10e9);
    }
    const sorted = told.toSorted((a, b) => Number(a - b));
    for (const [i, time] of sorted.entries())
      if (i > 0) expect(time - (sorted[i - 1] ?? 0n)).toBeGreaterThanOrEqual(SECOND / 10n);
  });

  it("begins where the one before ended, to the nanosecond, while nobody sets the clock", () => {
    const { clock, pass } = machine(TODAY);
    const times = new WindowTimes(clock);
    pass(3n * SECOND + 17n);
    let before = times.cut();
    for (let i = 0; i < 20; i++) {
      pass(10n * SECOND + 123n);
      const now = times.cut();
      expect(now.timeNanos).toBe(before.timeNanos + BigInt(before.durationNs));
      before = now;
    }
  });
});
