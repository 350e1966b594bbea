// Does each bucket of the grid have its octave among a history's rows?
import { expect, it } from "vitest";
import { GRID_BUCKETS, gridBoundsSeconds } from "../../../src/model/histogram.js";
import { HISTORY_ROWS, rowOf } from "../../../src/model/recorded-history.js";

it("a bucket is in the row of the octave that it ends in, and no row is left out", () => {
  for (let bucket = 0; bucket < GRID_BUCKETS - 1; bucket++) {
    const bound = gridBoundsSeconds[bucket] ?? Number.NaN;
    const row = rowOf(bucket);
    expect(bound).toBeLessThanOrEqual(2 ** (row - 27) * (1 + 1e-12));
    if (row > 0) expect(bound).toBeGreaterThan(2 ** (row - 28));
  }
  const rows = new Set(Array.from({ length: GRID_BUCKETS }, (_, bucket) => rowOf(bucket)));
  expect([...rows]).toEqual(Array.from({ length: HISTORY_ROWS }, (_, row) => row));
});

it("the open bucket has the last row, alone", () => {
  expect(rowOf(GRID_BUCKETS - 1)).toBe(HISTORY_ROWS - 1);
  expect(rowOf(GRID_BUCKETS - 2)).toBe(HISTORY_ROWS - 2);
});
