// From how many samples on is a share said, and how long must a run be to have them?
import { describe, expect, it } from "vitest";
import { ENOUGH, isEnough, RULE, runLonger, SHARE_ERROR } from "../../../src/analysis/enough-samples.js";

const enoughFrom = (share: number): number => {
  for (let n = 0; ; n++) if (isEnough(share, n)) return n;
};

describe("enough samples", () => {
  it("are most for a half, and never more than the rule says", () => {
    expect(ENOUGH).toBe(100);
    expect(RULE).toBe("A share needs up to 100 samples.");
    expect(enoughFrom(0.5)).toBeGreaterThan(ENOUGH - 10);
    for (const share of [0, 0.05, 0.2, 0.5, 0.8, 1]) {
      expect(enoughFrom(share)).toBeLessThanOrEqual(ENOUGH);
      expect(enoughFrom(share)).toBeLessThanOrEqual(enoughFrom(0.5));
    }
  });

  it("are as many for a share as for the rest", () => {
    for (const share of [0, 0.1, 0.25, 0.4]) expect(enoughFrom(share)).toBe(enoughFrom(1 - share));
  });

  it("stay enough when more come", () => {
    for (const share of [0, 0.03, 0.3, 0.5]) {
      const from = enoughFrom(share);
      for (let n = from; n < from + 200; n++) expect(isEnough(share, n), `${share} of ${n}`).toBe(true);
    }
  });

  it("are never none, nor one, whatever it fell on", () => {
    for (const share of [0, 0.5, 1]) for (const n of [0, 1, 2]) expect(isEnough(share, n)).toBe(false);
  });

  it("give a share whose standard error is at most five points, however it fell", () => {
    for (const share of [0, 0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 1]) {
      for (const n of [0, 1, 5, 10, 18]) expect([share, n, isEnough(share, n)]).toEqual([share, n, false]);
      for (const n of [96, 100, 1000, 100_000]) expect([share, n, isEnough(share, n)]).toEqual([share, n, true]);
      for (let n = 1; n < 100; n++) {
        if (!isEnough(share, n)) continue;
        expect(Math.sqrt((share * (1 - share)) / n)).toBeLessThanOrEqual(SHARE_ERROR * 1.1);
      }
    }
    expect(isEnough(1, 40)).toBe(true);
    expect(isEnough(0.5, 90)).toBe(false);
  });
});

describe("the time that would give enough", () => {
  it("goes on at the pace of this run, in tenths of a second, rounded up", () => {
    expect(runLonger(18, 0.4e9)).toBe("run it for 2.30 s or longer");
    expect(runLonger(100, 3e9)).toBe("run it for 3.00 s or longer");
  });

  it("of a run without samples is that of one with one", () => {
    expect(runLonger(0, 50e6)).toBe(runLonger(1, 50e6));
    expect(runLonger(0, 50e6)).toBe("run it for 5.00 s or longer");
  });
});
