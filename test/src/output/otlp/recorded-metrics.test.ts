// Is what is sent of real pipelines field by field what it always was? Looks that move, rest and come again, cells given to others.
import { resourceFromAttributes } from "@opentelemetry/resources";
import { describe, expect, it } from "vitest";
import { EndedSeries } from "../../../../src/metrics/ended-series.js";
import { SegmentProducer } from "../../../../src/metrics/producer.js";
import { SeriesPoint } from "../../../../src/metrics/series-point.js";
import { DeltaBase, withPossibleStarts } from "../../../../src/output/otlp/delta.js";
import { MetricsPacker } from "../../../../src/output/otlp/metrics-packer.js";
import { exportMetrics } from "../../../helpers/otlp-wire.js";
import { decodeMessage } from "../../../helpers/protobuf.js";
import {
  LOST_EXPORT,
  type Look,
  recordedLooks,
  recordedRequests,
  recordedResource,
  ways,
} from "../../../helpers/recorded-looks.js";

const looks = recordedLooks();
const requests = recordedRequests(looks.length);
const resource = resourceFromAttributes(recordedResource);

async function packedOf(histograms: "explicit" | "exponential", delta: boolean): Promise<Uint8Array[]> {
  let look = looks[0] as Look;
  const endedSeries = new EndedSeries();
  const labels = { pad: (id: number) => look.labels[id] ?? { pipeline: "", element: "", factory: "", pad: "" } };
  const observe = () => look.observed;
  const producer = new SegmentProducer({
    observe,
    labels,
    endedSeries,
    now: () => look.now,
    version: "1.2.3",
    histograms,
  });
  const [base, packer] = [new DeltaBase(), new MetricsPacker(SeriesPoint.coreOf)];
  const packed: Uint8Array[] = [];
  for (look of looks) {
    for (const cell of look.gone) endedSeries.add(cell, labels);
    const { resourceMetrics, errors } = await producer.collect();
    expect(errors).toEqual([]);
    const metrics = { resource, scopeMetrics: resourceMetrics.scopeMetrics };
    packed.push(packer.pack(withPossibleStarts(delta ? base.since(metrics) : metrics)));
    if (packed.length !== LOST_EXPORT + 1) base.arrived(metrics);
  }
  return packed;
}

describe("recorded looks", () => {
  it("have what this is about: cells that rest, most kinds, others' cells, an end", () => {
    const rests = looks.map(
      ({ observed }, i) => observed.cells.filter((cell) => looks[i - 1]?.observed.cells.includes(cell)).length,
    );
    expect(rests.filter((n) => n > 20).length).toBeGreaterThan(3);
    expect(
      looks.map(({ observed }, i) => observed.cells.length - (rests[i] ?? 0)).filter((n) => n > 10).length,
    ).toBeGreaterThan(3);
    const kinds = new Set(looks.flatMap(({ observed }) => observed.cells.map(({ kind }) => kind)));
    expect([...kinds]).toEqual(
      expect.arrayContaining(["chain", "transit", "driver", "queue", "latency", "reported", "overflow"]),
    );
    expect(
      looks.filter(({ gone, observed }) => gone.length > 0 && (observed.ended?.length ?? 0) > 0).length,
    ).toBeGreaterThan(1);
  });

  it.each(ways)("are exported as ever: %s, %s", async (histograms, temporality) => {
    const expected = requests[ways.findIndex((way) => way[0] === histograms && way[1] === temporality)] ?? [];
    const packed = await packedOf(histograms, temporality === "delta");
    expect(packed).toHaveLength(looks.length);
    packed.forEach((bytes, i) => {
      const before = expected[i] ?? Buffer.alloc(0);
      // Decoded only where they differ, to say in which field.
      if (!before.equals(bytes))
        expect(decodeMessage(bytes, exportMetrics)).toEqual(decodeMessage(before, exportMetrics));
      expect([looks[i]?.name, before.equals(bytes)]).toEqual([looks[i]?.name, true]);
    });
  });
});
