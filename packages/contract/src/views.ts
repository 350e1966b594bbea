// How do stored sessions and events look to a reader?
// SPDX-License-Identifier: MPL-2.0
import { ALL_PPM } from "./sampling.js";
import { writeTimestamp } from "./timestamps.js";
import type {
  DeliveryStatus,
  EndSource,
  EventView,
  Meta,
  Sdk,
  SessionState,
  SessionView,
  SignalAbsent,
} from "./wire.js";

/** What a store keeps of a session; times are milliseconds since 1970. */
export interface StoredSession {
  projectId: string;
  sessionId: string;
  state: SessionState;
  startedMs: number;
  lastSeenMs: number;
  endedMs: number | null;
  endSource: EndSource | null;
  /** Events ever received, also those that retention has removed since. */
  events: number;
  correlationId: string;
  /** Millionths; 1 000 000: the player reports every session. */
  sampleRatePpm: number;
  streamId: string | null;
  signalAbsent: readonly SignalAbsent[];
}

/** What a store keeps of an event; times are milliseconds since 1970. */
export interface StoredEvent {
  projectId: string;
  sessionId: string;
  ingest: number;
  name: string;
  clientMs: number;
  clientOriginMs: number | null;
  receivedMs: number;
  sequence: number | null;
  sdk: Sdk;
  meta: Meta | null;
  correlationId: string;
  traceId: string | null;
  skewed: boolean;
  delivery: DeliveryStatus;
}

export function sessionView(row: StoredSession): SessionView {
  const sampled = row.sampleRatePpm < ALL_PPM;
  return {
    session_id: row.sessionId,
    project_id: row.projectId,
    state: row.state,
    started_at: writeTimestamp(row.startedMs),
    last_event_at: writeTimestamp(row.lastSeenMs),
    ...(row.endedMs === null ? {} : { ended_at: writeTimestamp(row.endedMs) }),
    end_source: row.endSource,
    event_count: row.events,
    correlation_id: row.correlationId,
    network_signal_absent: signalsAbsent(row.signalAbsent),
    ...(sampled ? { sample_rate_ppm: row.sampleRatePpm, sample_rate: row.sampleRatePpm / ALL_PPM } : {}),
    ...(row.streamId === null ? {} : { stream_id: row.streamId }),
  };
}

export function eventView(row: StoredEvent): EventView {
  return {
    event_name: row.name,
    project_id: row.projectId,
    session_id: row.sessionId,
    client_timestamp: writeTimestamp(row.clientMs),
    ...(row.clientOriginMs === null ? {} : { client_time_origin: writeTimestamp(row.clientOriginMs) }),
    server_received_at: writeTimestamp(row.receivedMs),
    ingest_sequence: row.ingest,
    ...(row.sequence === null ? {} : { sequence_number: row.sequence }),
    sdk: row.sdk,
    ...(row.meta === null ? {} : { meta: row.meta }),
    correlation_id: row.correlationId,
    ...(row.traceId === null ? {} : { trace_id: row.traceId }),
    ...(row.skewed ? { time_skew_warning: true } : {}),
    delivery_status: row.delivery,
  };
}

/** Sorted by kind, adapter, reason; each once. */
export function signalsAbsent(boundaries: readonly SignalAbsent[]): SignalAbsent[] {
  const byKey = new Map(
    boundaries.map(({ kind, adapter, reason }) => [[kind, adapter, reason].join("\n"), { kind, adapter, reason }]),
  );
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, signal]) => signal);
}
