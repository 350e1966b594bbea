// Which number in the file stands for which word, and which object is a row?
// SPDX-License-Identifier: MPL-2.0
import { inflateSync } from "node:zlib";
import type { PipelineWindow } from "@gst-pyroscope/contract/window";
import type { DeliveryStatus, EndSource, Meta, SessionState, SignalAbsent } from "@gst-pyroscope/contract/wire";
import { everySession, type Facts } from "../model.js";
import type { EventRow, SessionRow } from "../port.js";
import type { WindowRow } from "../stall-port.js";

export const states: readonly SessionState[] = ["active", "stalled", "ended"];
export const endSources: readonly EndSource[] = ["client", "sweeper"];
export const deliveries: readonly DeliveryStatus[] = ["accepted", "duplicate_suspected", "replayed"];

export interface SessionColumns {
  pk: number;
  project: string;
  id: string;
  stream: string | null;
  state: number;
  started: number;
  last_seen: number;
  ended: number | null;
  end_source: number | null;
  events: number;
  correlation: string;
  ppm: number | null;
  top: number;
  client: string;
}

export const factsOf = (row: SessionColumns): Facts => ({
  state: states[row.state] ?? "active",
  startedMs: row.started,
  lastSeenMs: row.last_seen,
  endedMs: row.ended,
  endSource: row.end_source === null ? null : (endSources[row.end_source] ?? null),
  events: row.events,
  correlationId: row.correlation,
  streamId: row.stream,
  ppm: row.ppm,
  topSequence: row.top,
});

/** `absent`: JSON list of [kind, adapter, reason]. */
export const sessionRow = (row: SessionColumns & { absent: string }): SessionRow => {
  const { ppm, topSequence: _, ...facts } = factsOf(row);
  const absent = JSON.parse(row.absent) as [SignalAbsent["kind"], SignalAbsent["adapter"], SignalAbsent["reason"]][];
  return {
    projectId: row.project,
    sessionId: row.id,
    ...facts,
    sampleRatePpm: ppm ?? everySession,
    signalAbsent: absent.map(([kind, adapter, reason]) => ({ kind, adapter, reason })),
  };
};

export interface EventColumns {
  ingest: number;
  received: number;
  seq: number;
  name: string;
  client_ts: number;
  origin: number | null;
  sdk: string;
  meta: string | null;
  trace: string | null;
  skew: number;
  delivery: number;
  project: string;
  id: string;
  correlation: string;
}

export const eventRow = (row: EventColumns): EventRow => {
  const [name = "", version = ""] = JSON.parse(row.sdk) as string[];
  return {
    projectId: row.project,
    sessionId: row.id,
    ingest: row.ingest,
    name: row.name,
    clientMs: row.client_ts,
    clientOriginMs: row.origin,
    receivedMs: row.received,
    sequence: row.seq < 0 ? null : row.seq,
    sdk: { name, version },
    meta: row.meta === null ? null : (JSON.parse(row.meta) as Meta),
    correlationId: row.correlation,
    traceId: row.trace,
    skewed: row.skew === 1,
    delivery: deliveries[row.delivery] ?? "accepted",
  };
};

export interface WindowColumns {
  own_from: number;
  from_ms: number;
  to_ms: number;
  received: number;
  offset: number;
  data: Uint8Array;
}

export const windowRow = (project: string, row: WindowColumns): WindowRow => ({
  project,
  window: JSON.parse(inflateSync(row.data).toString("utf8")) as PipelineWindow,
  ownFromMs: row.own_from,
  fromMs: row.from_ms,
  toMs: row.to_ms,
  receivedMs: row.received,
  offsetMs: row.offset,
});
