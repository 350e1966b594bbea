// Do times follow the wall clock when it is set, and do durations not?
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import { machine, near, SECOND, TODAY } from "../../helpers/settable-clock.js";

const HOUR = 3600n * SECOND;
const BOOT = 40n * SECOND; // of 1970

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
