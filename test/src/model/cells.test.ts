// Do counts of hops add up, and is what is left of a sum exactly the rest?
import { describe, expect, it } from "vitest";
import type { CellSnapshot } from "../../../src/model/batch.js";
import { addCell, copyCell, subtractCell } from "../../../src/model/cells.js";
import { cellOf, flow } from "../../helpers/cells.js";
import { random } from "../../helpers/sample-capture.js";

const counts = ({ buffers, bytes, invocations, nested, dropped, flushed, flow: returns }: CellSnapshot) => ({
  ...{ buffers, bytes, invocations, nested, dropped, flushed, ...returns },
});

function randomCell(next: () => number): CellSnapshot {
  const n = (most: number): number => Math.floor(next() * most);
  const durations = Array.from({ length: n(20) }, () => n(1e8));
  return cellOf(1, durations, {
    ...{ nested: n(9), dropped: n(9), flushed: n(9), level: n(9), highestLevel: n(99), bytes: n(1e9) },
    flow: flow({ ok: n(9), error: n(9), eos: n(2) }),
  });
}

describe("a sum of cells", () => {
  it("has every count and time of its parts", () => {
    const next = random(1);
    const [a, b] = [randomCell(next), randomCell(next)];
    const sum = copyCell(a);
    addCell(sum, b);
    const [inA, inB]: Record<string, number>[] = [counts(a), counts(b)];
    for (const [name, n] of Object.entries(counts(sum))) expect(n, name).toBe((inA?.[name] ?? 0) + (inB?.[name] ?? 0));
    expect(sum.inclusive.sumNs).toBe(a.inclusive.sumNs + b.inclusive.sumNs);
    expect(sum.exclusive.counts).toEqual(a.exclusive.counts.map((n, i) => n + (b.exclusive.counts[i] ?? 0)));
  });

  it("keeps the start of the first, the highest level of all, and adds levels only of queues", () => {
    const sum = (kind: CellSnapshot["kind"]) => {
      const cell = cellOf(1, [], { kind, level: 3, highestLevel: 9, startUnixNs: 5n });
      const all = copyCell(cell);
      addCell(all, { ...cell, level: 2, highestLevel: 4, startUnixNs: 1n });
      return all;
    };
    expect(sum("queue")).toMatchObject({ level: 5, highestLevel: 9, startUnixNs: 5n });
    expect(sum("reported")).toMatchObject({ level: 3, highestLevel: 9 });
  });

  it("leaves its parts as they were: a copy shares nothing", () => {
    const cell = cellOf(1, [5, 7]);
    const before = structuredClone(cell);
    const copy = copyCell(cell);
    expect(copy).toEqual(cell);
    addCell(copy, cell);
    expect(cell).toEqual(before);
  });
});

describe("what is left of a sum", () => {
  it("without a part is the other part, in any order", () => {
    const next = random(2);
    for (let i = 0; i < 50; i++) {
      const parts = [randomCell(next), randomCell(next), randomCell(next)] as const;
      const rest = copyCell(parts[0]);
      addCell(rest, parts[1]);
      addCell(rest, parts[2]);
      subtractCell(rest, parts[2]);
      subtractCell(rest, parts[0]);
      expect(counts(rest)).toEqual(counts(parts[1]));
      expect(rest.inclusive).toMatchObject({ counts: parts[1].inclusive.counts, sumNs: parts[1].inclusive.sumNs });
    }
  });

  it("is never less than nothing, and a count that is gone takes nothing from another", () => {
    const rest = cellOf(1, [5], { flow: flow({ ok: 1, eos: 4 }), bytes: 10 });
    subtractCell(rest, cellOf(1, [5e8, 5e8], { flow: flow({ ok: 7 }), bytes: 3 }));
    expect(counts(rest)).toMatchObject({ buffers: 0, invocations: 0, bytes: 7, ok: 0, eos: 4 });
    expect(rest.inclusive.sumNs).toBe(0);
    expect(rest.inclusive.counts.reduce((a, b) => a + b)).toBe(1);
  });

  it("keeps the extremes, which nobody can take out again", () => {
    const rest = cellOf(1, [5, 900]);
    subtractCell(rest, cellOf(1, [900]));
    expect(rest.inclusive).toMatchObject({ minNs: 5, maxNs: 900, sumNs: 5 });
  });
});
