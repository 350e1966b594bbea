// What does a page give to the tracker, and what does it get back?
// SPDX-License-Identifier: MIT

export type MetaValue = string | number | boolean | null;

/** Flat. Values of another type are left out; undefined too. */
export type Meta = Record<string, MetaValue | undefined>;

export interface TransportRequest {
  method: "POST";
  headers: Record<string, string>;
  body: string;
  /** The request outlives the page. */
  keepalive: boolean;
  credentials: "omit";
  cache: "no-store";
  mode: "cors";
  redirect: "error";
  /** The address of the page, with its query, is not sent. */
  referrerPolicy: "strict-origin";
  signal?: AbortSignal;
}

export interface TransportAnswer {
  status: number;
  headers: { get(name: string): string | null };
}

/** `fetch`, or something of the page's own that sends a batch; it may reject. */
export type Transport = (url: string, request: TransportRequest) => Promise<TransportAnswer>;

export interface TrackerOptions {
  /** Address of the session service, with or without `/api/playback-events` at its end. */
  endpoint: string;
  token: string;
  projectId: string;
  /** What is watched: the name that the pipeline that makes the stream has in `stream=`. */
  streamId?: string | undefined;
  /** A pseudonym; default: a new random UUID. */
  sessionId?: string | undefined;
  /** Which part of all sessions is reported, more than 0 and at most 1; default 1. */
  sampleRate?: number | undefined;
  /** Events that make a request due, 1 … 100; default 10. */
  batchSize?: number | undefined;
  /** How long an event waits at most for others, milliseconds; 0: until the batch is full or flush() is called. Default 5000. */
  flushIntervalMs?: number | undefined;
  /** Events that wait at most; default 1000. */
  maxQueueEvents?: number | undefined;
  /** After which a request counts as failed, milliseconds; default 10 000. */
  timeoutMs?: number | undefined;
  transport?: Transport | undefined;
  /** A W3C `traceparent` for the next request; called synchronously, its failures are ignored. */
  traceparent?: (() => string | undefined | null) | undefined;
}

export interface TrackerStats {
  /** Events that wait, with those of the request that is under way. */
  queued: number;
  /** Events that the service has accepted. */
  sent: number;
  /** Events that were lost: the queue was full, or the service refused them. */
  dropped: number;
  /** Events that were not taken because the session is not in the sample. */
  sampledOut: number;
  /** Failures inside the SDK; none of them reaches the page. */
  faults: number;
}

export type NetworkKind = "manifest" | "segment";
export type AbsenceReason =
  | "native_hls_unavailable"
  | "hlsjs_signal_unavailable"
  | "browser_api_unavailable"
  | "resource_timing_unavailable"
  | "cors_timing_blocked"
  | "service_worker_opaque";

export interface Tracker {
  readonly sessionId: string;
  /** Takes an event; sends it later. `atMs`: when it happened, milliseconds since 1970, if not now. Never throws. */
  track(name: string, meta?: Meta, atMs?: number): void;
  /** The player cannot see requests of this kind: their absence is no finding. */
  signalAbsent(kind: NetworkKind, adapter: "hls.js" | "native_hls" | "unknown", reason: AbsenceReason): void;
  /** Sends what waits. Resolves when it was sent or its attempts have failed; never rejects. */
  flush(): Promise<void>;
  stats(): TrackerStats;
  /** Ends the session and sends what waits. Further calls do nothing; never rejects. */
  destroy(): Promise<void>;
}
