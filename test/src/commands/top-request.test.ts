// What may be asked of `top`, and is a mistake named together with what would do?
import { describe, expect, it } from "vitest";
import { type TopRequest, topRequest } from "../../../src/commands/top-request.js";

const asked = (flags: Parameters<typeof topRequest>[0]) => topRequest(flags) as TopRequest;

describe("what is asked of top", () => {
  it("is, by default: every second, the last two, by CPU, without end, and ten seconds of waiting for the next process", () => {
    expect(asked({})).toMatchObject({ count: undefined, json: false, intervalMs: 1000, waitMs: 10_000 });
    expect(asked({}).ranges).toEqual([2, 10, 60, null]);
    expect(asked({}).view).toMatchObject({ sort: "cpu", filter: "" });
  });

  it("can be another time, which comes first, or all", () => {
    expect(asked({ last: "30s" }).ranges).toEqual([30, 2, 10, 60, null]);
    expect(asked({ last: "10" }).ranges).toEqual([10, 2, 60, null]);
    expect(asked({ last: "1min" }).ranges).toEqual([60, 2, 10, null]);
    expect(asked({ last: "all" }).ranges).toEqual([null, 2, 10, 60]);
  });

  it("can be an interval, a number of blocks, an order, a filter, and no waiting", () => {
    expect(asked({ interval: "500ms", count: "3", once: true })).toMatchObject({
      intervalMs: 500,
      count: 3,
      waitMs: 0,
    });
    expect(asked({ sort: "p99", filter: "enc" }).view).toMatchObject({ sort: "p99", filter: "enc" });
  });

  it("is refused in one sentence where it makes no sense", () => {
    const refused = (flags: Parameters<typeof topRequest>[0]) => topRequest(flags);
    expect(refused({ interval: "10ms" })).toMatch(/^--interval: 10 ?ms is outside 100 ?ms to 1 ?h/);
    expect(refused({ last: "ever" })).toMatch(/^--last: "ever" is not a duration .*; or all$/);
    for (const count of ["0", "-1", "many", "1.5"]) expect(refused({ count })).toMatch(/^--count: /);
    expect(refused({ sort: "p9" })).toMatch(/^--sort: "p9" is none of name, core, cpu, .*did you mean p99\?/);
  });
});
