// What do players send, what does the session service answer, and what does it keep of an event that passed the checks?
// SPDX-License-Identifier: MPL-2.0
import type { Adapter, EventName, NetworkKind, UnavailableReason } from "./names.js";

/** All times on the wire are RFC 3339 texts, in answers always UTC with milliseconds: 2026-11-30T04:48:00.000Z */
export type Timestamp = string;

export type MetaValue = string | number | boolean | null;

/** Flat; keys with a dot are names, not paths. src/meta.ts lists the keys that have a meaning. */
export type Meta = Record<string, MetaValue>;

export interface Sdk {
  name: string;
  version: string;
}

export interface PlayerEvent {
  /** One of `eventNames`, or a name of the sender's own. */
  event_name: EventName | (string & {});
  project_id: string;
  /** A pseudonym, made by the player: UUID or ULID by convention. */
  session_id: string;
  client_timestamp: Timestamp;
  sdk: Sdk;
  /** Counts up by one in each session; without it no duplicate can be recognised. */
  sequence_number?: number;
  /** When the page was opened, by the clock of client_timestamp. */
  client_time_origin?: Timestamp;
  meta?: Meta;
}

/** The player cannot know about requests of this kind, and why. */
export interface Boundary {
  kind: "network_signal_absent";
  project_id: string;
  session_id: string;
  network_kind: NetworkKind;
  adapter: Adapter;
  reason: UnavailableReason;
  client_timestamp: Timestamp;
}

/** Body of POST /api/playback-events. */
export interface Batch {
  schema_version: string;
  events: PlayerEvent[];
  session_boundaries?: Boundary[];
}

/** Answer 202; boundaries are not counted. */
export interface Accepted {
  accepted: number;
}

export type ErrorCode =
  | "token_missing"
  | "token_unknown"
  | "token_not_permitted"
  | "origin_not_permitted"
  | "body_too_large"
  | "body_not_json"
  | "body_not_object"
  | "rate_limited"
  | "schema_version_unknown"
  | "events_missing"
  | "events_too_many"
  | "event_invalid"
  | "boundary_invalid"
  | "windows_missing"
  | "windows_too_many"
  | "window_invalid"
  | "project_mismatch"
  | "limit_invalid"
  | "events_limit_invalid"
  | "cursor_invalid_legacy"
  | "cursor_invalid_malformed"
  | "cursor_expired"
  | "time_invalid"
  | "session_not_found"
  | "stream_not_found"
  | "incident_not_found"
  | "not_found"
  | "method_not_allowed"
  | "store_busy"
  | "store_full"
  | "internal_error";

/** Body of every answer that is not a success. `reason` is a sentence for a person; it never repeats a secret. */
export interface ErrorBody {
  error: ErrorCode;
  reason: string;
}

export type SessionState = "active" | "stalled" | "ended";
export type EndSource = "client" | "sweeper";
export type DeliveryStatus = "accepted" | "duplicate_suspected" | "replayed";

export interface SignalAbsent {
  kind: NetworkKind;
  adapter: Adapter;
  reason: UnavailableReason;
}

export interface SessionView {
  session_id: string;
  project_id: string;
  state: SessionState;
  started_at: Timestamp;
  last_event_at: Timestamp;
  ended_at?: Timestamp;
  end_source: EndSource | null;
  event_count: number;
  correlation_id: string;
  /** Sorted by kind, adapter, reason; each once. */
  network_signal_absent: SignalAbsent[];
  /** Only when the player reports a part of its sessions. */
  sample_rate_ppm?: number;
  sample_rate?: number;
  /** What is watched: meta.stream_id of the first event that names it. */
  stream_id?: string;
}

export interface EventView {
  event_name: string;
  project_id: string;
  session_id: string;
  client_timestamp: Timestamp;
  client_time_origin?: Timestamp;
  server_received_at: Timestamp;
  ingest_sequence: number;
  sequence_number?: number;
  sdk: Sdk;
  meta?: Meta;
  correlation_id: string;
  trace_id?: string;
  time_skew_warning?: true;
  delivery_status: DeliveryStatus;
}

/** GET /api/stream-sessions */
export interface SessionPage {
  sessions: SessionView[];
  next_cursor?: string;
}

/** GET /api/stream-sessions/{id} */
export interface SessionDetail {
  session: SessionView;
  events: EventView[];
  next_cursor?: string;
}

/** Data of `event: event_appended` of GET /api/stream-sessions/stream; its `id` is ingest_sequence. */
export interface StreamFrame {
  project_id: string;
  session_id: string;
  ingest_sequence: number;
  event_name: string;
}

/** Data of `event: backfill_truncated`: events before this one are not sent again. */
export interface BackfillTruncated {
  oldest_ingest_sequence: number;
}

/** An event that passed all checks, with redacted URLs. Times are milliseconds since 1970. */
export interface CheckedEvent {
  name: string;
  sessionId: string;
  clientMs: number;
  /** null: not sent. */
  sequence: number | null;
  clientOriginMs: number | null;
  sdk: Sdk;
  meta: Meta | null;
  /** meta.stream_id, cleaned. */
  streamId: string | null;
  /** meta.session_sample_rate in millionths, 1 … 1 000 000. */
  sampleRatePpm: number | null;
  /** The player's clock differs from ours by more than 60 s. */
  skewed: boolean;
}

export interface CheckedBoundary extends SignalAbsent {
  sessionId: string;
  clientMs: number;
}
