// Where does an event stand in its session, when it is in memory, and what does the part that keeps stalls know of sessions?
// SPDX-License-Identifier: MPL-2.0
import type { StoredEvent } from "@gst-pyroscope/contract/views";
import type { SignalAbsent } from "@gst-pyroscope/contract/wire";
import type { Place } from "./order.js";

export type EventRow = StoredEvent;

export interface KeptSessions {
  /** What is known of one; undefined: there is none. */
  session(project: string, sessionId: string): { streamId: string | null } | undefined;
  /** All, oldest first. */
  events(): EventRow[];
}

export const placeOf = (event: Pick<EventRow, "receivedMs" | "sequence" | "ingest">): Place => ({
  received: event.receivedMs,
  sequence: event.sequence,
  ingest: event.ingest,
});

export const absentKey = ({ kind, adapter, reason }: SignalAbsent): string => [kind, adapter, reason].join("\n");
