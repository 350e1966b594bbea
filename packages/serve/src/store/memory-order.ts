// In which order are texts and events in memory, and what does the part that keeps stalls know of sessions?
// SPDX-License-Identifier: MPL-2.0
import type { StoredEvent } from "@gst-pyroscope/contract/views";
import type { SignalAbsent } from "@gst-pyroscope/contract/wire";

export type EventRow = StoredEvent;

/** Order of texts as SQLite compares them: by their bytes in UTF-8. */
export const compareText = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export interface KeptSessions {
  has(project: string, sessionId: string): boolean;
  /** All, oldest first. */
  events(): EventRow[];
}

interface Place {
  received: number;
  sequence: number | null;
  ingest: number;
}

export const placeOf = (event: Pick<EventRow, "receivedMs" | "sequence" | "ingest">): Place => ({
  received: event.receivedMs,
  sequence: event.sequence,
  ingest: event.ingest,
});

export const comparePlaces = (a: Place, b: Place): number =>
  a.received - b.received || (a.sequence ?? -1) - (b.sequence ?? -1) || a.ingest - b.ingest;

export const absentKey = ({ kind, adapter, reason }: SignalAbsent): string => [kind, adapter, reason].join("\n");
