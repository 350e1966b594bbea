// How is a session with all its events loaded, and how are the newest ones added later?
// SPDX-License-Identifier: MPL-2.0
import type { EventView, SessionDetail, SessionView } from "@gst-pyroscope/contract/wire";
import { ask, Problem } from "./api.js";

export interface SessionData {
  session: SessionView;
  /** In the order in which the service received them. */
  events: EventView[];
  /** Where the last page begins, which grows; undefined: it is the first one. */
  tail: string | undefined;
  /** Events before that page. */
  settled: number;
  /** Further events are stored than are loaded. */
  more: boolean;
}

const PAGE = 1000;
/** In one go. */
const MOST_PAGES = 10;

export async function loadSession(
  id: string,
  before: SessionData | undefined,
  signal: AbortSignal,
): Promise<SessionData> {
  try {
    return await pages(id, before, signal);
  } catch (error) {
    // A place that was kept may have been removed with old events.
    const lost = before?.tail !== undefined && error instanceof Problem && [400, 410].includes(error.status);
    if (!lost) throw error;
    return pages(id, undefined, signal);
  }
}

async function pages(id: string, before: SessionData | undefined, signal: AbortSignal): Promise<SessionData> {
  let { tail, settled } = before ?? { tail: undefined, settled: 0 };
  const events = (before?.events ?? []).slice(0, settled);
  for (let count = 1; ; count++) {
    const query = new URLSearchParams({
      events_limit: String(PAGE),
      ...(tail === undefined ? {} : { events_cursor: tail }),
    });
    const page = await ask<SessionDetail>(`/api/stream-sessions/${encodeURIComponent(id)}?${query}`, signal);
    settled = events.length;
    events.push(...page.events);
    if (page.next_cursor === undefined || count === MOST_PAGES)
      return { session: page.session, events, tail, settled, more: page.next_cursor !== undefined };
    tail = page.next_cursor;
  }
}
