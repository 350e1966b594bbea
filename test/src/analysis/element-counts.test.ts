// Are a source's buffers those that it sends, and is a rate said only where there is one?
import { describe, expect, it } from "vitest";
import { blank } from "../../../src/analysis/blank-element.js";
import { buffersOf, flowText, perSecond } from "../../../src/analysis/element-counts.js";
import { second, summaryOf } from "../../helpers/summary-tables.js";

const row = blank("p/e", "e", "x", "x");
const watched = (durationNs: number) => summaryOf({ rows: [], durationNs });

describe("the buffers of an element", () => {
  it("are those it received, or those it sent if it receives none", () => {
    expect(buffersOf({ ...row, buffersIn: 300, buffersOut: 600 })).toBe(300);
    expect(buffersOf({ ...row, buffersOut: 600 })).toBe(600);
    expect(buffersOf(row)).toBe(0);
  });

  it("are divided by the time that was watched", () => {
    expect(perSecond({ ...row, buffersIn: 300 }, watched(10 * second))).toBe(30);
    expect(perSecond({ ...row, buffersOut: 1 }, watched(4 * second))).toBe(0.25);
  });

  it("have no rate where there are none, or no time", () => {
    expect(perSecond(row, watched(10 * second))).toBeNull();
    expect(perSecond({ ...row, buffersIn: 300 }, watched(0))).toBeNull();
  });
});

describe("what became of buffers", () => {
  it("is silent about ok", () => {
    expect(flowText({ ...row, flow: { ok: 12_345 } })).toBe("");
  });

  it("names drops, flushes, then every other return, with their numbers", () => {
    const flow = { ok: 5, eos: 1, "not-linked": 1200 };
    expect(flowText({ ...row, drops: 7, flushed: 2, flow })).toBe("dropped 7, flushed 2, eos 1, not-linked 1,200");
  });
});
