// Does the SDK get exactly what the cells hold, whatever happens around it?
import type { DataPoint, Histogram, MetricData } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { metricTable } from "../../../src/metrics/catalog.js";
import { type Observation, type ProducerOptions, SegmentProducer } from "../../../src/metrics/producer.js";
import type { MetricLabels } from "../../../src/metrics/series.js";
import type { CellSnapshot } from "../../../src/model/batch.js";
import { cellOf, stateOf } from "../../helpers/cells.js";

const END = 1_700_000_100_000_000_007n;
/** Pads 10 and 11 are request pads of one element, 20 is another element's. */
const labels: MetricLabels = {
  pad: (id) =>
    id < 20
      ? { pipeline: "p0", element: "mux0", factory: "mux", pad: "sink_%u" }
      : { pipeline: "p0", element: "sink0", factory: "fakesink", pad: "sink" },
};
const self = {
  startUnixNs: END - 5n,
  cpuNs: 25e7,
  rssBytes: 5e7,
  queueBytes: 12,
  profiles: { delivered: 3 },
  dropped: {},
  overflowed: { element: 4 },
  spans: {},
  threads: {},
};
const observed = (cells: CellSnapshot[]): Observation => ({ cells, state: stateOf(), self });

async function collect(cells: CellSnapshot[], change: Partial<ProducerOptions> = {}) {
  const options = { observe: () => observed(cells), labels, now: () => END, version: "1", ...change };
  const { resourceMetrics, errors } = await new SegmentProducer(options).collect();
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  const find = (name: string) => metrics.find((metric) => metric.descriptor.name === name) as MetricData;
  const points = (name: string) => (find(name)?.dataPoints ?? []) as DataPoint<number>[];
  const histograms = (name: string) => (find(name)?.dataPoints ?? []) as unknown as DataPoint<Histogram>[];
  return { errors, metrics, find, points, histograms };
}

