// Do the rows of a timeline add up to what was recorded, window by window, and are its percentiles those of the histogram?
import { describe, expect, test } from "vitest";
import { MOST_COLUMNS, timelineOf } from "../../../src/analysis/timeline.js";
import { gridBoundsSeconds } from "../../../src/model/histogram.js";
import {
  noElement,
  OTHER_ELEMENTS,
  type RecordedElement,
  type RecordedWindow,
} from "../../../src/model/recorded-windows.js";

const element = (path: string, some: Partial<RecordedElement>): RecordedElement => ({ ...noElement(path), ...some });

const second = (i: number, elements: RecordedElement[], more: Partial<RecordedWindow> = {}): RecordedWindow => ({
  ...{ atNs: i * 1e9, durationNs: 1e9, merged: 1, processCpuNs: 0, otherCpuNs: 0, elements, latency: [] },
  machine: { load: 0, cpus: 2, steal: null, pressure: null },
  ...more,
});

const sumOf = (values: (number | null | undefined)[]): number => values.reduce<number>((sum, n) => sum + (n ?? 0), 0);

describe("a timeline", () => {
  test.each([0, 1])("of %i windows is none: nothing changes in it", (n) => {
    expect(timelineOf(Array.from({ length: n }, (_, i) => second(i, [])))).toBeNull();
  });

  test("has CPU rows that add up to all samples in each window, the largest first, the rest last", () => {
    const windows = Array.from({ length: 3 }, (_, i) =>
      second(
        i,
        Array.from({ length: 12 }, (_, e) => element(`p/e${e}`, { cpuNs: (e + 1) * (i + 1) * 1e6 })),
        { otherCpuNs: 5e6 },
      ),
    );
    const timeline = timelineOf([...windows.slice(0, 2), second(2, [element(OTHER_ELEMENTS, { cpuNs: 9e6 })])]);
    expect(timeline?.cpu.map(({ path }) => path)).toEqual([
      ..."11 10 9 8 7 6 5 4".split(" ").map((n) => `p/e${n}`),
      "",
    ]);
    // 1 + … + 12 = 78 ms and 5 ms in the first second, twice the 78 and 5 in the next; then 9 ms of elements without a name.
    const columns = [0, 1, 2].map((i) => sumOf(timeline?.cpu.map(({ values }) => values[i]) ?? []));
    expect(columns.map((cores) => Math.round(cores * 1000))).toEqual([83, 161, 9]);
  });

  test("has the levels of queues only, and buffers of elements that give none on", () => {
    const queue = (level: number) => element("p/q", { level, highestLevel: 7, buffersIn: 10, buffersOut: 10 });
    const sink = (buffersIn: number) => element("p/sink", { buffersIn });
    const timeline = timelineOf([
      second(0, [queue(3), sink(25)]),
      second(1, [queue(0), sink(50)], { durationNs: 2e9 }),
    ]);
    expect(timeline?.queues).toEqual([{ path: "p/q", values: [3, 0] }]);
    expect(timeline?.buffers).toEqual([{ path: "p/sink", values: [25, 25] }]);
  });

  test("has percentiles within their bucket, and none where nothing arrived", () => {
    const bucket = 150;
    const way = { source: "p/src", sink: "p/sink", sumNs: 1, times: [bucket, 99, bucket + 40, 1] };
    const timeline = timelineOf([second(0, [], { latency: [way] }), second(1, [])]);
    const [{ p50, p99 } = { p50: [], p99: [] }] = timeline?.ways ?? [];
    expect(p50[0]).toBeGreaterThan(1000 * (gridBoundsSeconds[bucket - 1] ?? 0));
    expect(p50[0]).toBeLessThanOrEqual(1000 * (gridBoundsSeconds[bucket] ?? 0));
    expect(p99[0]).toBeLessThanOrEqual(1000 * (gridBoundsSeconds[bucket] ?? 0) * 1.001); // four digits
    expect([p50[1], p99[1]]).toEqual([null, null]);
  });

  test("of an hour has as many columns as a page draws, and the same sum", () => {
    const hour = Array.from({ length: 3600 }, (_, i) => second(i, [element("p/e", { cpuNs: (i % 10) * 1e7 })]));
    const timeline = timelineOf(hour);
    expect(timeline?.begins).toHaveLength(MOST_COLUMNS);
    const cpuSeconds = timeline?.cpu[0]?.values.map((cores, i) => (cores ?? 0) * (timeline.lengths[i] ?? 0)) ?? [];
    expect(sumOf(cpuSeconds)).toBeCloseTo(360 * 0.45, 1);
  });
});
