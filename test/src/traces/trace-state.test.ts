// Does the trace state say the threshold that buffers were chosen by?
import { describe, expect, it } from "vitest";
import { traceState } from "../../../src/traces/trace-state.js";

const RANGE = 1n << 56n;

describe("the trace state", () => {
  it.each([
    [0n, "ot=th:0"],
    [RANGE / 2n, "ot=th:8"],
    [RANGE - RANGE / 256n, "ot=th:ff"],
    [0xfd70a3d70a3d71n, "ot=th:fd70a3d70a3d71"],
    [1n, "ot=th:00000000000001"],
    [RANGE - 1n, "ot=th:ffffffffffffff"],
  ])("of %d is %j", (threshold, text) => {
    expect(traceState(threshold)).toBe(text);
  });

  it("reads back as the same threshold, by the rule that zeros are missing at its end", () => {
    for (let bit = 0n; bit < 56n; bit++) {
      const threshold = RANGE - (1n << bit);
      const digits = traceState(threshold).replace("ot=th:", "");
      expect(BigInt(`0x${digits.padEnd(14, "0")}`)).toBe(threshold);
    }
  });

  it("is none where no ratio chooses", () => {
    expect([traceState(RANGE), traceState(RANGE + 5n), traceState(-1n)]).toEqual(["", "", ""]);
  });
});