describe("the metrics of a segment", () => {
  it("add up the cells whose pads have the same labels, and keep others apart", async () => {
    const { points, histograms } = await collect([
      cellOf(10, [1000, 2000]),
      cellOf(11, [3000], { startUnixNs: 1_700_000_050_000_000_000n }),
      cellOf(20, [500]),
    ]);
    expect(points("gstreamer.pad.buffers").map((p) => [p.attributes.element, p.value])).toEqual([
      ["mux0", 3],
      ["sink0", 1],
    ]);
    expect(points("gstreamer.pad.io").map((p) => p.value)).toEqual([300, 100]);
    const [mux] = histograms("gstreamer.pad.latency.ns");
    expect(mux?.attributes).toEqual({ pipeline: "p0", element: "mux0", factory: "mux", pad: "sink_%u" });
    expect(mux?.value).toMatchObject({ count: 3, sum: 6000, min: 1000, max: 3000 });
    const [exclusive] = histograms("gstreamer.element.exclusive");
    expect(exclusive?.attributes).toEqual({ pipeline: "p0", element: "mux0", factory: "mux" });
    expect(exclusive?.value).toMatchObject({ count: 3, sum: 3e-6 });
  });

  it("have no latency of a pipeline from chance matches, only how many did not match", async () => {
    const name = "gstreamer.pipeline.latency";
    const of = (matches: number) =>
      collect([cellOf(20, Array(matches).fill(1000), { peer: 10, kind: "latency", invocations: 221 })]);
    const few = await of(10);
    expect(few.histograms(name)).toEqual([]);
    expect(few.points(`${name}.unmatched`).map((p) => p.value)).toEqual([211]);
    expect((await of(200)).histograms(name).map((p) => p.value.count)).toEqual([200]);
  });

  it("tell of loops and queues by themselves: no buffer and no latency is counted twice for them", async () => {
    const { points, histograms } = await collect([
      cellOf(10, [1000]),
      cellOf(10, [4000], { kind: "driver" }),
      cellOf(10, [5000, 5000], { kind: "queue", dropped: 7, level: 3 }),
      cellOf(11, [5000], { kind: "queue", dropped: 1, level: 2 }),
    ]);
    expect(points("gstreamer.pad.buffers").map((p) => p.value)).toEqual([1]);
    expect(histograms("gstreamer.pad.latency.ns").map((p) => p.value.count)).toEqual([1]);
    expect(histograms("gstreamer.element.driver").map((p) => [p.value.count, p.value.sum])).toEqual([[1, 2e-6]]);
    const [wait] = histograms("gstreamer.queue.wait");
    expect(wait?.attributes).toEqual({ pipeline: "p0", element: "mux0", factory: "mux" });
    expect(wait?.value).toMatchObject({ count: 3, sum: 15e-6 });
    expect(points("gstreamer.queue.dropped").map((p) => p.value)).toEqual([8]);
    expect(points("gstreamer.queue.level").map((p) => p.value)).toEqual([5]);
  });

  it("leave the observed cells as they were", async () => {
    const cells = [cellOf(10, [1000]), cellOf(11, [2000])];
    const before = structuredClone(cells);
    await collect(cells);
    expect(cells).toEqual(before);
  });

  it("start when the first cell was claimed, to the nanosecond, and still do after more cells and another agent", async () => {
    const first = cellOf(10, [1000], { startUnixNs: 1_700_000_000_123_456_789n });
    const alone = await collect([first]);
    const later = await collect([first, cellOf(11, [1], { startUnixNs: 1_699_000_000_000_000_000n })]);
    for (const { histograms } of [alone, later]) {
      expect(histograms("gstreamer.pad.latency.ns")[0]?.startTime).toEqual([1_700_000_000, 123_456_789]);
      expect(histograms("gstreamer.pad.latency.ns")[0]?.endTime).toEqual([1_700_000_100, 7]);
    }
  });

  it("keep their start and end now, wherever the wall clock was set to", async () => {
    const cells = [cellOf(10, [1])];
    const before = await collect(cells);
    const starts = ({ metrics }: typeof before) =>
      metrics.flatMap(({ dataPoints }) => (dataPoints as DataPoint<unknown>[]).map(({ startTime }) => startTime));
    for (const now of [1n, 40_000_000_000n, 1_900_000_000_000_000_000n]) {
      const after = await collect(cells, { now: () => now });
      expect(starts(after)).toEqual(starts(before));
      const end = [Number(now / 1_000_000_000n), Number(now % 1_000_000_000n)];
      for (const point of after.metrics.flatMap((metric) => metric.dataPoints as DataPoint<unknown>[]))
        expect(point.endTime).toEqual(end);
    }
  });

  it("count flow returns, samples and losses by name, and nothing twice", async () => {
    const flow = { ...cellOf(10, []).flow, ok: 5, eos: 1 };
    const { points } = await collect([cellOf(10, [1], { flow })]);
    const by = (name: string, attribute: string) =>
      Object.fromEntries(points(name).map((p) => [p.attributes[attribute], p.value]));
    expect(by("gstreamer.pad.flow", "flow")).toMatchObject({ ok: 5, eos: 1, error: 0 });
    expect(by("gstreamer.profiler.losses", "reason")).toEqual({ ring_full: 3, no_table: 0 });
    expect(by("gstreamer.profiler.samples", "outcome")).toEqual({
      written: 50,
      inferred: 7,
      deferred: 0,
      settled: 40,
      agent_lost: 2,
    });
    expect(by("gstreamer.profiler.events", "event")).toEqual({ inferred: 7 });
    expect(by("gstreamer.profiler.target.cpu", "scope")).toEqual({
      ...{ process: 2.5, registered: 2, before: 1, tracer: 0, refused: 0, masked: 0, unseen: 0 },
    });
    expect(points("gstreamer.profiler.agent.cpu")[0]?.value).toBe(0.25);
  });

  it("show the overflow cell under OpenTelemetry's name for it, once something overflowed", async () => {
    const overflow = (n: number) => cellOf(1, new Array(n).fill(10), { kind: "overflow" });
    expect((await collect([overflow(0)])).points("gstreamer.pad.buffers")).toEqual([]);
    const { points } = await collect([overflow(4)]);
    expect(points("gstreamer.pad.buffers").map((p) => [p.attributes, p.value])).toEqual([
      [{ "otel.metric.overflow": true }, 4],
    ]);
  });

  it("are exponential when asked, except the one in nanoseconds", async () => {
    const { find } = await collect([cellOf(10, [1000])], { histograms: "exponential" });
    expect(find("gstreamer.pad.latency.ns").dataPointType).toBe(0);
    expect(find("gstreamer.element.exclusive").dataPointType).toBe(1);
  });

  it("come with an error instead of a rejection when the labels or the look at the segment fail", async () => {
    const broken = () => {
      throw new Error("gone");
    };
    const noLook = await collect([], { observe: broken });
    expect([noLook.metrics, noLook.errors.map(String)]).toEqual([[], ["Error: gone"]]);
    const noLabels = await collect([cellOf(10, [1])], { labels: { pad: broken } });
    expect(noLabels.errors).toHaveLength(1);
  });

  it("still flow when one row fails", async () => {
    const state = stateOf({ counters: null as never });
    const { errors, find } = await collect([], { observe: () => ({ cells: [cellOf(10, [1])], state, self }) });
    expect(errors.length).toBeGreaterThan(0);
    expect(find("gstreamer.pad.latency.ns")).toBeDefined();
  });

  it("are empty before the first look", async () => {
    expect((await collect([], { observe: () => undefined })).metrics).toEqual([]);
  });
});

describe("the table of metrics", () => {
  it("has unique names that follow the naming rules, a help text and a unit each", () => {
    expect(new Set(metricTable.map((row) => row.name)).size).toBe(metricTable.length);
    for (const row of metricTable) {
      expect(row.name).toMatch(/^gstreamer(\.[a-z]+)+$/);
      expect(row.help.length).toBeGreaterThan(10);
      expect(row.unit).toMatch(/^(s|ns|By|\{[a-z]+\})$/);
    }
  });
});
