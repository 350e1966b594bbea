// Which pieces of two recordings are exchanged, and when are there too few?
import { describe, expect, it } from "vitest";
import { even, FEWEST, type Side, steady, type Units, unitsOf } from "../../../src/compare/sides.js";
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

it("windows of a live page are made about as long as its longest ones", () => {
  const long = [0, 10, 19].map((at, i) => windowAt(at, { durationNs: [10e9, 9e9, 10e9][i] ?? 0, merged: [10, 9, 10][i] ?? 0 })); // biome-ignore format: one line
  const short = Array.from({ length: 20 }, (_, n) => windowAt(29 + n));
  expect(even([...long, ...short]).map(({ merged }) => merged)).toEqual([10, 9, 10, 8, 8, 4]);
  expect(even(short)).toBe(short);
});

it("ten seconds are enough, and what the sentence asks for is", () => {
  for (let seconds = 10; seconds < 60; seconds++) units(sideOf("a", { seconds }), sideOf("b", { seconds: 40 }));
  for (const seconds of [1, 2, 3, 4]) {
    const said = unitsOf(sideOf("a", { seconds }), sideOf("b"));
    expect(said).toBe(
      "a is too short to tell a change from noise: record 10 s or longer, or five runs each (run --repeat 5)",
    );
  }
  const slow = (n: number): Side => ({
    dir: "slow",
    runs: [{ dir: "slow", windows: Array.from({ length: n }, (_, i) => windowAt(3 * i, { durationNs: 3e9 })), periodNs: 1e7, hasReady: true }], // biome-ignore format: one row
  });
  expect(unitsOf(slow(3), sideOf("b"))).toMatch(/^slow is too short .* record 30 s or longer/);
  units(slow(10), sideOf("b"));
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
    expect(unitsOf(sideOf("a"), sideOf("b", { seconds: 4 }))).toMatch(
      /^b is too short .*record 10 s or longer.*--repeat 5/,
    );
    expect(unitsOf(sideOf("a", ...five), sideOf("b", { seconds: 4 }))).toMatch(/^b is too short/);
  });
});
