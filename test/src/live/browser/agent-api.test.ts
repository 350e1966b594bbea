// Does the agent get the range that was chosen on the page?
import { describe, expect, it } from "vitest";
import { askedRange } from "../../../../src/live/asked-range.js";
import { query } from "../../../../src/live/browser/agent-api.js";

const newest = { atNs: 110e9, durationNs: 1e9, cpuNs: 0, buffers: 0 };
const asked = (text: string) => askedRange(Object.fromEntries(new URLSearchParams(text)), newest);

describe("a range chosen on the page", () => {
  it("reaches the agent to the nanosecond, so that no window beside it comes in", () => {
    for (let fromNs = 0; fromNs < 4e12; fromNs = Math.ceil(fromNs * 1.017) + 1) {
      const range = { fromNs, toNs: fromNs + 1_017_703_239 };
      expect(asked(query(range))).toEqual({ range });
    }
  });

  it("of the last seconds, and of all, is asked for as that", () => {
    expect(asked(query({ lastS: 60 }))).toEqual({ range: { fromNs: 51e9, toNs: 111e9 } });
    expect(asked(query({ lastS: null }))).toEqual({ range: undefined });
  });
});
