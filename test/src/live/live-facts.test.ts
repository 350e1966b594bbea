// Is what a target says of a part of its time what its sums grew by, and no more?
import { expect, it } from "vitest";
import { addGrown, factsOf, grownSince, nothingGrown } from "../../../src/live/live-facts.js";
import { factsAt } from "../../helpers/live.js";

it("sums grow by their difference; what went back, or is new, is never below 0", () => {
  const before = grownSince(null, factsAt(5, { ring_full: 3, masked: 9 }));
  const grown = grownSince(before, factsAt(7, { ring_full: 4, masked: 1, truncated: 2 }));
  expect(grown.target.processCpuNs).toBe(2e9);
  expect(grown.losses).toEqual({ ring_full: 1, truncated: 2 });
  const sum = nothingGrown();
  for (const one of [grown, grown]) addGrown(sum, one);
  expect([sum.target.processCpuNs, sum.losses]).toEqual([4e9, { ring_full: 2, truncated: 4 }]);
});

it("CPU time before the first sample belongs to a part that begins with the target only", () => {
  const now = factsAt(9, { ring_full: 8 });
  now.target.cpuBeforeNs = 77;
  const of = (fromNs: number) => factsOf(now, nothingGrown(), { fromNs, durationNs: 1e9 });
  expect([of(0).target.cpuBeforeNs, of(2e9).target.cpuBeforeNs]).toEqual([77, 0]);
  expect(of(2.5e9).target.startTime).toBe("2026-01-02T03:04:07.500Z");
  expect(of(0).losses).toEqual({ ring_full: 0 });
});

it("a begin that is no instant is left as it is", () => {
  const now = factsAt(1);
  now.target.startTime = "";
  expect(factsOf(now, nothingGrown(), { fromNs: 1e9, durationNs: 1 }).target.startTime).toBe("");
});
