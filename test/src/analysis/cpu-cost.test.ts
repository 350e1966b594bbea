// Is a share of the CPU time said only where there are samples enough, and is it a share of what was sampled?
import { describe, expect, it } from "vitest";
import { cpuCost } from "../../../src/analysis/cpu-cost.js";
import { byCost, elementsOf } from "../../../src/analysis/headline.js";
import { second, summaryOf, type Table } from "../../helpers/summary-tables.js";

const cost = (table: Table, cores = 0.5) => {
  const summary = summaryOf(table);
  const [top] = byCost(elementsOf(summary));
  if (top === undefined) throw new Error("no element");
  return cpuCost(summary, top, cores);
};
const rows = [
  { name: "enc", cpuNs: 3 * second, buffersIn: 300 },
  { name: "rest", cpuNs: 1 * second },
];

describe("the element that burns most", () => {
  it("is said with its share, its time and that of each buffer", () => {
    expect(cost({ rows })).toEqual({
      element: "p/enc",
      sentence: "enc burns 75 % of the CPU time: 3.00 s of 4.00 s, 10.0 ms for each of 300 buffers.",
      detail: "All threads together use 0.50 of a core.",
    });
  });

  it("has no share where its samples, or those of no element, are too few", () => {
    const few = cost({ rows, samples: 30 });
    expect(few).toEqual({
      element: "p/enc",
      sentence:
        "enc burns most CPU time, 3.00 s of 4.00 s, but 30 samples are too few to say a share: run it for 33.4 s or longer.",
      detail: "A share needs up to 100 samples. All threads together use 0.50 of a core.",
    });
    expect(cost({ rows, outsideNs: 5 * second, samples: 9 }).sentence).toMatch(
      /^Threads outside all elements burn most CPU time, 5\.00 s of 9\.00 s, but 9 samples are too few/,
    );
  });

  it("stands out from five percent on", () => {
    const crowd = (n: number) => Array.from({ length: n }, (_, i) => ({ name: `e${i}`, cpuNs: second }));
    expect(cost({ rows: crowd(20) }).sentence).toMatch(/^e0 burns 5\.0 % of the CPU time: 1\.00 s of 20\.0 s\.$/);
    expect(cost({ rows: crowd(21) }).sentence).toBe(
      "e0 burns most, but only 4.8 % of the CPU time: no element stands out.",
    );
  });

  it("is behind threads outside of all elements where these burn more", () => {
    const { element, sentence, detail } = cost({ rows, outsideNs: 4 * second });
    expect([element, sentence]).toEqual([
      "p/enc",
      "Threads outside all elements burn 50 % of the CPU time; enc burns 38 %.",
    ]);
    expect(detail).toMatch(/^50 % fell outside of all elements\. /);
  });

  it("burns a share of the sampled time where more than a tenth was not sampled", () => {
    expect(cost({ rows, unsampledNs: 0.4 * second }).sentence).toContain("75 % of the CPU time");
    expect(cost({ rows, unsampledNs: 0.5 * second }).sentence).toContain("75 % of the sampled CPU time");
  });
});

describe("the thread that burns most", () => {
  const of = (threads: Record<string, number>) => cost({ rows, threads }).detail;

  it("is said where it nearly fills a core of the ten seconds, or several", () => {
    expect(of({ "q:src": 8.9 * second })).not.toContain("q:src");
    expect(of({ a: 1, "q:src": 9.2 * second })).toMatch(/^Thread q:src uses 92 % of one core\./);
    expect(of({ "q:src": 10.1 * second })).toMatch(/^Thread q:src uses 100 % of one core\./);
    expect(of({ worker: 32 * second })).toMatch(/^Threads worker use 3\.2 cores\./);
  });

  it("is none without a name", () => {
    expect(of({ "(none)": 30 * second })).toBe("All threads together use 0.50 of a core.");
  });
});

it("all threads together are said in cores, in three digits at most", () => {
  expect([0.12, 0.994, 0.996, 3.21, 9.96, 96].map((cores) => cost({ rows }, cores).detail)).toEqual([
    "All threads together use 0.12 of a core.",
    "All threads together use 0.99 of a core.",
    "All threads together use 1.0 cores.",
    "All threads together use 3.2 cores.",
    "All threads together use 10 cores.",
    "All threads together use 96 cores.",
  ]);
});
