// Does a real OpenTelemetry collector write down exactly what the cells hold?
import { afterEach, describe, expect, it } from "vitest";
import { silentLog } from "../../src/log.js";
import { publishedBoundsSeconds } from "../../src/metrics/buckets.js";
import { SegmentProducer } from "../../src/metrics/producer.js";
import type { CellSnapshot } from "../../src/model/batch.js";
import { GRID_OTLP_OFFSET } from "../../src/model/histogram.js";
import { OtlpOutput } from "../../src/output/otlp/metrics.js";
import { targetResource } from "../../src/output/otlp/resource.js";
import { cellOf, stateOf } from "../helpers/cells.js";
import { plainExport } from "../helpers/plain-export.js";
import { nowNs } from "../helpers/profiles.js";
import { missingServers, RealCollector } from "../helpers/servers.js";
import { until } from "../helpers/until.js";

const started = nowNs();
const running: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function collector(): Promise<RealCollector> {
  const server = await RealCollector.start();
  running.push(server);
  return server;
}

function outputTo(endpoint: string, cells: () => CellSnapshot[], intervalMs: number, exponential = false): OtlpOutput {
  const counted = { profiles: {}, dropped: {}, overflowed: {}, spans: {}, threads: {} };
  const self = { startUnixNs: started, cpuNs: 1e9, rssBytes: 2, queueBytes: 3, ...counted };
  const producer = new SegmentProducer({
    observe: () => ({ cells: cells(), state: stateOf({ createdUnixNs: started }), self }),
    labels: { pad: (id) => ({ pipeline: "p0", element: `e${id}`, factory: "identity", pad: "sink" }) },
    now: nowNs,
    version: "0",
    histograms: exponential ? "exponential" : "explicit",
  });
  const facts = {
    pid: 7,
    startTicks: 1,
    createdUnixNs: started,
    host: "h",
    executable: "/bin/x",
    resourceAttributes: "",
    deployment: "",
  };
  const resource = targetResource({ facts, serviceName: "svc", tags: [], version: "0" });
  const output = new OtlpOutput({
    ...plainExport,
    endpoint,
    intervalMs,
    resource,
    producer,
    version: "0",
    log: silentLog,
  });
  running.push({ stop: () => output.close(10) });
  return output;
}

describe.skipIf(missingServers() !== "")("a real collector", () => {
  const durations = Array.from({ length: 10_000 }, (_, i) => 50 + ((i * 7919) % 5_000_011));
  const cell = cellOf(1, durations, { startUnixNs: started });

  it("has the count, sum, bounds, buckets and start of the cells, and the target as resource", async () => {
    const server = await collector();
    const output = outputTo(server.url, () => [cell], 60_000);
    expect(await output.close(10_000)).toBe(true);
    const [latency] = await until("a line", () =>
      server.lines().length > 0 ? server.points("gstreamer.pad.latency.ns") : null,
    );
    const bounds = publishedBoundsSeconds.map((bound) => bound * 1e9);
    const expected = new Array(bounds.length + 1).fill(0);
    for (const ns of durations) expected[bounds.findIndex((bound) => ns <= bound)]++;
    expect(latency).toMatchObject({
      attributes: { pipeline: "p0", element: "e1", factory: "identity", pad: "sink" },
      startTimeUnixNano: String(started),
      count: "10000",
      sum: durations.reduce((a, b) => a + b, 0),
      explicitBounds: bounds,
      bucketCounts: expected.map(String),
    });
    expect(server.points("gstreamer.pad.buffers").map((point) => point.asInt)).toEqual(["10000"]);
    const losses = server.points("gstreamer.profiler.losses").map((p) => [p.attributes.reason, p.asInt]);
    expect(Object.fromEntries(losses)).toEqual({ ring_full: "3", no_table: "0" });
    expect(server.resource()).toMatchObject({ "service.name": "svc", "process.pid": "7" });
  });

  it("has exponential histograms bucket by bucket as the grid", async () => {
    const server = await collector();
    const output = outputTo(server.url, () => [cell], 60_000, true);
    expect(await output.close(10_000)).toBe(true);
    const [point] = await until("a line", () =>
      server.lines().length > 0 ? server.points("gstreamer.element.exclusive") : null,
    );
    const { scale, positive } = point as unknown as {
      scale: number;
      positive: { offset: number; bucketCounts: string[] };
    };
    const counts = new Array(cell.exclusive.counts.length).fill(0);
    for (const [i, n] of positive.bucketCounts.entries()) counts[i + positive.offset - GRID_OTLP_OFFSET] = Number(n);
    expect(scale).toBe(3);
    expect(counts).toEqual(Array.from(cell.exclusive.counts));
  });

  it("gets metrics again after it was killed and came back, with the same start and every count", async () => {
    const server = await collector();
    const values: number[] = [];
    outputTo(server.url, () => [cellOf(1, values, { startUnixNs: started })], 500);
    values.push(100, 200);
    await until("a first point", () => server.points("gstreamer.pad.latency.ns").some((p) => p.count === "2"));
    await server.end("SIGKILL");
    values.push(300);
    await server.start();
    const back = performance.now();
    const [point] = await until("the next", () => {
      const points = server.points("gstreamer.pad.latency.ns");
      return points.some((p) => p.count === "3") ? points : null;
    }, 20_000); // biome-ignore format: the deadline belongs to the look
    expect(point).toMatchObject({ startTimeUnixNano: String(started), sum: 600 });
    expect(performance.now() - back).toBeLessThan(10_000);
  });
});
