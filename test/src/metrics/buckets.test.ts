// Do published buckets hold exactly what the grid's buckets held?
import { describe, expect, it } from "vitest";
import { explicitHistogram, exponentialHistogram, publishedBoundsSeconds } from "../../../src/metrics/buckets.js";
import { GRID_BUCKETS, gridBoundsSeconds } from "../../../src/model/histogram.js";
import { histogramOf } from "../../helpers/cells.js";

const everywhere = () => {
  const h = histogramOf([]);
  for (let i = 0; i < GRID_BUCKETS; i++) h.counts[i] = i + 1;
  return h;
};

describe("an explicit histogram", () => {
  it("has doubling bounds from about 0.12 µs to 32 s, each a bound of the grid", () => {
    expect(publishedBoundsSeconds).toHaveLength(29);
    expect(publishedBoundsSeconds.at(-1)).toBe(32);
    for (const [i, bound] of publishedBoundsSeconds.entries()) {
      expect(gridBoundsSeconds).toContain(bound);
      if (i > 0) expect(bound).toBe(2 * (publishedBoundsSeconds[i - 1] ?? 0));
    }
  });

  it("puts every count of the grid into the bucket that contains it", () => {
    const h = everywhere();
    const { buckets, count } = explicitHistogram(h, 1);
    const expected = new Array(buckets.counts.length).fill(0);
    for (let i = 0; i < GRID_BUCKETS; i++) {
      const upper = gridBoundsSeconds[i] ?? Number.POSITIVE_INFINITY;
      const at = buckets.boundaries.findIndex((bound) => upper <= bound);
      expected[at < 0 ? buckets.boundaries.length : at] += i + 1;
    }
    expect(buckets.counts).toEqual(expected);
    expect(count).toBe((GRID_BUCKETS * (GRID_BUCKETS + 1)) / 2);
  });

  it("in nanoseconds has the same counts, bounds times 1e9, and the exact sum", () => {
    const h = histogramOf([1, 953, 954, 1_000_000, 31_999_999_999, 40_000_000_000]);
    const [ns, s] = [explicitHistogram(h, 1e9), explicitHistogram(h, 1)];
    expect(ns.buckets.counts).toEqual(s.buckets.counts);
    expect(ns.buckets.boundaries).toEqual(s.buckets.boundaries.map((bound) => bound * 1e9));
    expect(ns).toMatchObject({ count: 6, sum: 72_001_001_907, min: 1, max: 40_000_000_000 });
    expect(ns.buckets.counts.at(-1)).toBe(1); // what took longer than 32 s
    // 953 ns belongs below 2^-20 s = 953.67 ns, 954 ns above.
    const at = s.buckets.boundaries.indexOf(2 ** -20);
    expect([s.buckets.counts[at], s.buckets.counts[at + 1]]).toEqual([1, 1]);
  });

  it("without values has no minimum", () => {
    expect(explicitHistogram(histogramOf([]), 1)).not.toHaveProperty("min");
  });
});

describe("an exponential histogram", () => {
  it("covers the filled buckets only, and each value lies in the bucket that its index means", () => {
    const values = [950, 1_000_000, 33_000_000];
    const { positive, scale, count, zeroCount } = exponentialHistogram(histogramOf(values));
    expect([scale, count, zeroCount]).toEqual([3, 3, 0]);
    const filled = positive.bucketCounts.flatMap((n, i) => (n > 0 ? [positive.offset + i] : []));
    const base = 2 ** (2 ** -scale);
    for (const [k, index] of filled.entries()) {
      const seconds = (values[k] ?? 0) / 1e9;
      expect(seconds).toBeGreaterThan(base ** index);
      expect(seconds).toBeLessThanOrEqual(base ** (index + 1));
    }
    expect(filled).toHaveLength(3);
    expect([positive.bucketCounts[0], positive.bucketCounts.at(-1)]).toEqual([1, 1]);
  });

  it("holds every count, the first and the open bucket included", () => {
    const { positive, count } = exponentialHistogram(everywhere());
    expect(positive.bucketCounts).toHaveLength(GRID_BUCKETS);
    expect(positive.bucketCounts.reduce((a, b) => a + b, 0)).toBe(count);
  });

  it("of nothing is empty", () => {
    expect(exponentialHistogram(histogramOf([])).positive).toEqual({ offset: 0, bucketCounts: [] });
  });
});
