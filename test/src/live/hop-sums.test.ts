// Are the counts of several windows added up exactly, as cells and as history, and are facts left as they are?
import { describe, expect, it } from "vitest";
import { HopSums, historyOf } from "../../../src/live/hop-sums.js";
import { SeenHops } from "../../../src/live/seen-hops.js";
import type { CellSnapshot } from "../../../src/model/batch.js";
import { cellOf, flow } from "../../helpers/cells.js";

/** A second each. */
function windowsOf(...looks: CellSnapshot[][]) {
  const hops = new SeenHops();
  const windows = looks.map((cells, i) => ({
    ...{ atNs: i * 1e9, durationNs: 1e9, packed: hops.look(cells, i * 1e9).packed },
  }));
  return { hops, windows };
}

const times = (n: number, ns: number) => Array(n).fill(ns) as number[];

describe("cells", () => {
  it("of all windows are what was counted, every field of it", () => {
    const last = cellOf(7, [...times(5, 4000), 90_000, 10], {
      ...{ nested: 2, dropped: 3, flushed: 1, flow: flow({ ok: 5, eos: 2 }), kind: "queue", level: 4, highestLevel: 9 },
    });
    const { hops, windows } = windowsOf([cellOf(7, times(5, 4000), { kind: "queue", highestLevel: 8 })], [last]);
    expect(new HopSums(windows).cells(hops)).toMatchObject([last]);
  });

  it("of windows that became one are the same", () => {
    const { hops, windows } = windowsOf([cellOf(7, [500])], [cellOf(7, [500, 80])], [cellOf(7, [500, 80, 9000])]);
    const packed = new HopSums(windows.slice(0, 2)).packed();
    const again = new HopSums([{ packed }, windows[2] as { packed: Uint8Array }]);
    expect(again.cells(hops)).toEqual(new HopSums(windows).cells(hops));
  });

  it("of what an element says of itself keep what it says, whether the window brought it or not", () => {
    const reported = cellOf(7, [], { kind: "reported", level: 5e6, highestLevel: 9e6, bytes: 1 });
    const latency = cellOf(8, [100], { kind: "latency", level: 11, highestLevel: 22 });
    const { hops, windows } = windowsOf(
      [reported, latency],
      [reported, cellOf(8, [100, 100], { kind: "latency", level: 11, highestLevel: 22 })],
    );
    const [first, second] = new HopSums(windows.slice(1)).cells(hops);
    expect(first).toMatchObject({ kind: "reported", level: 5e6, highestLevel: 9e6, bytes: 1 });
    expect(second).toMatchObject({ kind: "latency", level: 11, highestLevel: 22, buffers: 1 });
  });
});

describe("history", () => {
  it("is that of the hops with most time, of a queue how long buffers stayed", () => {
    const queue = cellOf(1, times(3, 8e6), { kind: "queue" });
    const { hops, windows } = windowsOf([queue, cellOf(2, times(9, 1000)), cellOf(3, [10], { kind: "event" })]);
    const sums = new HopSums(windows);
    expect([...sums.longest(hops, 1)].map((number) => hops.at(number)?.pad)).toEqual([1]);
    expect(sums.longest(hops, 9).size).toBe(2);
    const [found] = historyOf(windows, hops, sums.longest(hops, 1), { beginNs: 0, endNs: 1e9 });
    expect(found).toMatchObject({ pad: 1, kind: "queue" });
    expect(found?.counts.reduce((sum, n) => sum + n, 0)).toBeCloseTo(3, 9);
  });
});
