// Do differences add up to all that was counted, whatever fails in between?
import { describe, expect, it } from "vitest";
import { SegmentProducer } from "../../../../src/metrics/producer.js";
import type { CellSnapshot } from "../../../../src/model/batch.js";
import { DeltaBase, withPossibleStarts } from "../../../../src/output/otlp/delta.js";
import { cellOf, stateOf } from "../../../helpers/cells.js";

const started = 1_700_000_000_000_000_000n;
const looks = [[100], [100, 5_000_000], [100, 5_000_000, 20, 900], [100, 5_000_000, 20, 900, 900, 70_000_000]];

async function collected(ns: number[], histograms: "explicit" | "exponential", second: number) {
  const cells: CellSnapshot[] = [cellOf(1, ns, { startUnixNs: started })];
  const self = {
    startUnixNs: started,
    cpuNs: 1,
    rssBytes: 7,
    queueBytes: 0,
    profiles: {},
    dropped: {},
    overflowed: {},
    threads: {},
    spans: {},
  };
  const producer = new SegmentProducer({
    observe: () => ({ cells, state: stateOf({ createdUnixNs: started }), self }),
    labels: { pad: () => ({ pipeline: "p", element: "e", factory: "f", pad: "sink" }) },
    now: () => started + BigInt(second) * 1_000_000_000n,
    version: "0",
    histograms,
  });
  return (await producer.collect()).resourceMetrics;
}

type Metrics = Awaited<ReturnType<typeof collected>>;
function pointOf(metrics: Metrics, name: string) {
  const metric = metrics.scopeMetrics.flatMap((scope) => scope.metrics).find((one) => one.descriptor.name === name);
  // biome-ignore lint/suspicious/noExplicitAny: points of several kinds
  return metric?.dataPoints[0] as any;
}

describe.each(["explicit", "exponential"] as const)("differences of %s histograms", (histograms) => {
  it("leave out nothing and say nothing twice, although every second export fails", async () => {
    const base = new DeltaBase();
    const buckets = new Map<number, number>();
    let [count, sum, buffers] = [0, 0, 0];
    let end: unknown;
    for (const [i, ns] of looks.entries()) {
      const metrics = await collected(ns, histograms, i + 1);
      const delta = base.since(metrics);
      if (i % 2 === 0) continue; // it failed
      base.arrived(metrics);
      const { value, startTime, endTime } = pointOf(delta, "gstreamer.element.exclusive");
      if (end !== undefined) expect(startTime).toEqual(end);
      end = endTime;
      expect(value.min).toBeUndefined();
      count += value.count;
      sum += value.sum;
      buffers += pointOf(delta, "gstreamer.pad.buffers").value;
      const { counts, bucketCounts, offset } = { counts: undefined, offset: 0, ...value.buckets, ...value.positive };
      for (const [k, n] of (counts ?? bucketCounts).entries()) {
        expect(n).toBeGreaterThanOrEqual(0);
        buckets.set(offset + k, (buckets.get(offset + k) ?? 0) + n);
      }
    }
    const last = looks.at(-1) ?? [];
    const whole = pointOf(await collected(last, histograms, 9), "gstreamer.element.exclusive").value;
    const all = { counts: undefined, offset: 0, ...whole.buckets, ...whole.positive };
    expect([count, buffers]).toEqual([last.length, last.length]);
    expect(sum).toBeCloseTo(whole.sum, 12);
    for (const [k, n] of (all.counts ?? all.bucketCounts).entries())
      expect([k, buckets.get(all.offset + k) ?? 0]).toEqual([k, n]);
  });

  it("leave gauges as they are, and begin again with a series that began again", async () => {
    const base = new DeltaBase();
    const metrics = await collected([100], histograms, 1);
    base.arrived(metrics);
    expect(pointOf(base.since(metrics), "gstreamer.profiler.agent.memory").value).toBe(7);
    expect(pointOf(base.since(metrics), "gstreamer.pad.buffers").value).toBe(0);
  });
});

describe("a series that began after the time to which the wall clock was set back", () => {
  it("has no known start until that time comes again, and then the one it had", async () => {
    const at = async (second: number) =>
      pointOf(withPossibleStarts(await collected([100], "explicit", second)), "gstreamer.pad.buffers");
    const [before, back, again] = [await at(60), await at(-3600), await at(120)];
    expect(back).toMatchObject({ startTime: [0, 0], endTime: [1_699_996_400, 0], value: 1 });
    for (const point of [before, again]) expect(point.startTime).toEqual([1_700_000_000, 0]);
  });

  it("tells differences that neither end before they begin nor count twice", async () => {
    const base = new DeltaBase();
    let sum = 0;
    for (const [second, ns] of [
      [60, looks[0]],
      [-3600, looks[1]],
      [-3590, looks[2]],
      [120, looks[3]],
    ] as const) {
      const metrics = await collected(ns ?? [], "explicit", second);
      const { value, startTime, endTime } = pointOf(withPossibleStarts(base.since(metrics)), "gstreamer.pad.buffers");
      base.arrived(metrics);
      sum += value;
      expect(startTime[0]).toBeLessThanOrEqual(endTime[0]);
    }
    expect(sum).toBe(looks[3]?.length);
  });
});
