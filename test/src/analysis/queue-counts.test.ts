// Is every buffer that went into a queue out again, inside, flushed or dropped?
import { describe, expect, it } from "vitest";
import { blank } from "../../../src/analysis/blank-element.js";
import { bookQueue, passesOn, settleQueue } from "../../../src/analysis/queue-counts.js";
import type { CellSnapshot } from "../../../src/model/batch.js";
import { cellOf } from "../../helpers/cells.js";

const queueCell = (change: Partial<CellSnapshot>) => cellOf(1, [], { kind: "queue", ...change });
const queue = () => blank("p/q", "q", "queue", "coreelements");

describe("while a queue works", () => {
  it("its cells add up, and the fullest of them says how full it was", () => {
    const q = queue();
    expect(q.queueLevel).toBeNull();
    bookQueue(q, queueCell({ dropped: 3, flushed: 1, level: 4, highestLevel: 20 }));
    bookQueue(q, queueCell({ dropped: 2, flushed: 5, level: 6, highestLevel: 9 }));
    expect(q).toMatchObject({ drops: 5, flushed: 6, queueLevel: { last: 10, highest: 20 } });
  });
});

describe("when all is over", () => {
  const over = (leaky: boolean, drops = 0) => {
    const q = {
      ...queue(),
      leaky,
      drops,
      flushed: 2,
      buffersIn: 100,
      buffersOut: 80,
      queueLevel: { last: 9, highest: 9 },
    };
    settleQueue(q);
    return q;
  };

  it("what did not come out of a leaky queue was dropped, and none is counted twice", () => {
    expect(over(true)).toMatchObject({ drops: 18, queueLevel: { last: 0, highest: 9 } });
    expect(over(true, 5)).toMatchObject({ drops: 18, queueLevel: { last: 0 } });
  });

  it("what did not come out of another queue lies in it", () => {
    expect(over(false)).toMatchObject({ drops: 0, queueLevel: { last: 18, highest: 9 } });
  });

  it("drops, level, flushed and out are what went in", () => {
    for (const leaky of [true, false]) {
      const { drops, flushed, buffersOut, buffersIn, queueLevel } = over(leaky);
      expect(drops + flushed + buffersOut + (queueLevel?.last ?? 0)).toBe(buffersIn);
    }
  });

  it("more out than in is not less than nothing inside", () => {
    const q = { ...queue(), leaky: true, buffersIn: 3, buffersOut: 5, queueLevel: { last: 1, highest: 1 } };
    settleQueue(q);
    expect(q).toMatchObject({ drops: 0, queueLevel: { last: 0 } });
  });

  it("a queue that nobody watched has no level all the same", () => {
    const q = { ...queue(), buffersIn: 3 };
    settleQueue(q);
    expect(q).toMatchObject({ drops: 0, queueLevel: null });
  });
});

it("a queue that gives on copies is known by what came out: hardly any of what went in", () => {
  expect(passesOn(queueCell({ invocations: 100, buffers: 51 }))).toBe(true);
  expect(passesOn(queueCell({ invocations: 100, buffers: 50 }))).toBe(false);
  expect(passesOn(cellOf(1, [5, 5], { kind: "chain" }))).toBe(false);
});
