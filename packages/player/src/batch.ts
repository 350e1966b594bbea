// How many of the waiting events fit into one request, and what is its text?
// SPDX-License-Identifier: MIT
import { MAX_BATCH } from "./options.js";
import type { EventQueue, WaitingEvent } from "./queue.js";

/** The contract allows 262 144 bytes; some room is left for boundaries. */
export const MOST_BYTES = 250_000;
/** What browsers send for pages that are gone: 64 KiB, headers included by some. */
export const MOST_LAST_BYTES = 60_000;

export interface Boundary {
  kind: "network_signal_absent";
  project_id: string;
  session_id: string;
  network_kind: string;
  adapter: string;
  reason: string;
  client_timestamp: string;
}

export interface Batch {
  events: WaitingEvent[];
  boundaries: Boundary[];
  body: string;
}

/** Takes from the queue; what does not fit goes back to its beginning. */
export function nextBatch(queue: EventQueue, boundaries: Boundary[], mostBytes: number): Batch | undefined {
  const taken = queue.take(MAX_BATCH);
  if (taken.length === 0) return undefined;
  if (queue.dropped > 0) markLoss(taken, queue.dropped);
  const texts = taken.map((event) => JSON.stringify(event));
  const fitting = howManyFit(texts, mostBytes);
  queue.putBack(taken.slice(fitting));
  return { events: taken.slice(0, fitting), boundaries, body: bodyOf(texts.slice(0, fitting), boundaries) };
}

/** The events of a page that goes away: those that fit, and always the last ones. */
export function lastBatch(events: WaitingEvent[], boundaries: Boundary[], dropped: number): Batch {
  const newest = events.slice(-MAX_BATCH);
  if (dropped > 0 && newest.length > 0) markLoss(newest, dropped);
  const texts = newest.map((event) => JSON.stringify(event));
  const fitting = howManyFit([...texts].reverse(), MOST_LAST_BYTES);
  const from = newest.length - fitting;
  return { events: newest.slice(from), boundaries, body: bodyOf(texts.slice(from), boundaries) };
}

/** The first event says how many were lost so far. */
function markLoss(events: WaitingEvent[], dropped: number): void {
  const [first] = events;
  if (first) events[0] = { ...first, meta: { ...first.meta, sdk_dropped: dropped } };
}

/** At least one: an event is bounded itself. */
function howManyFit(texts: string[], most: number): number {
  let bytes = 0;
  for (const [index, text] of texts.entries()) {
    bytes += bytesOf(text) + 1;
    if (bytes > most) return Math.max(1, index);
  }
  return texts.length;
}

const encoder = typeof TextEncoder === "function" ? new TextEncoder() : undefined;

/** Without an encoder: as if every character took the most bytes that UTF-8 needs for one. */
function bytesOf(text: string): number {
  return encoder ? encoder.encode(text).length : text.length * 3;
}

function bodyOf(events: string[], boundaries: Boundary[]): string {
  const more = boundaries.length > 0 ? `,"session_boundaries":${JSON.stringify(boundaries)}` : "";
  return `{"schema_version":"1.0","events":[${events.join(",")}]${more}}`;
}
