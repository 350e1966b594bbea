// Which waits of an element are named, and is each a share of all its waiting?
import { describe, expect, it } from "vitest";
import { blank } from "../../../src/analysis/blank-element.js";
import { blockedOn } from "../../../src/analysis/blocked-on.js";

const waits = (on: Record<string, number> | null, blockedNs: number | null) =>
  blockedOn({ ...blank("p/e", "e", "x", "x"), blockedOn: on, blockedNs });

describe("what an element waited in", () => {
  it("is said by share, the longest first", () => {
    expect(waits({ read: 2, futex: 98 }, 100)).toBe("futex 98 %, read 2.0 %");
  });

  it("is three waits at most; their shares stay those of the whole", () => {
    expect(waits({ a: 10, b: 40, c: 20, d: 30 }, 100)).toBe("b 40 %, d 30 %, c 20 %");
  });

  it("is nothing where nobody looked, or it never waited", () => {
    expect([waits(null, null), waits({}, 0)]).toEqual(["", ""]);
  });
});
