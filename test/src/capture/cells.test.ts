// Does a hop's line come back with every count, and are the parts of one hop added up once?
import { describe, expect, it } from "vitest";
import { cellKey, decodeCell, encodeCell, mergeHops } from "../../../src/capture/cells.js";
import { type CellSnapshot, cellKinds } from "../../../src/model/batch.js";
import { emptyHistogram, GRID_BUCKETS, histogramCount } from "../../../src/model/histogram.js";
import { cellOf, flow } from "../../helpers/cells.js";
import { random } from "../../helpers/sample-capture.js";

const NOW = { timeUnixNs: 1_790_000_000_123_456_789n, atNs: 12.4 };
const through = (cell: CellSnapshot) => decodeCell(JSON.parse(JSON.stringify(encodeCell(cell, NOW))));

describe("a line", () => {
  it.each(cellKinds)("of a cell of kind %s comes back exactly", (kind) => {
    const next = random(cellKinds.indexOf(kind) + 1);
    const durations = Array.from({ length: 200 }, () => Math.floor(10 ** (10 * next())));
    const ofQueues = kind === "queue" ? { dropped: 4, level: 2, highestLevel: 9, flushed: 3 } : {};
    const cell = cellOf(7, durations, {
      kind,
      peer: 3,
      nested: 5,
      flow: flow({ ok: 190, eos: 1, error: 9 }),
      ...ofQueues,
    });
    expect(through(cell)).toEqual({ timeUnixNs: NOW.timeUnixNs, atNs: 12, cell, moved: false });
  });

  it("has no bucket, no return and no level that is not there", () => {
    const line = encodeCell(cellOf(7, []), NOW);
    expect(line.inclusive).toEqual({ sumNs: 0, minNs: null, maxNs: null, counts: [] });
    expect([line.flow, "dropped" in line, "level" in line, "flushed" in line]).toEqual([{}, false, false, false]);
    const queue = encodeCell(cellOf(7, [], { kind: "queue" }), NOW);
    expect([queue.dropped, queue.flushed]).toEqual([0, 0]);
  });

  it("of an older version has no time since the begin, and one of a hop that ended says so", () => {
    const { atNs: _, ...old } = encodeCell(cellOf(7, [5]), NOW);
    expect(decodeCell(old)?.atNs).toBeNull();
    expect(decodeCell({ ...old, moved: true })?.moved).toBe(true);
    expect(decodeCell({ ...old, moved: 1 })?.moved).toBe(false);
  });

  it("of an unknown kind is none of ours", () => {
    for (const value of [null, 7, "chain", [], {}, { kind: "" }, { kind: "toString" }, { kind: ["chain"] }])
      expect(decodeCell(value)).toBeNull();
  });

  it("with buckets outside of the grid, or counts below zero, counts only what can be", () => {
    const counts = [
      [0, 3],
      [GRID_BUCKETS - 1, 2],
      [GRID_BUCKETS, 9],
      [-1, 9],
      [1.5, 9],
      ["1", 9],
      [2, -4],
      [3],
      7,
      null,
    ];
    const read = decodeCell({ kind: "chain", inclusive: { sumNs: -1, minNs: "x", counts }, flow: { ok: 2, odd: 9 } });
    expect(histogramCount(read?.cell.inclusive ?? emptyHistogram())).toBe(5);
    expect(read?.cell.inclusive).toMatchObject({ sumNs: 0, minNs: null });
    expect(read?.cell.flow).toEqual(flow({ ok: 2 }));
  });
});

describe("parts of one hop", () => {
  it("are one line with their sum; what came in is left alone", () => {
    const [a, b] = [cellOf(7, [1000, 3000]), cellOf(7, [500])];
    const merged = mergeHops([a, cellOf(8, [1]), b]);
    expect(merged.map(({ pad, buffers }) => [pad, buffers])).toEqual([
      [7, 3],
      [8, 1],
    ]);
    expect(merged[0]?.inclusive).toMatchObject({ sumNs: 4500, minNs: 500, maxNs: 3000 });
    expect([a.buffers, a.inclusive.sumNs, b.buffers]).toEqual([2, 4000, 1]);
  });

  it("are of one kind, pad, peer and start", () => {
    const cell = cellOf(7, [1]);
    const others = [
      { ...cell, pad: 70 },
      { ...cell, peer: 1 },
      { ...cell, kind: "pull" as const },
      { ...cell, startUnixNs: 1n },
    ];
    expect(new Set([cell, ...others].map(cellKey)).size).toBe(5);
    expect(mergeHops([cell, ...others])).toHaveLength(5);
    expect(mergeHops([])).toEqual([]);
  });
});
