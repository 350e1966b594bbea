// Is a text of the page short, printable, and whole where its units are?
import { describe, expect, it } from "vitest";
import { clean, joinUnits } from "../../../src/page/page-text.js";
import { hostileNames } from "../../helpers/sample-elements.js";

describe("a name", () => {
  it("is at most 120 characters, none of them a control, whatever it is", () => {
    for (const name of hostileNames) {
      const text = clean(name);
      expect([...text].length).toBeLessThanOrEqual(120);
      expect(text).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
    }
  });

  it("that is fit already is left alone", () => {
    expect([clean(""), clean("enc <1>"), clean("x".repeat(120))]).toEqual(["", "enc <1>", "x".repeat(120)]);
  });
});

describe("a number", () => {
  it("is not parted from its unit", () => {
    expect(joinUnits("12 % of 3.4 ms, 5 µs, 6 ns, 7 s, 2 cores, 1 core")).toBe(
      "12\u00a0% of 3.4\u00a0ms, 5\u00a0µs, 6\u00a0ns, 7\u00a0s, 2\u00a0cores, 1\u00a0core",
    );
  });

  it("before a word is", () => {
    expect(joinUnits("300 samples of 12 buffers, 4 scores")).toBe("300 samples of 12 buffers, 4 scores");
  });
});
