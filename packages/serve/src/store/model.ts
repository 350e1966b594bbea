// How does a session change with an event, or when none comes?
// SPDX-License-Identifier: MPL-2.0
import type { CheckedEvent } from "@gst-pyroscope/contract/wire";
import type { SessionRow } from "./port.js";

/** Without an event for so long a session is stalled, then ended. */
export const stalledAfterMs = 60_000;
export const endedAfterMs = 300_000;

/** Sample rates (millionths) may differ by this much before it counts as a drift. */
const driftPpm = 100;
export const everySession = 1_000_000;

export interface Facts extends Omit<SessionRow, "projectId" | "sessionId" | "signalAbsent" | "sampleRatePpm"> {
  /** null: no event has named a rate yet. */
  ppm: number | null;
  /** Highest sequence number so far, -1: none. A higher one cannot be a duplicate. */
  topSequence: number;
}

export const newFacts = (receivedMs: number, correlationId: string): Facts => ({
  state: "active",
  startedMs: receivedMs,
  lastSeenMs: receivedMs,
  endedMs: null,
  endSource: null,
  events: 0,
  correlationId,
  streamId: null,
  ppm: null,
  topSequence: -1,
});

/**
 * When a batch counts as received in a session. The clock may be set back; then what comes later would stand before what
 * was read already, and a reader who goes on from a cursor would never see it.
 */
export const receiptMs = ({ lastSeenMs }: Facts, receivedMs: number): number =>
  receivedMs >= lastSeenMs ? receivedMs : lastSeenMs + 1;

type Taken = Pick<CheckedEvent, "name" | "sequence" | "streamId" | "sampleRatePpm">;

/** Events after the end are kept and counted, and do not open the session again. true: the sample rate drifted. */
export const takeEvent = (facts: Facts, event: Taken, receivedMs: number): boolean => {
  facts.events++;
  facts.lastSeenMs = Math.max(facts.lastSeenMs, receivedMs);
  if (facts.state === "stalled") facts.state = "active";
  if (event.name === "session_ended" && facts.state !== "ended") {
    facts.state = "ended";
    facts.endedMs = receivedMs;
    facts.endSource = "client";
  }
  facts.streamId ??= event.streamId;
  if (event.sequence !== null) facts.topSequence = Math.max(facts.topSequence, event.sequence);
  if (event.sampleRatePpm === null) return false;
  facts.ppm ??= event.sampleRatePpm;
  return Math.abs(facts.ppm - event.sampleRatePpm) > driftPpm;
};
