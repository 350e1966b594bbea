// When did a window begin and how long is it, on a machine whose clock is set while it runs?
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import { WindowTimes } from "../../../../src/agent/session/window-times.js";
import { machine, near, SECOND, TODAY } from "../../../helpers/settable-clock.js";

const BOOT = 40n * SECOND; // of 1970

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

  it("that lasted no time at all is a tenth of a second behind the one before it, and lasts nothing", () => {
    const { clock } = machine(TODAY);
    const times = new WindowTimes(clock);
    const [first, second, third] = [times.cut(), times.cut(), times.cut()];
    expect([first, second, third].map(({ durationNs }) => durationNs)).toEqual([0, 0, 0]);
    expect(second.timeNanos - first.timeNanos).toBe(SECOND / 10n);
    expect(third.timeNanos - first.timeNanos).toBe(SECOND / 5n);
    expect(new Set([first.monoNs, second.monoNs, third.monoNs]).size).toBe(1);
  });

  it("has the begin of the monotonic clock that it really had, however its Unix time was moved", () => {
    const { clock, at, pass, step } = machine(TODAY);
    const times = new WindowTimes(clock);
    for (let i = 0; i < 5; i++) {
      const began = at.mono;
      pass(10n * SECOND);
      step(-10n * SECOND);
      expect(times.cut()).toMatchObject({ monoNs: began, durationNs: 10e9 });
    }
  });

  it("takes an instant again that 512 windows were told after, and keeps off it as long as they were fewer", () => {
    for (const [windows, late] of [
      [512, SECOND / 10n],
      [513, 0n],
    ] as const) {
      const { clock, pass, step } = machine(TODAY);
      const times = new WindowTimes(clock);
      const next = () => {
        pass(SECOND);
        return times.cut().timeNanos;
      };
      const [first = 0n] = Array.from({ length: windows }, next);
      step(-BigInt(windows) * SECOND); // so that the next one begins where the first did
      expect(next() - first).toBe(late);
    }
  });
});
