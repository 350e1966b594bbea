// Does one figure stand for all buffers only where nearly all of them are like it?
import { describe, expect, it } from "vitest";
import { bufferTime } from "../../../src/analysis/buffer-time.js";
import { ms, second, times } from "../../helpers/summary-tables.js";

describe("the time of a buffer", () => {
  it("is the mean where the mean is that of most buffers", () => {
    expect(bufferTime(times(100, 5 * ms))).toBe("5.00 ms");
    expect(bufferTime(times(1, 3 * ms))).toBe("3.00 ms");
  });

  it("is the median and what differs where one long buffer makes the mean", () => {
    expect(bufferTime(times(99, 10_000, 1000 * ms))).toBe(
      "10.0 µs (half of them; the longest 1.00 s, 10.0 ms on average)",
    );
  });

  it("may differ from the median by a factor of two, either way, and no more", () => {
    const of = (sumNs: number) => bufferTime({ ...times(10, 2 * ms), sumNs });
    expect([of(40 * ms), of(10 * ms)]).toEqual(["4.00 ms", "1.00 ms"]);
    expect(of(40.1 * ms)).toContain("half of them");
    expect(of(9.9 * ms)).toContain("half of them");
  });

  it("of nothing is nothing: no clock moved", () => {
    expect(bufferTime(times(10, 0))).toBe("0");
  });

  it("has words for either way that the two differ", () => {
    expect(bufferTime(times(100, 5 * ms))).toBe("5.00 ms");
    expect(bufferTime(times(100, 5 * ms, 300 * ms))).toBe("7.92 ms");
    expect(bufferTime(times(1000, 2600, 4 * second))).toBe(
      "2.60 µs (half of them; the longest 4.00 s, 4.00 ms on average)",
    );
    expect(bufferTime({ ...times(10, 1000), p50Ns: 10_000, maxNs: 12_000 })).toMatch(/^10\.0 µs \(half/);
  });
});
