// What does an OpenTelemetry collector on loopback see of us? A strict one: decodes, checks the data model, and fails on demand.

import { Metadata, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { ProtoWriter } from "../../src/encoding/proto-writer.js";
import { exportMetrics, exportTraces } from "./otlp-wire.js";
import { BadMessage, decodeMessage, type Message } from "./protobuf.js";

export type CollectorMode =
  | "judge"
  | "hang"
  | "unavailable"
  | "exhausted"
  | "exhausted for a while"
  | "unauthenticated";

export interface Point {
  metric: string;
  unit: string;
  kind: "gauge" | "sum" | "histogram" | "exponential";
  attributes: Record<string, string | number | boolean>;
  start: bigint;
  time: bigint;
  /** Of a gauge or sum. */
  value: number;
  count: number;
  sum: number;
  min?: number;
  max?: number;
  bucketCounts: number[];
  /** Explicit: upper bounds. Exponential: none, see offset. */
  bounds: number[];
  offset: number;
  scale: number;
}

/** A google.rpc.Status whose details hold a RetryInfo of 200 ms. */
function comeAgain(): Metadata {
  const [delay, info, any, answer] = [new ProtoWriter(), new ProtoWriter(), new ProtoWriter(), new ProtoWriter()];
  delay.number(2, 200_000_000);
  info.message(1, delay.view());
  any.text(1, "type.googleapis.com/google.rpc.RetryInfo");
  any.message(2, info.view());
  answer.number(1, status.RESOURCE_EXHAUSTED);
  answer.message(3, any.view());
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(answer.view()));
  return metadata;
}

const refusals = {
  "exhausted for a while": { code: status.RESOURCE_EXHAUSTED, details: "too much at a time", metadata: comeAgain() },
  unavailable: { code: status.UNAVAILABLE, details: "try later" },
  exhausted: { code: status.RESOURCE_EXHAUSTED, details: "message larger than max" },
  unauthenticated: { code: status.UNAUTHENTICATED, details: "who are you" },
};

export interface SeenSpan {
  trace: string;
  span: string;
  parent: string;
  name: string;
  state: string;
  start: bigint;
  end: bigint;
  flags: number;
  attributes: Record<string, string | number | boolean>;
  links: { trace: string; span: string }[];
}

const hex = (bytes?: Uint8Array): string => Buffer.from(bytes ?? []).toString("hex");

class Violation extends Error {}

/** With certificates, we want one as well. */
function credentialsOf(tls?: { ca: Buffer; cert: Buffer; key: Buffer }): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  return ServerCredentials.createSsl(tls.ca, [{ cert_chain: tls.cert, private_key: tls.key }], true);
}

const same = (bytes: Buffer): Buffer => bytes;

