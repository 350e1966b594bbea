// When did each event happen, by the service's clock, if the viewer's is wrong and batches come late?
// SPDX-License-Identifier: MPL-2.0
import type { EventView } from "@gst-pyroscope/contract/wire";

export interface Placed {
  event: EventView;
  /** Seconds since 1970, by the service's clock. */
  at: number;
}

/** Differences further apart are of different clocks: a batch does not wait that long, a clock is set by more. */
const ONE_CLOCK_MS = 3_600_000;

/**
 * In order, each event once. Distances are those of the viewer's clock, which saw the events happen. The service's
 * clock saw when they came: the event that was on the way for the shortest time tells the difference of the two.
 */
export function placed(events: EventView[]): Placed[] {
  const placeOf = placing(events);
  return withoutRepeated(events)
    .map((event) => ({ event, at: placeOf(event) }))
    .sort((a, b) => a.at - b.at || numberOf(a) - numberOf(b));
}

/** Answers with what tells when one of these events happened. */
export function placing(events: EventView[]): (event: EventView) => number {
  const offset = offsets(events.map(delayOf));
  return (event) => (Date.parse(event.client_timestamp) + offset(delayOf(event))) / 1000;
}

/** Milliseconds: on the way, and between the two clocks. */
const delayOf = (event: EventView): number => Date.parse(event.server_received_at) - Date.parse(event.client_timestamp);

const numberOf = ({ event }: Placed): number => event.sequence_number ?? 0;

/** Per clock, the smallest delay. Answers with what tells it for an event's delay. */
function offsets(delays: number[]): (delay: number) => number {
  const smallest: number[] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const delay of [...delays].sort((a, b) => a - b)) {
    if (delay - before > ONE_CLOCK_MS) smallest.push(delay);
    before = delay;
  }
  return (delay) => smallest.findLast((one) => one <= delay) ?? delay;
}

/** What was sent twice has the same number, name and time; an event of a page that was opened again has not. */
function withoutRepeated(events: EventView[]): EventView[] {
  const seen = new Set<string>();
  return events.filter(({ sequence_number, client_timestamp, event_name }) => {
    if (sequence_number === undefined) return true;
    const key = `${sequence_number} ${client_timestamp} ${event_name}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
