// Does an export have the bytes that the official serializer gives it, though most of them were written before?

import { ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { MetricData, ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { SegmentProducer } from "../../../../src/metrics/producer.js";
import { SeriesPoint } from "../../../../src/metrics/series-point.js";
import type { CellSnapshot } from "../../../../src/model/batch.js";
import { MetricsPacker } from "../../../../src/output/otlp/metrics-packer.js";
import { cellOf, stateOf } from "../../../helpers/cells.js";
import { random } from "../../../helpers/sample-capture.js";

const resource = resourceFromAttributes({ "service.name": "größe", "process.pid": 4711 });
const official = (metrics: ResourceMetrics): Buffer =>
  Buffer.from(ProtobufMetricsSerializer.serializeRequest(metrics) ?? []);

/** Looks one after the other, each a second later; a point of an agent changes with each. */
function target(histograms: "explicit" | "exponential" = "explicit") {
  let now = 1_796_000_000_000_000_000n;
  let cells: CellSnapshot[] = [];
  const self = {
    startUnixNs: 5n,
    cpuNs: 0,
    rssBytes: 1,
    queueBytes: 0,
    profiles: {},
    dropped: {},
    overflowed: {},
    spans: {},
    threads: {},
  };
  const producer = new SegmentProducer({
    observe: () => ({ cells, state: stateOf(), self: { ...self, cpuNs: Number(now % 1_000_003n) } }),
    labels: { pad: (id) => ({ pipeline: "p0", element: `e${id}`, factory: "identity", pad: "sink" }) },
    now: () => now,
    ...{ version: "1", histograms },
  });
  return async (seen: CellSnapshot[]): Promise<ResourceMetrics> => {
    cells = seen;
    now += 1_000_000_007n;
    const { resourceMetrics } = await producer.collect();
    return { resource, scopeMetrics: resourceMetrics.scopeMetrics };
  };
}

/** How many points the official serializer wrote of what was packed. */
function counting() {
  let known = 0;
  const met = new WeakSet<object>();
  const packer = new MetricsPacker((point) => {
    const core = SeriesPoint.coreOf(point);
    if (core !== undefined && met.has(core)) known++;
    if (core !== undefined) met.add(core);
    return core;
  });
  return { packer, known: () => known };
}

describe("an export", () => {
  it.each(["explicit", "exponential"] as const)(
    "has the same bytes however cells move, come and go: %s",
    async (histograms) => {
      for (let seed = 1; seed <= 3; seed++) {
        const next = random(seed);
        const look = target(histograms);
        const { packer, known } = counting();
        let cells = Array.from({ length: 8 }, (_, i) =>
          cellOf(i, [1000 * i], { kind: i % 4 === 3 ? "queue" : "chain" }),
        );
        for (let step = 0; step < 8; step++) {
          const moving = next() * next();
          cells = cells.map((cell) =>
            next() < moving ? cellOf(cell.pad, [cell.buffers, 5000 * next()], { kind: cell.kind }) : cell,
          );
          if (next() < 0.2) cells = cells.slice(1);
          if (next() < 0.2) cells = [...cells, cellOf(100 + step, [7])];
          if (next() < 0.1) cells = cells.toReversed();
          const metrics = await look(cells);
          expect(official(metrics).equals(packer.pack(metrics))).toBe(true);
        }
        expect(known()).toBeGreaterThan(50);
      }
    },
  );

  it("at rest has nothing new but the times, and what the agent says of itself", async () => {
    const look = target();
    const cells = Array.from({ length: 20 }, (_, i) => cellOf(i, [1000 * i]));
    const packer = new MetricsPacker(SeriesPoint.coreOf);
    for (let i = 0; i < 4; i++) {
      const metrics = await look(cells);
      expect(official(metrics).equals(packer.pack(metrics))).toBe(true);
    }
  });

  it("is the caller's: the next one does not change it", async () => {
    const look = target();
    const cells = [cellOf(1, [1])];
    const packer = new MetricsPacker(SeriesPoint.coreOf);
    const packed: { bytes: Uint8Array; official: Buffer }[] = [];
    for (let i = 0; i < 4; i++) {
      const metrics = await look(cells);
      packed.push({ bytes: packer.pack(metrics), official: official(metrics) });
    }
    expect(packed.map((one) => one.official.equals(one.bytes))).toEqual([true, true, true, true]);
  });

  it("of points that were changed after they were made has them as they are", async () => {
    const look = target();
    const cells = [cellOf(1, [1]), cellOf(2, [2])];
    const packer = new MetricsPacker(SeriesPoint.coreOf);
    for (let i = 0; i < 4; i++) {
      const metrics = await look(cells);
      const later = (metric: MetricData) => ({
        ...metric,
        dataPoints: metric.dataPoints.map((point) => ({ ...point, startTime: [i, i] })),
      });
      const scopeMetrics = metrics.scopeMetrics.map(({ scope, metrics: all }) => ({
        scope,
        metrics: all.map(later) as MetricData[],
      }));
      const changed = i % 2 ? { resource, scopeMetrics } : metrics;
      expect(official(changed).equals(packer.pack(changed))).toBe(true);
    }
  });

  it("in parts has in each part what belongs there", async () => {
    const look = target();
    const cells = Array.from({ length: 9 }, (_, i) => cellOf(i, [1000 * i]));
    const packer = new MetricsPacker(SeriesPoint.coreOf);
    for (let i = 0; i < 5; i++) {
      const metrics = await look(cells);
      for (const [from, to] of [
        [0, 4],
        [4, 9],
      ] as const) {
        const part = (metric: MetricData) =>
          ({ ...metric, dataPoints: metric.dataPoints.slice(from, to) }) as MetricData;
        const scopeMetrics = metrics.scopeMetrics.map(({ scope, metrics: all }) => ({ scope, metrics: all.map(part) }));
        expect(official({ resource, scopeMetrics }).equals(packer.pack({ resource, scopeMetrics }))).toBe(true);
      }
    }
  });
});
