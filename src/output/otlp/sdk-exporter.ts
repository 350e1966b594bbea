// What is one connection of OpenTelemetry's exporter for gRPC? With what was set for this target, whatever else the environment has.
// SPDX-License-Identifier: MPL-2.0

import type { ChannelCredentials, Metadata, ServiceError } from "@grpc/grpc-js";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-grpc";
import type { ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { environment, withEnvironment } from "../../config/config.js";
import type { Environment } from "../../config/configuration.js";
import { authorityOf } from "../../delivery/exchange.js";
import type { HttpProxy, Route } from "../../delivery/proxies.js";
import type { Endpoint } from "../../delivery/transport.js";
import { type Answer, answerOf } from "./answers.js";
import { hearGrpc } from "./grpc-route.js";
import { heardOfAnswer } from "./sdk-log.js";

export interface SdkExporterOptions {
  target: Endpoint;
  gzip: boolean;
  metadata: Metadata;
  credentials: ChannelCredentials;
  userAgent: string;
  /** Of each call; a shorter one is the caller's business. */
  timeoutMs: number;
}

type Config = NonNullable<ConstructorParameters<typeof OTLPMetricExporter>[0]>;

export class SdkExporter {
  readonly #target: Endpoint;
  readonly #exporter: OTLPMetricExporter;

  constructor({ target, gzip, timeoutMs, ...same }: SdkExporterOptions) {
    hearGrpc();
    this.#target = target;
    const compression = (gzip ? "gzip" : "none") as NonNullable<Config["compression"]>;
    const config = { ...same, url: addressOf(target.url), compression, timeoutMillis: timeoutMs };
    this.#exporter = this.#byOurWay(() => new OTLPMetricExporter(config));
  }

  /** Never rejects. */
  export(metrics: ResourceMetrics): Promise<Answer> {
    return new Promise((resolve) => {
      try {
        // It connects with the first export, and then only.
        this.#byOurWay(() => this.#exporter.export(metrics, ({ error }) => resolve(this.#answer(error))));
      } catch (error) {
        resolve({ status: 400, message: (error as Error).message });
      }
    });
  }

  /** After the calls that are under way. */
  close(): void {
    void this.#exporter.shutdown().catch(() => undefined);
  }

  #answer(error: Error | undefined): Answer {
    const { rejected, response } = heardOfAnswer();
    if (error === undefined) {
      const answer = answerOf(this.#target, "", null, response);
      return rejected === undefined ? answer : { ...answer, rejected };
    }
    if (typeof (error as ServiceError).code !== "number") return { status: 503, message: error.message };
    return answerOf(this.#target, isPage(error as ServiceError) ? "text/html" : "", error as ServiceError);
  }

  #byOurWay<T>(work: () => T): T {
    return withEnvironment(variablesFor(this.#target.route), work);
  }
}

/** As its URL, of which it keeps the port only where that is not the usual one of the scheme; credentials decide about TLS. */
function addressOf(url: string): string {
  const authority = authorityOf(url);
  return `${authority.endsWith(":80") ? "https" : "http"}://${authority}`;
}

/**
 * The beginning of a page read as the length of a message: gRPC says how long it would be, and the first letter alone makes it
 * longer than 512 MiB. What a collector says of our requests is a hundredth of that.
 */
function isPage({ details }: ServiceError): boolean {
  return Number(/^Received message larger than max \((\d+) /.exec(details)?.[1] ?? 0) >= 0x2000_0000;
}

/** The exporter adds the headers that it finds there, of whatever target, and gRPC takes proxies by other rules than ours. */
const hidden = /^OTEL_|_proxy$/i;

/** Ours, with what gRPC reads for this way and no other. */
function variablesFor(route: Route): Environment {
  const kept = Object.entries(environment()).filter(([name]) => !hidden.test(name));
  return { ...Object.fromEntries(kept), ...(route.kind === "proxy" && { grpc_proxy: proxyAddress(route.proxy) }) };
}

function proxyAddress({ host, port, credentials: login }: HttpProxy): string {
  const [user = "", ...password] = login.split(":");
  const before = login === "" ? "" : `${encodeURIComponent(user)}:${encodeURIComponent(password.join(":"))}@`;
  return `http://${before}${host}:${port}`;
}
