// Which fields of an event does a table of one session's events show, and how is each value written for a person?
// SPDX-License-Identifier: MPL-2.0
import type { EventView, MetaValue } from "@gst-pyroscope/contract/wire";
import { instantText } from "./format.js";

const forMachines = /^(stream_id|network\..*|cmcd_.*|frag_(type|date|sn).*|live|level)$/;
/** Milliseconds since 1970. */
const instants = /^(playing_date|frag_date(_\d)?)$/;

export interface FieldChoice {
  brief: boolean;
  /** That of the session. */
  stream: string | undefined;
}

/** Names and values. `brief`: without fields for machines; else without the ones that repeat what is said elsewhere. */
export function shownFields(event: EventView, { brief, stream }: FieldChoice): [string, string][] {
  return Object.entries(event.meta ?? {})
    .filter(([name, value]) => (brief ? !forMachines.test(name) : !isRepeated(event.event_name, stream, [name, value])))
    .map(([name, value]) => [name, textOf(name, value)]);
}

/** The page's heading has the stream, the event's name has the kind, and details that are there are seen. */
function isRepeated(event: string, stream: string | undefined, [name, value]: [string, MetaValue]): boolean {
  if (name === "network.kind") return event.startsWith(String(value));
  if (name === "stream_id") return value === stream;
  return name === "network.detail_status" && value === "available";
}

const textOf = (name: string, value: MetaValue): string =>
  instants.test(name) && typeof value === "number" && value > 0 ? instantText(value) : String(value);
