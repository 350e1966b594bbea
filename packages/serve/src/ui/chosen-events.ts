// Which events of a session are of a range of time, hold a text, or are problems?
// SPDX-License-Identifier: MPL-2.0
import type { EventView } from "@gst-pyroscope/contract/wire";
import { placing } from "./placed.js";
import type { Range } from "./range.js";

interface Choice {
  range: Range;
  onlyProblems: boolean;
  text: string;
}

export function chosenOf(events: EventView[], { range, onlyProblems, text }: Choice): EventView[] {
  const placeOf = placing(events);
  const { from = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = range;
  const wanted = text.toLowerCase();
  return events.filter((event) => {
    const at = placeOf(event) * 1000;
    return at >= from && at <= until && (!onlyProblems || isRemarkable(event)) && says(event, wanted);
  });
}

export const isProblem = ({ event_name }: { event_name: string }): boolean =>
  ["rebuffer_started", "playback_error", "segment_failed", "cmcd_error"].includes(event_name);

const isRemarkable = (event: EventView): boolean =>
  isProblem(event) || event.time_skew_warning === true || event.delivery_status !== "accepted";

function says({ event_name, meta }: EventView, wanted: string): boolean {
  if (wanted === "" || event_name.toLowerCase().includes(wanted)) return true;
  return Object.entries(meta ?? {}).some(([name, value]) => `${name} ${value}`.toLowerCase().includes(wanted));
}
