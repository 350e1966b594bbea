// What was set for one signal of OTLP? Its own settings, and for the rest those of all signals.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import type { Config } from "../../config/config.js";
import type { Protocol, SenderOptions, Signal } from "./sender.js";

export interface SignalSettings extends Omit<SenderOptions, "userAgent" | "log"> {
  /** Of one try. */
  timeoutMs: number;
}

const USUAL_TIMEOUT_MS = 10_000;

/** null: this signal goes nowhere. */
export function signalSettings(config: Config, signal: Signal): SignalSettings | null {
  const own = ownSettings(config, signal);
  const endpoint = own.endpoint || config.otlpEndpoint;
  if (endpoint === "" || config.otlpDisabled || !own.exporter.includes("otlp")) return null;
  const compression = own.compression === "auto" ? config.otlpCompression : own.compression;
  return {
    signal,
    endpoint,
    exact: own.endpoint !== "",
    protocol: protocolFor(own.protocol === "auto" ? config.otlpProtocol : own.protocol, endpoint),
    headers: Object.keys(own.headers).length > 0 ? own.headers : config.otlpHeaders,
    gzip: compression === "gzip",
    timeoutMs: own.timeout || config.otlpTimeout || USUAL_TIMEOUT_MS,
    tls: {
      ca: file(own.certificate || config.otlpCertificate),
      cert: file(own.clientCertificate || config.otlpClientCertificate),
      key: file(own.clientKey || config.otlpClientKey),
    },
  };
}

function ownSettings(config: Config, signal: Signal) {
  return signal === "traces"
    ? {
        endpoint: config.tracesEndpoint,
        exporter: config.tracesExporter as string[],
        protocol: config.tracesProtocol,
        headers: config.tracesHeaders,
        compression: config.tracesCompression,
        timeout: config.tracesTimeout,
        certificate: config.tracesCertificate,
        clientCertificate: config.tracesClientCertificate,
        clientKey: config.tracesClientKey,
      }
    : {
        endpoint: config.metricsEndpoint,
        exporter: config.metricsExporter as string[],
        protocol: config.metricsProtocol,
        headers: config.metricsHeaders,
        compression: config.metricsCompression,
        timeout: config.metricsTimeout,
        certificate: config.metricsCertificate,
        clientCertificate: config.metricsClientCertificate,
        clientKey: config.metricsClientKey,
      };
}

/** It could be read when it was set; gone since, the connection will say what is missing. */
function file(path: string): Buffer | undefined {
  try {
    return path === "" ? undefined : readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Port 4318 is HTTP's by convention. */
function protocolFor(wanted: Protocol | "auto", endpoint: string): Protocol {
  if (wanted !== "auto") return wanted;
  return URL.canParse(endpoint) && new URL(endpoint).port === "4318" ? "http/protobuf" : "grpc";
}
