// From how many matched buffers on is a latency believed?
import { expect, it } from "vitest";
import { isBelieved, MOSTLY } from "../../../src/model/matched.js";

const of = (buffers: number, invocations: number): boolean => isBelieved({ buffers, invocations });

it("a latency is believed where at least half of the buffers were found", () => {
  expect([of(50, 100), of(100, 100), of(1, 1)]).toEqual([true, true, true]);
  expect([of(49, 100), of(1, 3)]).toEqual([false, false]);
});

it("a latency of no buffers is not believed, though half of none were found", () => {
  expect([of(0, 0), of(0, 100)]).toEqual([false, false]);
});

it("a word of caution is needed longer than belief", () => {
  expect(MOSTLY).toBeGreaterThan(0.5);
  expect(MOSTLY).toBeLessThan(1);
});
