// Do the buckets of the shared grid keep sums, extremes and percentiles through every addition?
import { describe, expect, it } from "vitest";
import {
  addHistogram,
  distribution,
  emptyHistogram,
  GRID_BUCKETS,
  GRID_OTLP_OFFSET,
  gridBoundsSeconds,
  histogramCount,
  quantileNs,
} from "../../../src/model/histogram.js";
import { histogramOf } from "../../helpers/cells.js";
import { random } from "../../helpers/sample-capture.js";

describe("the grid", () => {
  it("has eight buckets an octave, from 2^-27 s to 2^5 s, and one that is open", () => {
    expect(gridBoundsSeconds).toHaveLength(GRID_BUCKETS - 1);
    expect([gridBoundsSeconds[0], gridBoundsSeconds.at(-1)]).toEqual([2 ** -27, 32]);
    for (let i = 8; i < gridBoundsSeconds.length; i++)
      expect((gridBoundsSeconds[i] ?? 0) / (gridBoundsSeconds[i - 8] ?? 0)).toBeCloseTo(2, 12);
  });

  it("is OTLP's exponential one of scale 3: a bucket ends where its index says", () => {
    // Bucket k of scale 3 is (2^(k/8), 2^((k + 1)/8)].
    for (const i of [0, 1, 100, GRID_BUCKETS - 2])
      expect(2 ** ((i + GRID_OTLP_OFFSET + 1) / 8)).toBeCloseTo(gridBoundsSeconds[i] ?? Number.NaN, 12);
  });
});

describe("a sum of histograms", () => {
  it("is the histogram of all of them, whatever the order", () => {
    const next = random(5);
    const parts = Array.from({ length: 20 }, () =>
      Array.from({ length: Math.floor(next() * 30) }, () => Math.floor(10 ** (next() * 11))),
    );
    const all = histogramOf(parts.flat());
    for (const order of [parts, [...parts].reverse()]) {
      const sum = emptyHistogram();
      for (const part of order) addHistogram(sum, histogramOf(part));
      expect(sum).toEqual(all);
    }
    expect(histogramCount(all)).toBe(parts.flat().length);
  });

  it("with nothing is what it was, also its extremes", () => {
    const h = histogramOf([5, 7]);
    addHistogram(h, emptyHistogram());
    expect(h).toEqual(histogramOf([5, 7]));
    const empty = emptyHistogram();
    addHistogram(empty, emptyHistogram());
    expect([empty.minNs, empty.maxNs, histogramCount(empty)]).toEqual([null, null, 0]);
  });
});

describe("a percentile", () => {
  it("is within a bucket's width of the true one, and in order", () => {
    const next = random(9);
    const durations = Array.from({ length: 2000 }, () => Math.floor(100 * 10 ** (next() * 6))).sort((a, b) => a - b);
    const h = histogramOf(durations);
    let last = 0;
    for (const q of [0, 0.01, 0.25, 0.5, 0.9, 0.99, 1]) {
      const found = quantileNs(h, q);
      const real = durations[Math.max(0, Math.ceil(q * durations.length) - 1)] ?? 0;
      expect(found / real).toBeGreaterThan(2 ** (-1 / 8) - 0.001);
      expect(found / real).toBeLessThan(2 ** (1 / 8) + 0.001);
      expect(found).toBeGreaterThanOrEqual(last);
      last = found;
    }
  });

  it("lies within the extremes: of one value it is that value", () => {
    for (const ns of [1, 7, 12_345, 5e9, 100e9])
      for (const q of [0, 0.5, 0.99, 1]) expect(quantileNs(histogramOf([ns]), q)).toBe(ns);
  });

  it("is that of the bucket in which the share is reached, not of one behind it", () => {
    expect(quantileNs(histogramOf([100, 1e6]), 0.5)).toBeLessThan(110);
    expect(quantileNs(histogramOf([100, 1e6]), 0.51)).toBeGreaterThan(9e5);
  });

  it("of the open bucket is the longest that was seen", () => {
    expect(quantileNs(histogramOf([1000, 40e9, 90e9]), 0.99)).toBe(90e9);
  });

  it("of nothing is none", () => {
    expect(quantileNs(emptyHistogram(), 0.5)).toBe(0);
    expect(distribution(emptyHistogram())).toBeNull();
  });
});

it("a distribution has the count, the sum and the extremes as they were", () => {
  expect(distribution(histogramOf([100, 200, 600]))).toMatchObject({ count: 3, sumNs: 900, minNs: 100, maxNs: 600 });

  const tenths = histogramOf(Array.from({ length: 1000 }, (_, i) => 1000 * (i + 1)));
  const { p50Ns, p90Ns, p99Ns } = distribution(tenths) ?? {};
  expect([p50Ns, p90Ns, p99Ns]).toEqual([0.5, 0.9, 0.99].map((q) => quantileNs(tenths, q)));
});
