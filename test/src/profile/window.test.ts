// Does folding keep every nanosecond, whatever the bounds?
import { describe, expect, it } from "vitest";
import { OTHER_LABELS, type Window } from "../../../src/profile/window.js";
import type { SampleRow } from "../../helpers/batches.js";
import { byElement, Folding, windowOf as fold } from "../../helpers/folding.js";

/** kMaxWeightNs of native/wire/records.h: an hour. */
const MAX_WEIGHT_NS = 3_600_000_000_000;
const sums = (window: Window) => {
  const of = new Map<number, number>();
  for (const row of window.rows) of.set(row.labelSet, (of.get(row.labelSet) ?? 0) + row.weightNs);
  return Object.fromEntries(of);
};

describe("a window of samples", () => {
  const ab: SampleRow["frames"] = [
    [2, 0x10],
    [3, 0x20],
  ];

  it("folds equal stacks of equal labels into one row and adds up their weights", () => {
    const window = fold([
      { element: 7, frames: ab, weightNs: 10 },
      { element: 7, frames: ab, weightNs: 30, end: 1, flags: 1 },
    ]);
    expect(window.rows).toHaveLength(1);
    expect(window.rows[0]).toMatchObject({ labelSet: 7, weightNs: 40, samples: 2, reachedRoot: 1, inferred: 1 });
    expect(Array.from(window.rows[0]?.stack ?? [], (i) => window.frames[i])).toEqual([
      { module: 2, offset: 0x10 },
      { module: 3, offset: 0x20 },
    ]);
  });

  it("keeps apart what differs in label, order, depth, module or offset", () => {
    const window = fold([
      { element: 1, frames: ab },
      { element: 2, frames: ab },
      { element: 1, frames: [...ab].reverse() },
      { element: 1, frames: ab.slice(0, 1) },
      { element: 1, frames: [[3, 0x10]] },
      { element: 1, frames: [[2, 0x11]] },
      { element: 1, frames: [] },
      { element: 1, frames: ab, flags: 2 },
    ]);
    expect(window.rows).toHaveLength(8);
    expect(window.totalNs).toBe(8e7);
  });

  it("tells addresses apart up to the largest that a record can hold", () => {
    const top = 2 ** 44 - 1;
    const window = fold([{ frames: [[2, top]] }, { frames: [[2, top - 1]] }, { frames: [[2 ** 20 - 1, top]] }]);
    expect(window.rows).toHaveLength(3);
  });

  it("starts anew after swap and leaves the swapped window alone", () => {
    const folding = new Folding();
    const { window } = folding;
    folding.add([{ element: 1, frames: ab }]);
    const first = window.swap();
    folding.add([{ element: 2, frames: ab }]);
    const second = window.swap();
    expect(sums(first)).toEqual({ 1: 1e7 });
    expect(sums(second)).toEqual({ 2: 1e7 });
    expect(window.bytes).toBe(0);
    expect(window.swap().rows).toEqual([]);
  });

  it("keeps the sums per label exact when full, gives up only new stacks, and counts them", () => {
    const folding = new Folding(byElement, { bytes: 20_000, labelSets: 100 });
    const rows: SampleRow[] = Array.from({ length: 5000 }, (_, i) => ({
      element: i % 5,
      weightNs: i + 1,
      frames: [
        [2, i],
        [3, 7],
      ],
    }));
    folding.add(rows);
    folding.add(rows.slice(0, 5));
    const { bytes } = folding.window;
    const done = folding.window.swap();
    const expected: Record<number, number> = {};
    for (const [i, row] of [...rows, ...rows.slice(0, 5)].entries()) {
      const element = row.element ?? 0;
      expected[element] = (expected[element] ?? 0) + (row.weightNs ?? 0);
      expect(i).toBeGreaterThanOrEqual(0);
    }
    expect(sums(done)).toEqual(expected);
    expect(bytes).toBeLessThan(20_000 + 5 * 600);
    expect(done.folded).toBe(done.rows.filter((row) => row.folded).reduce((sum, row) => sum + row.samples, 0));
    expect(done.folded).toBeGreaterThan(4000);
    // A stack that was there before still finds its row.
    expect(done.rows.find((row) => !row.folded && row.samples === 2)).toBeDefined();
  });

  it("puts label sets beyond the cap under one set of its own", () => {
    const rows = Array.from({ length: 10 }, (_, i) => ({ element: i, frames: ab, weightNs: 5 }));
    const window = fold(rows, byElement, { bytes: 1e6, labelSets: 3 });
    expect(sums(window)).toEqual({ 0: 5, 1: 5, 2: 5, [OTHER_LABELS]: 35 });
  });

  it("keeps samples of different spans apart, and those of one together", () => {
    const window = fold([
      { element: 1, frames: ab, span: 0xfedc_ba98_0000_0001n },
      { element: 1, frames: ab, span: 0x1234_5678_0000_0001n }, // equal in its low half
      { element: 1, frames: ab },
      { element: 1, frames: ab, span: 0xfedc_ba98_0000_0001n },
    ]);
    expect(window.rows.map(({ span, samples }) => [span, samples])).toEqual([
      [0xfedc_ba98_0000_0001n, 2],
      [0x1234_5678_0000_0001n, 1],
      [0n, 1],
    ]);
  });

  it("refuses weights that no sample can have, and counts them", () => {
    const window = fold([0, MAX_WEIGHT_NS + 1, 2 ** 63, 10, MAX_WEIGHT_NS].map((weightNs) => ({ weightNs })));
    expect(window).toMatchObject({ refused: 3, samples: 2, totalNs: MAX_WEIGHT_NS + 10 });
  });
});

describe("a window of owners", () => {
  const rows: SampleRow[] = [
    { element: 7, frames: [[2, 0x10]], weightNs: 10 },
    { element: 7, frames: [[2, 0x20]], weightNs: 20, span: 5n, flags: 2 },
    { element: 7, frames: [[2, 0x20]], weightNs: 40, systemCall: 202 },
    { element: 0, frames: [[3, 0x10]], weightNs: 80 },
    { element: 0, frames: [[3, 0x20]], weightNs: 160 },
    { element: 0, chain: [8], frames: [[3, 0x20]], weightNs: 320 },
  ];

  it("has the same sums, and stacks only of what may be a worker's", () => {
    const folding = new Folding();
    const { window } = folding;
    expect(window.takes("owners")).toBe("owners");
    folding.add(rows);
    expect(window.takes("stacks")).toBe("owners");
    const { rows: folded, ...whole } = window.swap();
    expect(folded.map(({ labelSet, wait, stack, weightNs }) => [labelSet, wait, stack.length, weightNs])).toEqual([
      [7, 0x7fff, 0, 30],
      [7, 202, 0, 40],
      [0, 0x7fff, 1, 80],
      [0, 0x7fff, 1, 160],
      [0, 0x7fff, 0, 320],
    ]);
    expect(whole).toMatchObject({ samples: 6, totalNs: 630, frames: [{ module: 3 }, { module: 3 }] });
    expect(window.takes("stacks")).toBe("stacks");
    folding.add(rows);
    const all = window.swap();
    expect([all.samples, all.totalNs, sums(all)]).toEqual([6, 630, sums({ ...all, rows: folded })]);
  });
});