/** `signal` as in the package's name. */
function exportService(signal: string) {
  const service = `${signal[0]?.toUpperCase()}${signal.slice(1)}Service`;
  const path = `/opentelemetry.proto.collector.${signal}.v1.${service}/Export`;
  const plain = {
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  return { Export: { path, requestStream: false, responseStream: false, ...plain } };
}

/** An ExportTraceServiceResponse with a partial success. */
function refusing(spans: number): Buffer {
  const [partial, response] = [new ProtoWriter(), new ProtoWriter()];
  partial.number(1, spans);
  partial.text(2, "not these");
  response.message(1, partial.view());
  return Buffer.from(response.view());
}

export class FakeCollector {
  mode: CollectorMode = "judge";
  /** AggregationTemporality that all sums and histograms must have: 2 cumulative, 1 delta. */
  temporality = 2;
  requests = 0;
  accepted = 0;
  /** A start of 0 is permitted: it is that of a series that is not known. */
  startsUnknown = false;
  readonly violations: string[] = [];
  readonly userAgents = new Set<string>();
  /** Of all resources whose metrics were accepted. */
  readonly instances = new Set<unknown>();
  readonly headers: Record<string, string>[] = [];
  resource: Record<string, string | number | boolean> = {};
  readonly spans: SeenSpan[] = [];
  traceRequests = 0;
  /** What was asked of us, also what we refused. */
  traceTries = 0;
  readonly traceHeaders: Record<string, string>[] = [];
  /** More spans than this in one request are too many. */
  mostSpans = Number.POSITIVE_INFINITY;
  /** So many of each request it says it did not take. */
  rejects = 0;
  traceResource: Record<string, string | number | boolean> = {};
  /** The latest points by series. */
  readonly #series = new Map<string, Point>();
  readonly #server = new Server();
  port = 0;

  static async start(port = 0, tls?: { ca: Buffer; cert: Buffer; key: Buffer }): Promise<FakeCollector> {
    const fake = new FakeCollector();
    const take = { metrics: fake.#serve.bind(fake), trace: fake.#serveTraces.bind(fake) };
    for (const [signal, serve] of Object.entries(take))
      fake.#server.addService(exportService(signal), { Export: serve });
    fake.port = await new Promise<number>((resolve, reject) =>
      fake.#server.bindAsync(`127.0.0.1:${port}`, credentialsOf(tls), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    this.#server.forceShutdown();
  }

  points(metric: string): Point[] {
    return [...this.#series.values()].filter((point) => point.metric === metric);
  }

  /** The only point of a metric whose attributes include these. */
  point(metric: string, attributes: Record<string, string | number | boolean> = {}): Point {
    const found = this.points(metric).filter((point) =>
      Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
    );
    if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} points of ${metric}`);
    return found[0];
  }

  #serve(call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>): void {
    this.requests++;
    this.headers.push(Object.fromEntries(Object.entries(call.metadata.getMap()).map(([k, v]) => [k, String(v)])));
    this.userAgents.add(String(call.metadata.get("user-agent")[0] ?? ""));
    if (this.mode === "hang") return;
    if (this.mode !== "judge") {
      done(refusals[this.mode]);
      return;
    }
    try {
      this.#take(decodeMessage(call.request, exportMetrics));
      this.accepted++;
      done(null, Buffer.alloc(0));
    } catch (error) {
      if (!(error instanceof Violation || error instanceof BadMessage)) throw error;
      this.violations.push(error.message);
      done({ code: status.INVALID_ARGUMENT, details: error.message });
    }
  }

  #serveTraces(call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>): void {
    this.traceTries++;
    this.traceHeaders.push(Object.fromEntries(Object.entries(call.metadata.getMap()).map(([k, v]) => [k, String(v)])));
    if (this.mode === "hang") return;
    if (this.mode !== "judge") {
      done(refusals[this.mode]);
      return;
    }
    try {
      const tooMany = spansIn(call.request) > this.mostSpans;
      if (!tooMany) this.takeTraces(call.request);
      done(tooMany ? refusals.exhausted : null, this.rejects > 0 ? refusing(this.rejects) : Buffer.alloc(0));
    } catch (error) {
      if (!(error instanceof Violation || error instanceof BadMessage)) throw error;
      this.violations.push(error.message);
      done({ code: status.INVALID_ARGUMENT, details: error.message });
    }
  }

  takeTraces(body: Buffer): void {
    this.traceRequests++;
    for (const { resource, scopeSpans } of decodeMessage(body, exportTraces).resourceSpans as Message[]) {
      this.traceResource = attributesOf(resource?.attributes ?? []);
      for (const span of scopeSpans.flatMap((scope: Message) => scope.spans as Message[])) {
        check(span.trace?.length === 16 && span.span?.length === 8, "ids of a span");
        check(span.end >= span.start, "a span ends before it starts");
        this.spans.push({
          trace: hex(span.trace),
          span: hex(span.span),
          parent: hex(span.parent),
          name: span.name,
          state: span.state ?? "",
          start: span.start,
          end: span.end,
          flags: span.flags ?? 0,
          attributes: attributesOf(span.attributes),
          links: span.links.map((link: Message) => ({ trace: hex(link.trace), span: hex(link.span) })),
        });
      }
    }
  }

  #take(request: Message): void {
    const fresh = new Map<string, Point>();
    for (const { resource, scopeMetrics } of request.resourceMetrics as Message[]) {
      this.resource = attributesOf(resource?.attributes ?? []);
      this.instances.add(this.resource["service.instance.id"]);
      const metrics = scopeMetrics.flatMap((scope: Message) => scope.metrics as Message[]);
      for (const point of metrics.flatMap((metric: Message) => pointsOf(metric, this.temporality))) {
        const key = JSON.stringify([
          this.resource["service.instance.id"],
          point.metric,
          Object.entries(point.attributes).sort(),
        ]);
        check(!fresh.has(key), `two points of one series: ${key}`);
        checkPoint(point, this.startsUnknown);
        const before = this.#series.get(key);
        if (before !== undefined && this.temporality === 2) checkProgress(before, point);
        fresh.set(key, point);
      }
    }
    for (const [key, point] of fresh) this.#series.set(key, point);
  }
}

function spansIn(body: Buffer): number {
  const { resourceSpans } = decodeMessage(body, exportTraces);
  const scopes = (resourceSpans as Message[]).flatMap((one) => one.scopeSpans as Message[]);
  return scopes.reduce((sum, scope) => sum + (scope.spans as Message[]).length, 0);
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Violation(what);
}

function checkPoint(point: Point, startsUnknown: boolean): void {
  const { metric, kind, count, bucketCounts, bounds, start, time } = point;
  check((start > 0n || startsUnknown) && start <= time, `${metric}: starts at ${start}, ends at ${time}`);
  if (kind === "gauge" || kind === "sum") check(Number.isFinite(point.value), `${metric}: no number`);
  else {
    check(bucketCounts.reduce((a, b) => a + b, 0) === count, `${metric}: buckets do not add up to ${count}`);
    check(point.min === undefined || point.min <= (point.max ?? 0), `${metric}: min over max`);
  }
  if (kind === "histogram") {
    check(bucketCounts.length === bounds.length + 1, `${metric}: ${bucketCounts.length} buckets`);
    check(
      bounds.every((bound, i) => i === 0 || bound > (bounds[i - 1] ?? 0)),
      `${metric}: bounds do not rise`,
    );
  }
}

/** Cumulative: nothing falls while the start stays, and the start never goes back. It may be unknown, 0, for a while. */
function checkProgress(before: Point, now: Point): void {
  const known = before.start !== 0n && now.start !== 0n;
  check(!known || now.start >= before.start, `${now.metric}: start went back`);
  if ((known && now.start > before.start) || now.kind === "gauge") return;
  check(now.value >= before.value && now.count >= before.count, `${now.metric}: fell`);
  const from = new Map(before.bucketCounts.map((n, i) => [before.offset + i, n]));
  for (const [i, n] of now.bucketCounts.entries()) from.set(now.offset + i, n - (from.get(now.offset + i) ?? 0));
  check(
    now.bucketCounts.every((_, i) => (from.get(now.offset + i) ?? 0) >= 0),
    `${now.metric}: a bucket fell`,
  );
}

function pointsOf(metric: Message, temporality: number): Point[] {
  const kind = (["gauge", "sum", "histogram", "exponential"] as const).find((name) => metric[name] !== undefined);
  if (kind === undefined) throw new Violation(`${metric.name}: no data`);
  const data: Message = metric[kind];
  check(kind === "gauge" || data.temporality === temporality, `${metric.name}: another temporality`);
  check(kind !== "sum" || data.monotonic === true, `${metric.name}: not monotonic`);
  return data.points.map((point: Message) => ({
    metric: metric.name,
    unit: metric.unit ?? "",
    kind,
    attributes: attributesOf(point.attributes),
    start: point.start ?? 0n,
    time: point.time ?? 0n,
    value: point.double ?? Number(BigInt.asIntN(64, point.int ?? 0n)),
    count: Number(point.count ?? 0n),
    sum: point.sum ?? 0,
    ...(point.min !== undefined && { min: point.min, max: point.max }),
    bucketCounts: (point.bucketCounts ?? point.positive?.bucketCounts ?? []).map(Number),
    bounds: point.bounds ?? [],
    offset: point.positive?.offset ?? 0,
    scale: point.scale ?? 0,
  }));
}

function attributesOf(pairs: Message[]): Record<string, string | number | boolean> {
  const entries = pairs.map(({ key, value }) => [key, value.string ?? value.int ?? value.double ?? value.bool]);
  check(new Set(entries.map(([key]) => key)).size === entries.length, "an attribute twice");
  return Object.fromEntries(entries);
}
