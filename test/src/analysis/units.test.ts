// Is every quantity said in three digits and the unit that fits it, also just below the next unit?
import { describe, expect, it } from "vitest";
import {
  bytes,
  count,
  duration,
  each,
  milliseconds,
  percent,
  plural,
  shorten,
  tenths,
} from "../../../src/analysis/units.js";

describe("a duration", () => {
  it.each([
    [0, "0"],
    [0.4, "0"],
    [3, "3 ns"],
    [999, "999 ns"],
    [999.5, "1.00 µs"],
    [1000, "1.00 µs"],
    [9_994, "9.99 µs"],
    [9_995, "10.0 µs"],
    [12_340, "12.3 µs"],
    [99_950, "100 µs"],
    [999_400, "999 µs"],
    [999_500, "1.00 ms"],
    [8.474e6, "8.47 ms"],
    [15.64e6, "15.6 ms"],
    [999.6e6, "1.00 s"],
    [61e9, "61.0 s"],
    [86_400e9, "86,400 s"],
  ])("of %d ns is %j", (ns, said) => {
    expect(duration(ns)).toBe(said);
  });

  it("in a column of milliseconds is whole", () => {
    expect([0, 499_999, 500_000, 1.2345e12].map(milliseconds)).toEqual(["0", "0", "1", "1,234,500"]);
  });
});

describe("a share", () => {
  it("has a decimal only below ten percent, and is nothing only where nothing is", () => {
    expect([0, 0.0004, 0.001, 0.0123, 0.0994, 0.0999, 0.62, 1].map(percent)).toEqual([
      ...["0 %", "<0.1 %", "0.1 %", "1.2 %", "9.9 %", "10 %", "62 %", "100 %"],
    ]);
  });

  it("that is no number is none: nothing of nothing", () => {
    expect([0 / 0, -0.1].map(percent)).toEqual(["0 %", "0 %"]);
  });

  it("in a column has one decimal and no sign", () => {
    expect([0, 0.5, 0.62149, 1].map(tenths)).toEqual(["0.0", "50.0", "62.1", "100.0"]);
  });
});

describe("a number", () => {
  it("has a comma before every three digits", () => {
    expect([0, 12, 999, 1000, 12_345, 1_234_567, 1e12].map(count)).toEqual([
      ...["0", "12", "999", "1,000", "12,345", "1,234,567", "1,000,000,000,000"],
    ]);
  });

  it("of bytes is never four digits of a smaller unit", () => {
    expect([0, 999, 1000, 71e6, 999_400, 999_600, 999.6e6, 2.5e9].map(bytes)).toEqual([
      ...["0 B", "999 B", "1.00 kB", "71.0 MB", "999 kB", "1.00 MB", "1.00 GB", "2.50 GB"],
    ]);
  });

  it("of something each second keeps three digits", () => {
    expect([0.25, 29.94, 100, 1200].map(each)).toEqual(["0.25", "29.9", "100", "1,200"]);
  });

  it("is one only of one", () => {
    expect([plural(0, "buffer"), plural(1, "buffer"), plural(1200, "buffer")]).toEqual([
      ...["0 buffers", "1 buffer", "1,200 buffers"],
    ]);
    expect(plural(2, "entry", "entries")).toBe("2 entries");
  });
});

describe("a name that is too long", () => {
  it("keeps both its ends, at most as long as it may be", () => {
    expect(shorten("a".repeat(9), 5)).toBe("aa…aa");
    expect(shorten("abcdef", 4)).toBe("ab…f");
    for (const max of [1, 2, 3, 8, 47]) expect([...shorten("x".repeat(48), max)]).toHaveLength(max);
  });

  it("that fits is left as it is", () => {
    expect([shorten("abc", 3), shorten("", 3)]).toEqual(["abc", ""]);
  });

  it("is never cut inside a character", () => {
    expect(shorten("🎬".repeat(4), 3)).toBe("🎬…🎬");
    expect(shorten("👩‍👩‍👧", 1)).toBe("…");
  });
});
