// How do metrics reach an OpenTelemetry collector? Collected and packed by the official SDK, sent as spans are.
// SPDX-License-Identifier: MPL-2.0

import type { Resource } from "@opentelemetry/resources";
import { MeterProvider, type MetricProducer, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { pause } from "../../delivery/pause.js";
import type { Backoff } from "../../delivery/retry.js";
import type { ServerState } from "../../delivery/server-state.js";
import { patienceMs, ResilientExporter } from "./exporter.js";
import type { CoreOf } from "./metrics-packer.js";
import { openMetricsSender } from "./metrics-sender.js";
import { metricsState } from "./metrics-state.js";
import { quietSdk } from "./sdk-log.js";
import type { SenderOptions } from "./sending.js";

export interface OtlpOptions extends Omit<SenderOptions, "signal" | "userAgent"> {
  /** Who sends over gRPC; without, OpenTelemetry's exporter. */
  implementation?: "sdk" | "own";
  /** Of one try, at most. */
  timeoutMs: number;
  intervalMs: number;
  resource: Resource;
  producer: MetricProducer;
  /** By what its points are known that differ in nothing but their end; without, each is written anew. */
  coreOf?: CoreOf;
  /** What is new since the last export that arrived, instead of all since the start. */
  delta: boolean;
  version: string;
  /** Of the collector; without, one of its own. */
  state?: ServerState;
  backoff?: Backoff;
  renewAfterMs?: number;
}

/** Data points in one request: servers commonly refuse more than 4 MiB, and a point has about 560 bytes. */
const BATCH_POINTS = 2000;

export class OtlpOutput {
  readonly #exporter: ResilientExporter;
  readonly #provider: MeterProvider;
  #closed = false;

  /** Throws ERR_SERVER_URL. The first export comes after one interval, unless it is begun. */
  constructor(options: OtlpOptions) {
    quietSdk(options.log);
    const budgetMs = options.intervalMs * 0.8;
    this.#exporter = new ResilientExporter({
      sender: openMetricsSender({
        ...options,
        implementation: options.implementation ?? "sdk",
        signal: "metrics",
        userAgent: `gst-pyroscope/${options.version}`,
        timeoutMs: patienceMs(budgetMs, options.timeoutMs),
      }),
      state: options.state ?? metricsState(options.endpoint, options.log),
      budgetMs,
      timeoutMs: options.timeoutMs,
      backoff: options.backoff ?? { firstMs: 500, maxMs: 4000 },
      renewAfterMs: options.renewAfterMs ?? 5000,
      delta: options.delta,
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

  /** The first export, now; the next ones come by themselves, after one interval each. Whether it arrives, the exporter tells. */
  begin(): void {
    if (!this.#closed) void this.#provider.forceFlush().catch(() => undefined);
  }

  /** Collects and exports now; true when the collector has it. */
  async flush(deadlineMs: number): Promise<boolean> {
    if (this.#closed) return false;
    this.#exporter.beginFlush(deadlineMs);
    const done = await within(deadlineMs, this.#provider.forceFlush({ timeoutMillis: Math.max(1, deadlineMs) }));
    this.#exporter.endFlush();
    return done && this.#exporter.lastSucceeded;
  }

  /** The last export. */
  async close(deadlineMs: number): Promise<boolean> {
    if (this.#closed) return false;
    this.#closed = true;
    this.#exporter.beginFlush(deadlineMs);
    const done = await within(deadlineMs, this.#provider.shutdown({ timeoutMillis: Math.max(1, deadlineMs) }));
    return done && this.#exporter.lastSucceeded;
  }
}

/** True when it came to an end in time; failures are told by the exporter. */
async function within(ms: number, work: Promise<void>): Promise<boolean> {
  const over = new AbortController();
  const done = work.then(() => true).catch(() => false);
  const late = pause(ms, over.signal).then(() => false);
  return Promise.race([done, late]).finally(() => over.abort());
}
