// What is one connection of OpenTelemetry's exporter for gRPC? With what was set for this target, whatever else the environment has.
// SPDX-License-Identifier: MPL-2.0

import { credentials, type ServiceError } from "@grpc/grpc-js";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-grpc";
import type { ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { environment } from "../../config/config.js";
import { authorityOf } from "../../delivery/exchange.js";
import type { Route } from "../../delivery/proxies.js";
import type { Endpoint, Tls } from "../../delivery/transport.js";
import type { Log } from "../../log.js";
import { type Answer, answerOf } from "./answers.js";
import { hearGrpc } from "./grpc-route.js";
import { heardOfAnswer } from "./sdk-log.js";
import { metadataOf, secureBy } from "./sender.js";

export interface SdkExporterOptions {
  target: Endpoint;
  gzip: boolean;
  /** Only with https. */
  tls: Tls | undefined;
  userAgent: string;
  /** Of each call; a shorter one is the caller's business. */
  timeoutMs: number;
  log: Log;
}

type Config = NonNullable<ConstructorParameters<typeof OTLPMetricExporter>[0]>;
type Variables = Record<string, string | undefined>;

export class SdkExporter {
  readonly #target: Endpoint;
  readonly #exporter: OTLPMetricExporter;

  constructor({ target, gzip, tls, userAgent, timeoutMs, log }: SdkExporterOptions) {
    hearGrpc();
    this.#target = target;
    const secure = target.url.startsWith("https:");
    const config = {
      url: addressOf(target.url),
      metadata: metadataOf(target.headers, log),
      credentials: secure ? secureBy(tls, log) : credentials.createInsecure(),
      compression: (gzip ? "gzip" : "none") as NonNullable<Config["compression"]>,
      userAgent,
      timeoutMillis: timeoutMs,
    };
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
    return withVariables(proxyVariables(this.#target.route), work);
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

/** What gRPC reads, for this way and no other. */
function proxyVariables(route: Route): Variables {
  if (route.kind !== "proxy") return {};
  const { host, port, credentials: login } = route.proxy;
  const [user = "", ...password] = login.split(":");
  const before = login === "" ? "" : `${encodeURIComponent(user)}:${encodeURIComponent(password.join(":"))}@`;
  return { grpc_proxy: `http://${before}${host}:${port}` };
}

/** The exporter adds the headers that it finds there, of whatever target, and gRPC takes proxies by other rules than ours. */
const hidden = /^OTEL_|_proxy$/i;

/** `work` must not wait for anything: the variables are those of the whole process. */
function withVariables<T>(set: Variables, work: () => T): T {
  const variables = environment() as Variables;
  const kept = Object.entries(variables).filter(([name]) => hidden.test(name));
  for (const [name] of kept) delete variables[name];
  Object.assign(variables, set);
  try {
    return work();
  } finally {
    for (const name of Object.keys(set)) delete variables[name];
    Object.assign(variables, Object.fromEntries(kept));
  }
}
