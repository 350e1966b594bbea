// Is a range of seconds what was asked for, and does one that makes no sense say why?
import { describe, expect, it } from "vitest";
import { askedRange } from "../../../src/live/asked-range.js";

const newest = { atNs: 110e9, durationNs: 1e9, cpuNs: 0, buffers: 0 };

describe("a range", () => {
  it.each([
    [{}, undefined],
    [
      { from: "101.5", to: "103" },
      { fromNs: 101.5e9, toNs: 103e9 },
    ],
    [{ from: "3" }, { fromNs: 3e9, toNs: Number.MAX_SAFE_INTEGER }],
    [{ to: "3" }, { fromNs: 0, toNs: 3e9 }],
    [{ last: "5" }, { fromNs: 106e9, toNs: 111e9 }],
    [{ last: "9999" }, { fromNs: 0, toNs: 111e9 }],
  ])("of %j is %j", (asked, range) => {
    expect(askedRange(asked, newest)).toEqual({ range });
  });

  it("between the instants where windows end is that to the nanosecond, however they are written as seconds", () => {
    for (let fromNs = 1; fromNs < 1e12; fromNs = Math.ceil(fromNs * 1.013)) {
      const [shortest, fixed] = [String(fromNs / 1e9), (fromNs / 1e9).toFixed(9)];
      for (const from of shortest.includes("e") ? [fixed] : [shortest, fixed])
        expect(askedRange({ from, to: "2000" }, newest)).toEqual({ range: { fromNs, toNs: 2e12 } });
    }
  });

  it("of the last seconds of nothing is one that nothing lies in", () => {
    expect(askedRange({ last: "5" }, undefined)).toEqual({ range: { fromNs: 0, toNs: 1 } });
  });

  it.each([
    [{ from: "-1" }, /^from must be a number of seconds, 0 or more, not "-1"$/],
    [{ to: "1e9" }, /^to must be a number of seconds/],
    [{ last: "" }, /^last must be a number/],
    [{ last: "x".repeat(500) }, /^last must be a number of seconds, 0 or more, not "x{40}"$/],
    [{ last: "5", from: "1" }, /^last .* stands alone/],
    [{ last: "0" }, /^last must be more than 0/],
    [{ from: "5", to: "5" }, /^to must be later than from/],
  ])("of %j is refused with a sentence", (asked, sentence) => {
    expect(askedRange(asked, newest)).toEqual({ problem: expect.stringMatching(sentence) });
  });
});
