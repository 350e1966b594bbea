// Does the row of a merged profile say the sums of its parts, and when they were?
import { describe, expect, it } from "vitest";
import type { ProfileRow } from "../../../src/capture/format.js";
import { isMergedFile, isProfileFile } from "../../../src/capture/format.js";
import { beginNs, FAN, gradeOf, mergedRow, wholeNs } from "../../../src/capture/merged-row.js";

const SECOND = 1e9;
const BEGIN = 1_790_000_000_000_000_000n;

/** The n-th window of ten seconds. */
function row(n: number, change: Partial<ProfileRow> = {}): ProfileRow {
  return {
    file: `profiles/cpu-${n}.pb.gz`,
    kind: "cpu",
    startUnixNs: String(BEGIN + BigInt(n) * 10_000_000_000n),
    atNs: n * 10 * SECOND,
    durationNs: 10 * SECOND,
    samples: n,
    totalNs: n * 1e7,
    reachedRoot: n - 1,
    inferred: 1,
    frames: 10 * n,
    framesNamed: 6 * n,
    framesByType: 2 * n,
    framesByRole: n,
    windows: 1,
    replaces: [],
    ...change,
  };
}
const windows = (from: number, count = FAN) => Array.from({ length: count }, (_, i) => row(from + i));

describe("eight profiles that became one", () => {
  const merged = mergedRow(windows(1));

  it("are added up, number by number", () => {
    expect(merged).toMatchObject({ samples: 36, totalNs: 36e7, reachedRoot: 28, inferred: 8, frames: 360 });
    expect(merged).toMatchObject({ framesNamed: 216, framesByType: 72, framesByRole: 36, windows: 8, kind: "cpu" });
  });

  it("begin with the first, end with the last, and replace all eight", () => {
    expect(merged).toMatchObject({ startUnixNs: row(1).startUnixNs, atNs: 10 * SECOND, durationNs: 80 * SECOND });
    expect(merged.replaces).toEqual(windows(1).map(({ file }) => file));
  });

  it("are called by their first and last number, also when they were merged before", () => {
    expect(merged.file).toBe("profiles/cpu-1-8.pb.gz");
    const again = mergedRow([merged, mergedRow(windows(9)), mergedRow(windows(17))]);
    expect([again.file, again.windows]).toEqual(["profiles/cpu-1-24.pb.gz", 24]);
    const name = again.file.slice("profiles/".length);
    expect([isProfileFile(name), isMergedFile(name)]).toEqual([true, true]);
  });
});

it("a grade counts the merges, also of profiles that fewer than eight made", () => {
  expect([1, 8, 64, 512].map((n) => gradeOf(row(1, { windows: n })))).toEqual([0, 1, 2, 3]);
  expect(gradeOf(row(1, { windows: 60 }))).toBe(2);
});

describe("the time from the first begin to the last end", () => {
  it("has the gaps between them, and the longer of two that overlap", () => {
    expect(wholeNs([row(1), row(5)])).toBe(50 * SECOND);
    expect(wholeNs([row(1, { durationNs: 100 * SECOND }), row(2)])).toBe(100 * SECOND);
  });

  it("is by the clock that nobody sets, although the wall clock was set back by an hour", () => {
    const back = row(2, { startUnixNs: String(BEGIN - 3_600_000_000_000n) });
    expect(wholeNs([row(1), back])).toBe(20 * SECOND);
  });

  it("is by the wall clock for all as soon as one of them knows no other", () => {
    const { atNs: _, ...old } = row(2);
    expect(beginNs(old)).toBe(Number(old.startUnixNs));
    expect(wholeNs([row(1), old])).toBe(20 * SECOND);
    expect("atNs" in mergedRow([old, row(3)])).toBe(false);
  });
});
