// Which pieces of two recordings are exchanged, and when are there too few?
import { describe, expect, it } from "vitest";
import { FEWEST, type Side, steady, type Units, unitsOf } from "../../../src/compare/sides.js";
import { sideOf } from "../../helpers/compared-sides.js";
import { windowAt } from "../../helpers/recorded-windows.js";

const five = Array.from({ length: FEWEST }, () => ({ seconds: 3 }));
const units = (...of: Parameters<typeof unitsOf>): Units => {
  const found = unitsOf(...of);
  if (typeof found === "string") throw new Error(found);
  return found;
};

it("runs are the pieces where each side has five", () => {
  const found = units(sideOf("a", ...five), sideOf("b", ...five, {}));
  expect([found.kind, found.a.length, found.b.length]).toEqual(["runs", 5, 6]);
  expect(found.a[0]?.merged).toBe(3);
});

it("else blocks of windows, longer ones of a longer recording, and none of two runs", () => {
  const found = units(sideOf("a", { seconds: 66 }), sideOf("b", { seconds: 29 }, { seconds: 29 }));
  expect(found.kind).toBe("blocks");
  expect(found.a.map(({ merged }) => merged)).toEqual(Array.from({ length: 16 }, () => 4));
  expect(found.b.reduce((sum, { merged }) => sum + merged, 0)).toBe(54);
  expect(found.b.every(({ merged }) => merged >= 4 && merged < 8)).toBe(true);
});

it("some short runs have blocks enough where together they are long enough", () => {
  const four = Array.from({ length: 4 }, () => ({ seconds: 4 }));
  const found = units(sideOf("a", ...four), sideOf("b", { seconds: 16 }));
  expect(found.a.map(({ merged }) => merged)).toEqual(Array.from({ length: 8 }, () => 2));
  expect(found.b.length).toBeGreaterThanOrEqual(FEWEST);
});

it("begin and end of a run are left out where there is enough besides", () => {
  const windows = Array.from({ length: 10 }, (_, n) => windowAt(n));
  expect(steady(windows).map(({ atNs }) => atNs / 1e9)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(steady(windows.slice(0, 5))).toHaveLength(5);
});

describe("a sentence says why nothing is compared", () => {
  it("of a recording without windows how to make one with them", () => {
    const old: Side = { dir: "old", runs: [{ dir: "old", windows: [], periodNs: 1e7, hasReady: true }] };
    const either: [Side, Side][] = [
      [old, sideOf("b")],
      [sideOf("a"), old],
    ];
    for (const [a, b] of either)
      expect(unitsOf(a, b)).toMatch(/^old has no windows of a second, .*gst-pyroscope run --capture DIR -- COMMAND$/);
  });

  it("of one that is too short that it is, and how long it must be", () => {
    expect(unitsOf(sideOf("a"), sideOf("b", { seconds: 4 }))).toMatch(/^b is too short .*twelve seconds.*--repeat 5/);
    expect(unitsOf(sideOf("a", ...five), sideOf("b", { seconds: 4 }))).toMatch(/^b is too short/);
  });
});
