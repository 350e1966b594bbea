// Does every part of a run have its own spans, wherever it was cut?
import { describe, expect, it } from "vitest";
import type { SpanRun } from "../../../src/model/span-run.js";
import { runOf } from "../../helpers/spans.js";

/** Spans of 0, 1, 2 … bytes, each of its number. */
const rising = (count: number): SpanRun => runOf(Array.from({ length: count }, (_, i) => new Uint8Array(i).fill(i)));
const numbers = (run: SpanRun): number[] => [...new Set(run.bytes)];

describe("a part of a run", () => {
  it("has the spans that were asked for, also of a part, and is a view", () => {
    const all = rising(10);
    expect([all.count, all.length, all.bytes.length]).toEqual([10, 45, 45]);
    const part = all.slice(3, 8).slice(1, 3);
    expect([part.count, part.length, numbers(part)]).toEqual([2, 9, [4, 5]]);
    expect([0, 1].map((i) => part.endOf(i))).toEqual([4, 9]);
    expect(part.bytes.buffer).toBe(all.bytes.buffer);
    expect([all.slice(8, 99).count, all.slice(99).count, all.slice(10).length]).toEqual([2, 0, 0]);
  });

  it("begins with so many spans, or with fewer once they have enough bytes", () => {
    const all = rising(10);
    expect(all.first(4, 1000).count).toBe(4);
    expect(all.first(99, 1000).count).toBe(10);
    expect([all.first(9, 1), all.first(9, 3), all.first(9, 4)].map(numbers)).toEqual([[1], [1, 2], [1, 2, 3]]);
    expect(numbers(all.slice(5).first(2, 6))).toEqual([5, 6]);
    expect(runOf([]).first(1, 1).count).toBe(0);
  });
});
