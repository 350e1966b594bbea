// Does a collector get the same from OpenTelemetry's exporter as from our own sender, field by field, and do we hear the same of its answers?
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { Metadata, status } from "@grpc/grpc-js";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { afterEach, describe, expect, it } from "vitest";
import { failureOf } from "../../../../src/delivery/outcomes.js";
import { ProtoWriter } from "../../../../src/encoding/proto-writer.js";
import { silentLog } from "../../../../src/log.js";
import { EndedSeries } from "../../../../src/metrics/ended-series.js";
import { SegmentProducer } from "../../../../src/metrics/producer.js";
import { SeriesPoint } from "../../../../src/metrics/series-point.js";
import { DeltaBase, withPossibleStarts } from "../../../../src/output/otlp/delta.js";
import { type MetricsSenderOptions, openMetricsSender } from "../../../../src/output/otlp/metrics-sender.js";
import type { MetricsSender } from "../../../../src/output/otlp/sending.js";
import { countersOf } from "../../../helpers/metrics-of.js";
import { exportMetrics } from "../../../helpers/otlp-wire.js";
import { decodeMessage } from "../../../helpers/protobuf.js";
import { type RawAnswer, RawCollector } from "../../../helpers/raw-collector.js";
import { type Look, recordedLooks, recordedResource, ways } from "../../../helpers/recorded-looks.js";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function collector(): Promise<RawCollector> {
  const raw = await RawCollector.start();
  ends.push(() => raw.stop());
  return raw;
}

const implementations = ["own", "sdk"] as const;

function senderTo(endpoint: string, implementation: "own" | "sdk", change: Partial<MetricsSenderOptions> = {}) {
  const usual = { signal: "metrics", protocol: "grpc", exact: false, headers: {}, userAgent: "test/1" } as const;
  const sender = openMetricsSender({
    ...{ endpoint, implementation, timeoutMs: 30_000, log: silentLog, coreOf: SeriesPoint.coreOf, ...usual, ...change },
  });
  ends.push(() => sender.close());
  return sender;
}

const send = (sender: MetricsSender, metrics: ResourceMetrics = countersOf(1), timeoutMs = 30_000) =>
  sender.prepare(metrics)(timeoutMs, new AbortController().signal);

/** What is exported of the recorded looks; the reader has another resource for us. */
async function exportsOf(histograms: "explicit" | "exponential", delta: boolean): Promise<ResourceMetrics[]> {
  const looks = recordedLooks();
  let look = looks[0] as Look;
  const endedSeries = new EndedSeries();
  const labels = { pad: (id: number) => look.labels[id] ?? { pipeline: "", element: "", factory: "", pad: "" } };
  const [observe, now, version] = [() => look.observed, () => look.now, "1.2.3"];
  const producer = new SegmentProducer({ observe, labels, endedSeries, now, version, histograms });
  const base = new DeltaBase();
  const made: ResourceMetrics[] = [];
  for (look of looks) {
    for (const cell of look.gone) endedSeries.add(cell, labels);
    const { resourceMetrics } = await producer.collect();
    const resource = resourceFromAttributes(recordedResource);
    const metrics = { resource, scopeMetrics: resourceMetrics.scopeMetrics };
    made.push(withPossibleStarts(delta ? base.since(metrics) : metrics));
    base.arrived(metrics);
  }
  return made;
}

it.each(ways)("recorded looks arrive the same: %s, %s", async (histograms, temporality) => {
  const looks = await exportsOf(histograms, temporality === "delta");
  const [own, sdk] = [await collector(), await collector()];
  const [ofOwn, ofSdk] = [senderTo(own.url, "own"), senderTo(sdk.url, "sdk")];
  for (const metrics of looks)
    for (const sender of [ofOwn, ofSdk])
      expect(await send(sender, metrics)).toMatchObject({ status: 200, rejected: 0 });
  expect(sdk.bodies.length).toBe(looks.length);
  sdk.bodies.forEach((body, i) => {
    const before = own.bodies[i] ?? Buffer.alloc(0);
    // Decoded only where they differ, to say in which field.
    if (!before.equals(body)) expect(decodeMessage(body, exportMetrics)).toEqual(decodeMessage(before, exportMetrics));
    expect(before.equals(body)).toBe(true);
  });
});

