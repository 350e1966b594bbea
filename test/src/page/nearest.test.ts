// Does an arrow key move to the box that a person expects?
import { expect, test } from "vitest";
import type { Box } from "../../../src/graph/shape.js";
import { nearest } from "../../../src/page/browser/nearest.js";

/** A column of three with one beside the second. */
const boxes: Box[] = [
  [0, 0, 10, 10],
  [0, 50, 10, 10],
  [60, 50, 10, 10],
  [0, 100, 10, 10],
];
const to = (from: number, key: string, out: number[] = []): number | undefined =>
  nearest(boxes, from, key, (i) => out.includes(i));

test("to the nearest one in its direction, rather ahead than aside", () => {
  expect(["ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"].map((key) => to(0, key))).toEqual([
    1,
    2,
    undefined,
    undefined,
  ]);
  expect([to(1, "ArrowRight"), to(1, "ArrowDown"), to(2, "ArrowLeft")]).toEqual([2, 3, 1]);
});

test("past those that a filter put out", () => {
  expect(to(0, "ArrowDown", [1, 2])).toBe(3);
  expect(to(0, "ArrowDown", [1, 2, 3])).toBeUndefined();
});

test("no other key moves", () => {
  expect(["Enter", "a", "Tab"].map((key) => to(0, key))).toEqual([undefined, undefined, undefined]);
});
