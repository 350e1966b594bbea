// Which figures do two recordings have in common, and are they the sums of their windows?
import { expect, it } from "vitest";
import { figureTable } from "../../../src/compare/figure-table.js";
import { figuresOf } from "../../../src/compare/figures.js";
import type { RecordedWindow } from "../../../src/model/recorded-windows.js";
import { elementOf, windowAt } from "../../helpers/recorded-windows.js";

const times = [100, 90, 120, 10];
const unit = (cpuNs: number, more: Partial<RecordedWindow> = {}) =>
  windowAt(0, {
    processCpuNs: 3 * cpuNs,
    elements: [
      elementOf("p/src", { cpuNs: cpuNs / 2, buffersOut: 100, readyNs: cpuNs }),
      elementOf("p/enc", { cpuNs, buffersIn: 100, buffersOut: 50, own: times }),
      elementOf("p/q", { cpuNs, buffersIn: 100, buffersOut: 100, own: times, wait: times }),
      elementOf("p/idle", { buffersIn: 100, buffersOut: 100 }),
      elementOf("p/out", { buffersIn: 50, own: times }),
    ],
    latency: [{ source: "p/src", sink: "p/out", sumNs: 1, times }],
    ...more,
  });
const pairs = new Map(["p/src", "p/enc", "p/q", "p/idle", "p/out"].map((path) => [path, path]));
const six = (cpuNs: number) => Array.from({ length: 6 }, () => unit(cpuNs));
const request = { a: six(1e9), b: six(2e9), pairs, periodNs: 1e7, hasReady: true };
const figures = figuresOf(request);
const figure = (name: string, path: string) => figures.find((one) => one.name === name && one.path === path);

it("CPU time is for each buffer that an element got, or gave where it gets none", () => {
  expect(figure("cpu.perBuffer", "p/enc")).toMatchObject({ before: 1e7, after: 2e7 });
  expect(figure("cpu.perBuffer", "p/src")).toMatchObject({ before: 5e6, after: 1e7 });
  expect(figure("cpu.perBuffer", "p/idle")).toBeUndefined(); // too few samples
});

it("elapsed times are percentiles of all calls together, and none of a queue", () => {
  const median = figure("elapsed.p50", "p/enc");
  expect(median?.before).toBe(median?.after);
  expect(figure("elapsed.p99", "p/enc")?.before).toBeGreaterThan(2 * (median?.before ?? 0));
  expect(figure("elapsed.p50", "p/q")).toBeUndefined();
});

it("throughput is of sinks, latency of a source and a sink, the rest of the process", () => {
  expect(figures.filter(({ name }) => name === "throughput").map(({ path, before }) => [path, before])).toEqual([
    ["p/out", 50],
  ]);
  expect(figure("cpu.total", "")).toMatchObject({ before: 6e7, after: 1.2e8 });
  expect(figure("latency.p50", "p/out")?.source).toBe("p/src");
  expect(figure("ready.share", "")?.before).toBeCloseTo(1 / 3.5, 9);
});

it("an element that has another path now is read there, also as a source of a latency", () => {
  const [old, now] = ["p/enc", "p/new"];
  const renamed = six(2e9).map((window) => ({
    ...window,
    elements: window.elements.map((row) => (row.path === old ? { ...row, path: now } : row)),
  }));
  const found = figuresOf({ ...request, b: renamed, pairs: new Map([...pairs, [old, now]]) });
  expect(found.find(({ name, path }) => name === "cpu.perBuffer" && path === now)).toMatchObject({
    before: 1e7,
    after: 2e7,
  });
});

it("without off-CPU samples the load is not known", () => {
  expect(figuresOf({ ...request, hasReady: false }).some(({ name }) => name === "ready.share")).toBe(false);
});

it("every figure of the table is one that recordings have", () => {
  expect(new Set(figures.map(({ name }) => name))).toEqual(new Set(Object.keys(figureTable)));
});
