// When is the machine what everything waits for, and when is it only busy for a moment?
import { describe, expect, it } from "vitest";
import { overload } from "../../../src/analysis/overload.js";
import { second, summaryOf } from "../../helpers/summary-tables.js";

/** Ten seconds of a run. */
const said = (runningNs: number, readyNs: number, blockedNs = 0) =>
  overload(summaryOf({ rows: [{ name: "a", cpuNs: runningNs }], wall: { readyNs, blockedNs } }));

describe("a machine", () => {
  it("is overloaded where threads that could run waited for a CPU, a quarter of that time and a fifth of a thread", () => {
    expect(said(6 * second, 2 * second)).toBe(
      "The machine is overloaded: threads that could run waited for a CPU for 25 % of that time, 2.00 s of 8.00 s.",
    );
    expect(said(6.1 * second, 2 * second)).toBeNull();
    expect(said(5 * second, 1.9 * second)).toBeNull();
  });

  it("is not where next to nothing runs, however late it comes", () => {
    expect(said(0.01 * second, 1.9 * second)).toBeNull();
  });

  it("is not where threads wait for anything else", () => {
    expect(said(6 * second, 1 * second, 90 * second)).toBeNull();
  });

  it("is not known where nobody looked, or for less than twenty samples", () => {
    expect(overload(summaryOf({ rows: [{ name: "a", cpuNs: 6 * second }] }))).toBeNull();
    const short = { rows: [{ name: "a", cpuNs: 0.04 * second }], durationNs: 0.1 * second };
    expect(overload(summaryOf({ ...short, wall: { readyNs: 0.15 * second, blockedNs: 0 } }))).toBeNull();
    expect(overload(summaryOf({ ...short, wall: { readyNs: 0.17 * second, blockedNs: 0 } }))).not.toBeNull();
  });
});
