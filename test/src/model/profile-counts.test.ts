// Are the counts of several profiles summed, field by field?
import { expect, it } from "vitest";
import { addCounts, noCounts } from "../../../src/model/profile-counts.js";

it("each field is the sum of that field", () => {
  const one = { samples: 1, reachedRoot: 2, inferred: 3, frames: 4, framesNamed: 5, framesByType: 6, framesByRole: 7 };
  const sum = noCounts();
  addCounts(sum, one, one);
  addCounts(sum, one);
  expect(sum).toEqual(Object.fromEntries(Object.entries(one).map(([name, n]) => [name, 3 * n])));
});
