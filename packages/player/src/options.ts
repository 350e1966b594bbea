// Which settings does a tracker work with, and what is wrong with those it was given?
// SPDX-License-Identifier: MIT
import { newSessionId } from "./session-id.js";
import type { TrackerOptions, Transport } from "./types.js";

export const MAX_BATCH = 100;
const PATH = "/api/playback-events";

export interface Settings {
  url: string;
  token: string;
  projectId: string;
  streamId: string | undefined;
  sessionId: string;
  sampleRate: number;
  batchSize: number;
  flushIntervalMs: number;
  maxQueueEvents: number;
  timeoutMs: number;
  transport: Transport;
  traceparent: (() => string | undefined | null) | undefined;
}

/** Settings, or a sentence for the developer of the page. */
export function settingsOf(options: TrackerOptions): Settings | string {
  for (const name of ["endpoint", "token", "projectId"] as const)
    if (typeof options?.[name] !== "string" || options[name].trim() === "") return `set the option ${name}`;
  const transport = options.transport ?? defaultTransport();
  if (transport === undefined) return "this browser has no fetch(): give the option transport";
  const { sampleRate = 1 } = options;
  if (!(sampleRate > 0 && sampleRate <= 1)) return "sampleRate must be more than 0 and at most 1";
  return {
    url: addressOf(options.endpoint.trim()),
    token: options.token,
    projectId: options.projectId,
    streamId: options.streamId,
    sessionId: options.sessionId?.trim() || newSessionId(),
    sampleRate,
    batchSize: whole(options.batchSize, 10, 1, MAX_BATCH),
    flushIntervalMs: whole(options.flushIntervalMs, 5000, 0, 3_600_000),
    maxQueueEvents: whole(options.maxQueueEvents, 1000, 1, 100_000),
    timeoutMs: whole(options.timeoutMs, 10_000, 1, 600_000),
    transport,
    traceparent: options.traceparent,
  };
}

function addressOf(endpoint: string): string {
  const base = endpoint.replace(/\/+$/, "");
  return base.endsWith(PATH) ? base : base + PATH;
}

/** Looked up at each request: a page may replace fetch later, as monitoring does. */
function defaultTransport(): Transport | undefined {
  return typeof fetch === "function" ? (url, request) => fetch(url, request) : undefined;
}

function whole(value: number | undefined, otherwise: number, least: number, most: number): number {
  if (typeof value !== "number" || Number.isNaN(value)) return otherwise;
  return Math.min(most, Math.max(least, Math.round(value)));
}
