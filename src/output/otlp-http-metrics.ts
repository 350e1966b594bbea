// How do metrics go by http/protobuf? As the official exporter packs them, over our own transport.
// SPDX-License-Identifier: MPL-2.0

import { ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import type { PushMetricExporter, ResourceMetrics } from "@opentelemetry/sdk-metrics";
import type { Sender } from "./otlp-sender.js";

/** gRPC's codes, by which the exporter around it decides. */
const codeOf: Record<number, number> = { 0: 14, 400: 3, 401: 16, 403: 7, 404: 5, 408: 14, 429: 14, 503: 14, 504: 4 };
const UNAVAILABLE = 14;

export class HttpMetricExporter implements PushMetricExporter {
  readonly #sender: Sender;
  readonly #timeoutMs: number;
  readonly #end = new AbortController();

  constructor(sender: Sender, timeoutMs: number) {
    this.#sender = sender;
    this.#timeoutMs = timeoutMs;
  }

  export(metrics: ResourceMetrics, done: Parameters<PushMetricExporter["export"]>[1]): void {
    const body = ProtobufMetricsSerializer.serializeRequest(metrics);
    if (body === undefined) {
      done({ code: 1, error: new Error("metrics that cannot be packed") });
      return;
    }
    void this.#sender.send(body, this.#timeoutMs, this.#end.signal).then(({ status, message }) => {
      const code = codeOf[status] ?? UNAVAILABLE;
      if (status >= 200 && status < 300) done({ code: 0 });
      else done({ code: 1, error: Object.assign(new Error(message || `HTTP status ${status}`), { code }) });
    });
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.#end.abort();
    this.#sender.close();
  }
}
