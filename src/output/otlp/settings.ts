// What was set for one signal of OTLP? Its own settings, and for the rest those of all signals.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import type { Config } from "../../config/configuration.js";
import { attempt } from "../../model/attempt.js";
import type { Protocol, SenderOptions, Signal } from "./sending.js";

export interface SignalSettings extends Omit<SenderOptions, "userAgent" | "log"> {
  /** Of one try. */
  timeoutMs: number;
}

const USUAL_TIMEOUT_MS = 10_000;

/** null: this signal goes nowhere. */
export function signalSettings(config: Config, signal: Signal): SignalSettings | null {
  const exact = config[`${signal}Endpoint`];
  const endpoint = exact || config.otlpEndpoint;
  if (endpoint === "" || config.otlpDisabled || !config[`${signal}Exporter`].includes("otlp")) return null;
  const own = { protocol: config[`${signal}Protocol`], compression: config[`${signal}Compression`] };
  const compression = own.compression === "auto" ? config.otlpCompression : own.compression;
  const headers = config[`${signal}Headers`];
  return {
    signal,
    endpoint,
    exact: exact !== "",
    protocol: protocolFor(own.protocol === "auto" ? config.otlpProtocol : own.protocol, endpoint),
    headers: Object.keys(headers).length > 0 ? headers : config.otlpHeaders,
    gzip: compression === "gzip",
    timeoutMs: config[`${signal}Timeout`] || config.otlpTimeout || USUAL_TIMEOUT_MS,
    tls: {
      ca: file(config[`${signal}Certificate`] || config.otlpCertificate),
      cert: file(config[`${signal}ClientCertificate`] || config.otlpClientCertificate),
      key: file(config[`${signal}ClientKey`] || config.otlpClientKey),
    },
  };
}

/** It could be read when it was set; gone since, the connection will say what is missing. */
const file = (path: string): Buffer | undefined =>
  path === "" ? undefined : attempt(() => readFileSync(path), undefined);

/** Port 4318 is HTTP's by convention. */
function protocolFor(wanted: Protocol | "auto", endpoint: string): Protocol {
  if (wanted !== "auto") return wanted;
  return URL.canParse(endpoint) && new URL(endpoint).port === "4318" ? "http/protobuf" : "grpc";
}
