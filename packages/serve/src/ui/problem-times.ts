// When did the service receive these events? The stream tells no times; the sessions that the events are of do.
// SPDX-License-Identifier: MPL-2.0
import type { SessionDetail, StreamFrame } from "@gst-pyroscope/contract/wire";
import { ask, problemOf } from "./api.js";

type Times = Map<number, number | "unknown">;

const PAGE = 1000;
/** Of one session: as many as its own page shows. */
const MOST_PAGES = 10;

/** By ingest number, milliseconds since 1970; without those that the service could not be asked about now. */
export async function timesOf(frames: StreamFrame[]): Promise<Times> {
  const times: Times = new Map();
  for (const id of new Set(frames.map(({ session_id }) => session_id))) {
    const wanted = new Set(frames.filter((frame) => frame.session_id === id).map((frame) => frame.ingest_sequence));
    const gone = await ofSession(id, wanted, times);
    if (gone) for (const ingest of wanted) times.set(ingest, "unknown");
  }
  return times;
}

/** Takes what it finds out of `wanted`. Whether what is left in it is not there. */
async function ofSession(id: string, wanted: Set<number>, times: Times): Promise<boolean> {
  let cursor: string | undefined;
  try {
    for (let page = 0; page < MOST_PAGES && wanted.size > 0; page++) {
      const { events, next_cursor } = await pageOf(id, cursor);
      for (const { ingest_sequence, server_received_at } of events)
        if (wanted.delete(ingest_sequence)) times.set(ingest_sequence, Date.parse(server_received_at));
      if (next_cursor === undefined) break;
      cursor = next_cursor;
    }
    return true;
  } catch (error) {
    const { status } = problemOf(error);
    return status >= 400 && status < 500;
  }
}

function pageOf(id: string, cursor: string | undefined): Promise<SessionDetail> {
  const query = { events_limit: String(PAGE), ...(cursor === undefined ? {} : { events_cursor: cursor }) };
  return ask(`/api/stream-sessions/${encodeURIComponent(id)}?${new URLSearchParams(query)}`);
}
