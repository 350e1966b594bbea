// Where the CPU rests, is the element named that takes longest, and none that only waits as it should?
import { describe, expect, it } from "vitest";
import { elementsOf } from "../../../src/analysis/headline.js";
import { timeCost } from "../../../src/analysis/time-cost.js";
import { ms, type Row, second, summaryOf, times } from "../../helpers/summary-tables.js";

const cost = (rows: Row[], cores = 0.05) => {
  const summary = summaryOf({ rows });
  return timeCost(summary, elementsOf(summary), cores);
};
const burns = { name: "any", cpuNs: 0.5 * second };

describe("the element that takes longest", () => {
  it("is the one that holds buffers longest in total, not the one that holds one longest", () => {
    const often = { name: "often", exclusive: times(1000, 2 * ms) };
    const once = { name: "once", exclusive: times(1, 900 * ms) };
    expect(cost([once, often, burns])).toEqual({
      element: "p/often",
      sentence: "often holds each buffer for 2.00 ms, longer in total than any other element.",
      detail:
        "The CPU is not the bottleneck: all threads together use 5.0 % of one core. often’s 99th percentile is 2.00 ms over 1,000 buffers.",
    });
  });

  it("is a source where its loop takes longer than any function, which is told besides", () => {
    const source = { name: "src", driver: times(100, 10 * ms) };
    const { element, sentence, detail } = cost([source, { name: "enc", exclusive: times(100, 2 * ms) }, burns]);
    expect(element).toBe("p/src");
    expect(sentence).toBe("src takes longest: 10.0 ms between two of its pushes, 1.00 s in total.");
    expect(detail).toMatch(
      /It is blocked for 0 % of its time\. Of the others enc holds buffers longest, 200 ms in total\.$/,
    );
  });

  it("sets the pace where its loop is blocked for most of its time", () => {
    const loop = { name: "src", driver: times(100, 10 * ms) };
    const said = (blockedNs: number | null) => cost([{ ...loop, blockedNs }, burns]);
    expect(said(0.51 * second)).toMatchObject({
      sentence: expect.stringContaining("src sets the pace: "),
      detail: expect.stringContaining("It is blocked for 51 % of its time."),
    });
    expect(said(0.5 * second).sentence).toContain("src takes longest: ");
    expect(said(null)).toMatchObject({
      sentence: expect.stringContaining("src takes longest: "),
      detail: expect.not.stringContaining("blocked"),
    });
  });

  it("is no queue, and no sink that waits for the clock", () => {
    const long = times(100, 50 * ms);
    const rows: Row[] = [
      { name: "q", exclusive: long, queueWait: long },
      { name: "level", exclusive: long, queueLevel: { last: 0, highest: 1 } },
      { name: "sink", exclusive: long, sync: true, blockedNs: 4.9 * second },
      { name: "enc", exclusive: times(100, 1 * ms) },
    ];
    expect(cost([...rows, burns]).element).toBe("p/enc");
    expect(cost([...rows.slice(0, 3), burns])).toMatchObject({ element: "", detail: "" });
  });
});

describe("what is said of the CPU", () => {
  it("is how much of a core is used, or that nobody sampled it", () => {
    expect(cost([burns], 0.05).sentence).toBe(
      "The CPU is not the bottleneck: all threads together use 5.0 % of one core.",
    );
    expect(cost([], 0).sentence).toBe("No CPU samples were taken.");
    // By the kernel's account, of ten seconds.
    expect(cost([], 0.05).sentence).toBe("No CPU samples were taken of 500 ms of CPU time.");
  });
});
