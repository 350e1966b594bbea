// Is the difference of a figure, and how sure it is, what a textbook says?
import { expect, it } from "vitest";
import { addUnit, difference, estimate, type Series, type Sums, score } from "../../../src/compare/statistic.js";

const sums = (...units: [x: number, y: number][]): Sums => {
  const all: Sums = [0, 0, 0, 0, 0, 0];
  for (const [x, y] of units) addUnit(all, x, y);
  return all;
};
const series = (kind: Series["kind"], more: Partial<Series> = {}): Series => ({
  ...{ kind, x: new Float64Array(), y: new Float64Array(), between: 0, grain: 0 },
  ...more,
});

it("a mean has the error of a mean: the deviation by the root of the number", () => {
  const found = estimate({ kind: "mean", grain: 0 }, sums([1, 1], [2, 1], [3, 1], [6, 1]));
  expect(found?.value).toBe(3);
  expect(found?.variance).toBeCloseTo(14 / 3 / 4, 12);
});

it("a unit without calls says nothing of a mean", () => {
  expect(estimate({ kind: "mean", grain: 0 }, sums([1, 1], [0, 0], [3, 1]))?.value).toBe(2);
  expect(estimate({ kind: "mean", grain: 0 }, sums([1, 1], [0, 0]))).toBeNull();
});

it("a ratio is that of the sums, and has no error where all units have the same", () => {
  const found = estimate({ kind: "ratio", grain: 0 }, sums([10, 1], [20, 2], [40, 4]));
  expect(found?.value).toBeCloseTo(Math.log(10), 12);
  expect(found?.variance).toBeCloseTo(0, 12);
});

it("what is counted in samples is no surer than a sample, and where none came less than one is assumed", () => {
  const many = estimate({ kind: "ratio", grain: 10 }, sums([1000, 1], [1000, 1]));
  const few = estimate({ kind: "ratio", grain: 10 }, sums([10, 1], [10, 1]));
  const none = estimate({ kind: "ratio", grain: 10 }, sums([0, 1], [0, 1]));
  expect(many?.variance).toBeGreaterThan(0);
  expect(few?.variance).toBeGreaterThan(100 * (many?.variance ?? 0));
  expect(Math.exp(none?.value ?? 0)).toBeCloseTo(2.5, 9);
});

it("a difference is after less before, and turned around it has the other sign and the same error", () => {
  const [a, b] = [sums([10, 1], [12, 1]), sums([20, 1], [26, 1])];
  const [there, back] = [difference(series("ratio"), a, b), difference(series("ratio"), b, a)];
  expect(there?.by).toBeCloseTo(Math.log(23 / 11), 12);
  expect(back).toEqual({ by: -(there?.by ?? 0), error: there?.error });
});

it("what units do not show makes a difference less sure", () => {
  expect(score({ by: 0.3, error: 0.1 })).toBeCloseTo(3, 2);
  expect(score({ by: -0.3, error: 0.03 }, 0.04)).toBeCloseTo(6, 2);
  expect(score({ by: 1e-17, error: 0 })).toBeLessThan(1e-9); // alike as they are, nothing is certain
  expect(score({ by: 0, error: 0 })).toBe(0);
});
