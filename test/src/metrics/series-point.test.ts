// Are points of two looks known to be equal exactly when nothing but their end differs?
import type { DataPoint, MetricData } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { SegmentProducer } from "../../../src/metrics/producer.js";
import { SeriesPoint } from "../../../src/metrics/series-point.js";
import { cellOf, histogramOf, stateOf } from "../../helpers/cells.js";

const labels = { pad: (id: number) => ({ pipeline: "p", element: `e${id}`, factory: "f", pad: "sink" }) };
const self = { startUnixNs: 5n, cpuNs: 0, rssBytes: 1, queueBytes: 0, ...{ profiles: { sent: 1 }, dropped: {} } };
const rest = { overflowed: {}, spans: {}, threads: {} };

/** Two looks at one target: names of the metrics of which some points are known from the first one, and of which all are. */
async function knownAfter(first: Parameters<typeof observed>[0], second: Parameters<typeof observed>[0]) {
  let look = observed(first);
  let now = 7n;
  const producer = new SegmentProducer({ observe: () => look, labels, now: () => now, version: "1" });
  const collect = async () => {
    const { resourceMetrics } = await producer.collect();
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  };
  const before = new Set((await collect()).flatMap(coresOf));
  look = observed(second);
  now = 9n;
  const after = await collect();
  const all = after.filter((metric) => coresOf(metric).every((core) => before.has(core)));
  const some = after.filter((metric) => coresOf(metric).some((core) => before.has(core)));
  expect(
    after.flatMap(({ dataPoints }) => (dataPoints as DataPoint<unknown>[]).map(({ endTime }) => endTime[1])),
  ).toEqual(expect.not.arrayContaining([7]));
  return {
    all: all.map(({ descriptor }) => descriptor.name),
    some: some.map(({ descriptor }) => descriptor.name),
    after,
  };
}

const coresOf = ({ dataPoints }: MetricData) => (dataPoints as object[]).map(SeriesPoint.coreOf);

function observed({
  cells = [cellOf(1, [5])],
  state = {},
  agent = {},
}: Partial<{ cells: ReturnType<typeof cellOf>[]; state: object; agent: object }>) {
  return { cells, state: stateOf(state), self: { ...self, ...rest, ...agent } };
}

describe("points of two looks", () => {
  const cells = [cellOf(1, [5]), cellOf(2, [6])];

  it("are all known when nothing was counted, though everything but the cells was made anew", async () => {
    const { all, after } = await knownAfter({ cells }, { cells });
    expect(all).toEqual(after.map(({ descriptor }) => descriptor.name));
  });

  it("are others of each series that moved", async () => {
    const { all, some } = await knownAfter({ cells }, { cells: [cells[0] ?? cellOf(1, []), cellOf(2, [6, 7])] });
    expect(all.filter((name) => /gstreamer.(pad|element)/.test(name))).toEqual([]);
    expect(some).toEqual(
      expect.arrayContaining(["gstreamer.pad.latency.ns", "gstreamer.pad.buffers", "gstreamer.pad.flow"]),
    );
  });

  it("are others of a counter of the target, its histogram and its start that changed", async () => {
    const counters = { samples_written: 50, ring_full: 4, inferred: 7, no_table: 0 };
    const { all, some } = await knownAfter(
      { cells },
      { cells, state: { counters, handler: histogramOf([3000, 5000, 8001]) } },
    );
    expect(all).not.toContain("gstreamer.profiler.losses");
    expect(some).toContain("gstreamer.profiler.losses"); // of another reason
    expect(some).not.toContain("gstreamer.profiler.handler");
    const later = await knownAfter({ cells }, { cells, state: { createdUnixNs: 3n } });
    expect(later.some.filter((name) => /losses|events|handler|target/.test(name))).toEqual([]);
  });

  it("are others of an outcome that takes the place of another one with the same count", async () => {
    const { some } = await knownAfter({ agent: { profiles: { sent: 1 } } }, { agent: { profiles: { lost: 1 } } });
    expect(some).not.toContain("gstreamer.profiler.agent.profiles");
  });
});

it("a copy of a point with something changed is not known, nor what is no point of ours", () => {
  const core = { startTime: [1, 2] as [number, number], attributes: {}, value: 3 };
  const point = new SeriesPoint(core, [4, 5]);
  expect(SeriesPoint.coreOf(point)).toBe(core);
  expect([SeriesPoint.coreOf({ ...point, value: 4 }), SeriesPoint.coreOf({})]).toEqual([undefined, undefined]);
  expect({ ...point }).toEqual({ startTime: [1, 2], endTime: [4, 5], attributes: {}, value: 3 });
});
