// Is a difference that chance makes as often as not called chance, for all figures together, and one that it never makes not?
import { expect, it } from "vitest";
import { judge } from "../../../src/compare/resample.js";
import type { Series } from "../../../src/compare/statistic.js";
import { random } from "../../helpers/sample-capture.js";

const mean = (x: readonly number[]): Series => ({
  ...{ kind: "mean", x: Float64Array.from(x), y: new Float64Array(x.length).fill(1), between: 0, grain: 0 },
});

it("of five against five all 252 ways are tried: the clearest difference has a chance of 2 in 252", () => {
  const { figures } = judge([mean([1, 2, 3, 4, 5, 101, 102, 103, 104, 105])], 5, 10, 0.05);
  expect(figures[0]?.by).toBe(100);
  expect(figures[0]?.p).toBeCloseTo(2 / 252, 9);
});

it("the same numbers on both sides are no difference", () => {
  const { figures } = judge([mean([1, 2, 3, 4, 5, 1, 2, 3, 4, 5])], 5, 10, 0.05);
  expect(figures[0]).toMatchObject({ by: 0, p: 1 });
});

it("one answer at every call, also where not all ways are tried", () => {
  const next = random(3);
  const series = [mean(Array.from({ length: 60 }, next)), mean(Array.from({ length: 60 }, next))];
  expect(judge(series, 30, 60, 0.05)).toEqual(judge(series, 30, 60, 0.05));
});

it("of comparisons without a difference about one in twenty calls any of its ten figures changed", () => {
  const next = random(5);
  const tries = 200;
  let called = 0;
  for (let i = 0; i < tries; i++) {
    const series = Array.from({ length: 10 }, () => mean(Array.from({ length: 10 }, () => next() + next() + next())));
    const { figures, critical } = judge(series, 5, 10, 0.05);
    if (figures.some((one) => one !== null && Math.abs(one.by) > critical * one.error)) called++;
  }
  expect(called / tries).toBeLessThan(0.1); // three deviations above the level
  expect(called).toBeGreaterThan(0); // and it does call some: the level is not given away
});

it("a figure that cannot be told holds up no other", () => {
  const none: Series = { ...mean([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), y: new Float64Array(10) };
  const { figures } = judge([none, mean([1, 2, 3, 4, 5, 101, 102, 103, 104, 105])], 5, 10, 0.05);
  expect(figures[0]).toBeNull();
  expect(figures[1]?.p).toBeLessThan(0.05);
});