it("headers, credentials of the address and the kind of compression arrive the same", async () => {
  const raw = await collector();
  const change = { headers: { "X-Tenant": "a b", "x-other": "2" }, gzip: true };
  for (const implementation of implementations)
    await send(senderTo(raw.url.replace("//", "//me:geheim@"), implementation, change));
  const [own, sdk] = raw.headers.map((one) => one.getMap());
  const { "user-agent": ours, ...rest } = own ?? {};
  expect(sdk).toEqual({ ...rest, "user-agent": expect.stringMatching(/^test\/1 OTel-OTLP-Exporter-JavaScript\//) });
  expect(ours).toMatch(/^test\/1 /);
  expect(rest).toMatchObject({ "x-tenant": "a b", authorization: expect.stringMatching(/^Basic /) });
});

/** An ExportMetricsServiceResponse with a partial success. */
function refusing(points: number | bigint): Buffer {
  const [partial, response] = [new ProtoWriter(), new ProtoWriter()];
  partial.number(1, Number(points));
  partial.text(2, "not these");
  response.message(1, partial.view());
  return Buffer.from(response.view());
}

function retryInfo(): Metadata {
  const [delay, info, any, answer] = [new ProtoWriter(), new ProtoWriter(), new ProtoWriter(), new ProtoWriter()];
  delay.number(1, 3);
  info.message(1, delay.view());
  any.text(1, "type.googleapis.com/google.rpc.RetryInfo");
  any.message(2, info.view());
  answer.message(3, any.view());
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(answer.view()));
  return metadata;
}

describe("an answer means the same to both:", () => {
  const answers: [string, RawAnswer][] = [
    ["nothing refused", Buffer.alloc(0)],
    ["three points refused", refusing(3)],
    ["no points refused, with a word", refusing(0)],
    ["a field that nobody knows", Buffer.from([0x50, 0x01])],
    ["no message", Buffer.from("<html>Hotel</html>")],
    ["a message that breaks off", Buffer.from([0x0a, 0x20, 0x08])],
    ["too much, for a while", { code: status.RESOURCE_EXHAUSTED, details: "later", metadata: retryInfo() }],
    ["too large", { code: status.RESOURCE_EXHAUSTED, details: "Received message larger than max (9 vs 4)" }],
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16].map((code): [string, RawAnswer] => [
      `status ${code}`,
      { code, details: "why" },
    ]),
  ];

  it.each(answers)("%s", async (_, answer) => {
    const raw = await collector();
    raw.answer = () => answer;
    const [own, sdk] = [await send(senderTo(raw.url, "own")), await send(senderTo(raw.url, "sdk"))];
    expect(raw.bodies).toHaveLength(2);
    expect([sdk.status, sdk.message, sdk.retryAfterMs, sdk.tooLarge, sdk.foreign]).toEqual([
      ...[own.status, own.message, own.retryAfterMs, own.tooLarge, own.foreign],
    ]);
    expect([failureOf(sdk), sdk.rejected ?? 0]).toEqual([failureOf(own), own.rejected ?? 0]);
  });

  it("a partial success of many answers is told of its own export", async () => {
    const raw = await collector();
    raw.answer = (tried) => (tried % 2 === 0 ? refusing(5) : Buffer.alloc(0));
    const senders = [senderTo(raw.url, "sdk"), senderTo(raw.url, "sdk")];
    const rounds = Array.from({ length: 6 }, (_, i) => senders[i % 2] as MetricsSender);
    const told = (await Promise.all(rounds.map((sender) => send(sender)))).map(({ rejected }) => rejected);
    expect(told.sort()).toEqual([0, 0, 0, 5, 5, 5]);
  });

  it.each(["<!DOCTYPE html><title>Hotel</title>", "<html><title>Hotel</title></html>"])("a page: %s", async (page) => {
    const server = createHttp2Server((request, response) => {
      request.resume();
      response.writeHead(200, { "content-type": "text/html" }).end(page);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    ends.push(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const [own, sdk] = [await send(senderTo(url, "own")), await send(senderTo(url, "sdk"))];
    expect([failureOf(own), failureOf(sdk)]).toEqual(["foreign", "foreign"]);
    expect(sdk.message).toContain("text/html");
  });
});

it("by HTTP our own sender sends, whoever is asked for", () => {
  expect(() => senderTo("nonsense", "sdk")).toThrow(/not a URL/);
  expect(() => senderTo("nonsense", "own")).toThrow(/not a URL/);
});
