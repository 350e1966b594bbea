// What did a real OpenTelemetry collector write down? Its file of metrics, one request a line.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, RealServer, serversHome } from "./real-server.js";

export interface JsonPoint {
  attributes: Record<string, string>;
  startTimeUnixNano: string;
  count?: string;
  sum?: number;
  bucketCounts?: string[];
  explicitBounds?: number[];
  asInt?: string;
  asDouble?: number;
}

export interface Span {
  id: string;
  ns: number;
  attributes: Record<string, string>;
  resource: Record<string, string>;
}

export class RealCollector extends RealServer {
  readonly #ports: Record<string, number>;

  private constructor(ports: Record<string, number>) {
    super();
    this.#ports = ports;
  }

  static async start(): Promise<RealCollector> {
    const ports: Record<string, number> = {};
    for (const name of ["GRPC", "HTTP", "HEALTH", "ZPAGES", "PROM"]) ports[`${name}_PORT`] = await freePort();
    const server = new RealCollector(ports);
    await server.start();
    return server;
  }

  /** For OTLP over gRPC. */
  get url(): string {
    return `http://127.0.0.1:${this.#ports.GRPC_PORT}`;
  }

  /** For OTLP over HTTP. */
  get httpUrl(): string {
    return `http://127.0.0.1:${this.#ports.HTTP_PORT}`;
  }

  /** Names of all spans that it wrote down. */
  spanNames(): string[] {
    const path = join(this.dir, "traces.jsonl");
    if (!existsSync(path)) return [];
    return [...readFileSync(path, "utf8").matchAll(/"kind":1,"startTimeUnixNano"|"name":"(PadPush)"/g)].flatMap(
      ([, name]) => (name === undefined ? [] : [name]),
    );
  }

  /** All that it wrote down. */
  spans(): Span[] {
    const path = join(this.dir, "traces.jsonl");
    if (!existsSync(path)) return [];
    const text = readFileSync(path, "utf8");
    const requests = text.slice(0, text.lastIndexOf("\n") + 1).split("\n").filter(Boolean).map((line) => JSON.parse(line) as { resourceSpans: RawSpans[] }); // biome-ignore format: one chain
    return requests.flatMap(({ resourceSpans }) => resourceSpans).flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans).map((span) => ({
        id: span.spanId,
        ns: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)),
        attributes: attributesOf(span.attributes),
        resource: attributesOf(resource.attributes),
      })),
    ); // biome-ignore format: one chain
  }

  protected override command() {
    const ports = Object.entries(this.#ports).map(([name, port]) => [name, String(port)]);
    const args = ["--config", join(serversHome, "config", "otelcol.yaml")];
    return { file: join(serversHome, "bin", "otelcol"), args, env: { ...Object.fromEntries(ports), OUT: this.dir } };
  }

  override async ready(): Promise<boolean> {
    return (await fetch(`http://127.0.0.1:${this.#ports.HEALTH_PORT}`, { signal: AbortSignal.timeout(2000) })).ok;
  }

  /** Whole lines of its file, one a request. */
  lines(): { resourceMetrics: RawResource[] }[] {
    const path = join(this.dir, "metrics.jsonl");
    if (!existsSync(path)) return [];
    const text = readFileSync(path, "utf8");
    return text.slice(0, text.lastIndexOf("\n") + 1).split("\n").filter(Boolean).map((line) => JSON.parse(line)); // biome-ignore format: one chain
  }

  /** The latest point of each series of a metric. */
  points(metric: string): JsonPoint[] {
    const latest = new Map<string, JsonPoint>();
    for (const { resourceMetrics } of this.lines()) {
      for (const { metrics } of resourceMetrics.flatMap((resource) => resource.scopeMetrics)) {
        for (const found of metrics.filter(({ name }) => name === metric)) {
          for (const point of (found.histogram ?? found.exponentialHistogram ?? found.sum ?? found.gauge)?.dataPoints ??
            []) {
            const attributes = attributesOf(point.attributes);
            latest.set(JSON.stringify(Object.entries(attributes).sort()), { ...point, attributes });
          }
        }
      }
    }
    return [...latest.values()];
  }

  /** Of the last request. */
  resource(): Record<string, string> {
    const last = this.lines().at(-1)?.resourceMetrics[0];
    return attributesOf(last?.resource.attributes ?? []);
  }
}

type RawAttributes = { key: string; value: Record<string, string> }[];
type RawPoints = { dataPoints: (Omit<JsonPoint, "attributes"> & { attributes: RawAttributes })[] };
interface RawMetric {
  name: string;
  histogram?: RawPoints;
  exponentialHistogram?: RawPoints;
  sum?: RawPoints;
  gauge?: RawPoints;
}
interface RawResource {
  resource: { attributes: RawAttributes };
  scopeMetrics: { metrics: RawMetric[] }[];
}

interface RawSpans {
  resource: { attributes: RawAttributes };
  scopeSpans: {
    spans: { spanId: string; startTimeUnixNano: string; endTimeUnixNano: string; attributes: RawAttributes }[];
  }[];
}

function attributesOf(pairs: RawAttributes): Record<string, string> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, String(Object.values(value)[0])]));
}
