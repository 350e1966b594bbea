// Do OpenTelemetry's exporter and our own sender bring metrics through alike: too many at a time, refused in part, after an outage?
import { afterEach, describe, expect, it } from "vitest";
import { ProtoWriter } from "../../../../src/encoding/proto-writer.js";
import type { CellSnapshot } from "../../../../src/model/batch.js";
import type { OtlpOptions } from "../../../../src/output/otlp/metrics.js";
import { slowness } from "../../../helpers/busy-machine.js";
import { cellOf } from "../../../helpers/cells.js";
import { metricsOutputTo, started } from "../../../helpers/metrics-output.js";
import { exportMetrics } from "../../../helpers/otlp-wire.js";
import { decodeMessage, type Message } from "../../../helpers/protobuf.js";
import { RawCollector } from "../../../helpers/raw-collector.js";
import { until } from "../../../helpers/until.js";

const running: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

function outputTo(endpoint: string, cells: () => CellSnapshot[], change: Partial<OtlpOptions>) {
  const made = metricsOutputTo(endpoint, cells, change);
  running.push({ stop: () => made.output.close(10) });
  return made;
}
const cell = (pad: number, ns: number[]) => cellOf(pad, ns, { startUnixNs: started });

describe.each(["sdk", "own"] as const)("by the sender %s metrics", (implementation) => {
  it("that are more than a collector takes at a time arrive all the same, in more requests", async () => {
    const raw = await RawCollector.start({ maxBytes: 300_000 });
    running.push(raw);
    const cells = Array.from({ length: 500 }, (_, i) => cell(i, [10]));
    const { output, lines } = outputTo(raw.url, () => cells, { intervalMs: 60_000, implementation });
    expect(await output.close(60_000)).toBe(true);
    const names = raw.bodies.flatMap((body) => pointsIn(body, "gstreamer.pad.latency.ns"));
    expect([names.length, new Set(names).size]).toEqual([500, 500]);
    expect(lines).toEqual([]);
  });

  it("of which some are refused have arrived, and a person reads how many", async () => {
    const raw = await RawCollector.start();
    running.push(raw);
    const [partial, response] = [new ProtoWriter(), new ProtoWriter()];
    partial.number(1, 4);
    response.message(1, partial.view());
    raw.answer = () => Buffer.from(response.view());
    const { output, lines } = outputTo(raw.url, () => [cell(1, [1])], { intervalMs: 60_000, implementation });
    expect(await output.close(20_000)).toBe(true);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("4 data points were not taken");
  });

  it("are delivered within our own delay after three seconds without a collector", async () => {
    const first = await RawCollector.start();
    const backoff = { firstMs: 500, maxMs: 1000 };
    const { output } = outputTo(first.url, () => [cell(1, [1])], { intervalMs: 30_000, backoff, implementation });
    expect(await output.flush(20_000)).toBe(true);
    await first.stop();
    output.begin();
    const away = performance.now();
    await until("three seconds without it", () => performance.now() - away > 3000);
    const second = await RawCollector.start({ port: first.port });
    running.push(second);
    const [back, slow] = [performance.now(), slowness()];
    await until("the export", () => second.bodies.length > 0);
    const took = performance.now() - back;
    expect(took).toBeLessThan((1000 + 500) * (await slow)); // the longest wait between two tries, and a try
  });
});

/** The elements of the points of one metric. */
function pointsIn(body: Buffer, name: string): string[] {
  const { resourceMetrics } = decodeMessage(body, exportMetrics);
  const metrics = (resourceMetrics as Message[]).flatMap((one) => one.scopeMetrics).flatMap((scope) => scope.metrics);
  const points = metrics.filter((one: Message) => one.name === name).flatMap((one: Message) => one.histogram.points);
  return points.map((point: Message) => point.attributes.find(({ key }: Message) => key === "element").value.string);
}
