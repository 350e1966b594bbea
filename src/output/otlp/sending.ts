// What does an export of OTLP need to get to a collector, and what does its sender do? Types of both.
// SPDX-License-Identifier: MPL-2.0

import type { ResourceMetrics } from "@opentelemetry/sdk-metrics";
import type { Tls } from "../../delivery/transport.js";
import type { Log } from "../../log.js";
import type { Answer } from "./answers.js";
import type { Channels, Freshness } from "./channels.js";

export type Protocol = "grpc" | "http/protobuf";
export type Signal = "traces" | "metrics";

export interface SenderOptions {
  signal: Signal;
  protocol: Protocol;
  /** http: in the clear, https: TLS; may have credentials. */
  endpoint: string;
  /** HTTP: the path is whole already. */
  exact: boolean;
  headers: Record<string, string>;
  gzip?: boolean;
  /** Only with https. */
  tls?: Tls;
  userAgent: string;
  log: Log;
  /** Shared with others that send alike; a connection of its own without. */
  channels?: Channels;
}

export interface Sender {
  /** Without credentials. */
  readonly shown: string;
  /** Never rejects. */
  send(body: Uint8Array, timeoutMs: number, signal: AbortSignal): Promise<Answer>;
  /** Later sends take a new connection, unless the one that there is is fresh. */
  renew(unless: Freshness): void;
  close(): void;
}

/** Sends one export, each time that it is called. Never rejects. */
export type Try = (timeoutMs: number, signal: AbortSignal) => Promise<Answer>;

export interface MetricsSender extends Pick<Sender, "renew" | "close"> {
  /** Throws when these metrics cannot be sent by any try. */
  prepare(metrics: ResourceMetrics): Try;
}
