// How do metrics reach an OpenTelemetry collector? Through the official SDK and exporter, wrapped for outages.
// SPDX-License-Identifier: MPL-2.0

import { type DiagLogger, DiagLogLevel, diag } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-grpc";
import type { Resource } from "@opentelemetry/resources";
import { MeterProvider, type MetricProducer, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import type { Log } from "../log.js";
import { ResilientExporter } from "./otlp-exporter.js";
import { HttpMetricExporter } from "./otlp-http-metrics.js";
import { metadataOf, openSender, type Protocol } from "./otlp-sender.js";
import type { Backoff } from "./retry.js";
import { ServerState } from "./server-state.js";
import { endpointOf } from "./transport.js";

export interface OtlpOptions {
  /** http: in the clear, https: TLS; may have credentials. */
  endpoint: string;
  headers?: Record<string, string>;
  protocol?: Protocol;
  /** HTTP: the path of the endpoint is whole already. */
  exact?: boolean;
  intervalMs: number;
  resource: Resource;
  producer: MetricProducer;
  version: string;
  log: Log;
  backoff?: Backoff;
  rebuildAfterMs?: number;
}

/** Data points in one request: servers commonly refuse more than 4 MiB, and a point has about 560 bytes. */
const BATCH_POINTS = 2000;

export class OtlpOutput {
  readonly #exporter: ResilientExporter;
  readonly #provider: MeterProvider;
  #closed = false;

  /** Throws ERR_SERVER_URL. The first export comes after one interval. */
  constructor(options: OtlpOptions) {
    quietSdk(options.log);
    const endpoint = endpointOf(
      options.endpoint,
      "",
      options.headers === undefined ? {} : { headers: options.headers },
    );
    const metadata = metadataOf(endpoint.headers, options.log);
    const http = (timeoutMs: number) => new HttpMetricExporter(openSender(httpOptions(options)), timeoutMs);
    this.#exporter = new ResilientExporter({
      build: (generation, timeoutMillis) =>
        options.protocol === "http/protobuf"
          ? http(timeoutMillis)
          : new OTLPMetricExporter({
              url: endpoint.url,
              metadata,
              timeoutMillis,
              userAgent: `gst-pyroscope/${options.version} (${generation})`,
            }),
      state: new ServerState("metrics", endpoint.shown, options.log),
      budgetMs: options.intervalMs * 0.8,
      backoff: options.backoff ?? { firstMs: 500, maxMs: 4000 },
      rebuildAfterMs: options.rebuildAfterMs ?? 5000,
    });
    const reader = new PeriodicExportingMetricReader({
      exporter: this.#exporter,
      exportIntervalMillis: options.intervalMs,
      exportTimeoutMillis: options.intervalMs,
      maxExportBatchSize: BATCH_POINTS,
      metricProducers: [options.producer],
    });
    this.#provider = new MeterProvider({ resource: options.resource, readers: [reader] });
  }

  /** Collects and exports now; true when the collector has it. */
  async flush(deadlineMs: number): Promise<boolean> {
    if (this.#closed) return false;
    this.#exporter.hurry(deadlineMs);
    const done = await within(deadlineMs, this.#provider.forceFlush({ timeoutMillis: Math.max(1, deadlineMs) }));
    this.#exporter.calm();
    return done && this.#exporter.lastSucceeded;
  }

  /** The last export. */
  async close(deadlineMs: number): Promise<boolean> {
    if (this.#closed) return false;
    this.#closed = true;
    this.#exporter.hurry(deadlineMs);
    const done = await within(deadlineMs, this.#provider.shutdown({ timeoutMillis: Math.max(1, deadlineMs) }));
    return done && this.#exporter.lastSucceeded;
  }
}

function httpOptions({ endpoint, headers = {}, exact = false, version, log }: OtlpOptions) {
  const userAgent = `gst-pyroscope/${version}`;
  return { signal: "metrics", protocol: "http/protobuf", endpoint, exact, headers, userAgent, log } as const;
}

/** True when it came to an end in time; failures are told by the exporter. */
function within(ms: number, work: Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    work
      .then(
        () => resolve(true),
        () => resolve(false),
      )
      .finally(() => clearTimeout(timer));
  });
}

/** The SDK says the same at every failure, with a stack: that is for debugging. Its warnings are said once each. */
function quietSdk(log: Log): void {
  const said = new Set<string>();
  const text = (message: string, args: unknown[]) => [message, ...args.map(String)].join(" ");
  const once = (message: string, args: unknown[]) => {
    if (said.has(message) || said.size >= 20) return;
    said.add(message);
    log.warn("OpenTelemetry SDK", { message: text(message, args) });
  };
  const debug = (message: string, ...args: unknown[]) =>
    log.debug("OpenTelemetry SDK", { message: text(message, args) });
  const logger: DiagLogger = {
    error: (message, ...args) =>
      message.includes("collection errors") ? once(message, args) : debug(message, ...args),
    warn: (message, ...args) => once(message, args),
    info: debug,
    debug: () => {},
    verbose: () => {},
  };
  diag.setLogger(logger, { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true });
}
