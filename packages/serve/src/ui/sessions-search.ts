// Which sessions match a filter that the service does not know, found in as few questions as possible?
// SPDX-License-Identifier: MPL-2.0
import type { SessionPage, SessionView } from "@gst-pyroscope/contract/wire";
import type { Range } from "./range.js";

export interface SessionFilter extends Range {
  /** How the session's identifier begins, or what the stream's contains. */
  text: string;
}

export interface Found extends SessionPage {
  /** So many sessions were looked at; the rest begins at next_cursor. */
  searched: number;
}

export type AskPage = (limit: number, cursor: string | undefined) => Promise<SessionPage>;

/** Rows of a page of the table. */
export const ROWS = 100;
const SMALL = 100;
const LARGE = 1000;
/** Questions until a person has to want more of them. */
const MOST_QUESTIONS = 10;

export const isSearch = ({ from, until, text }: SessionFilter): boolean =>
  from !== undefined || until !== undefined || text !== "";

/** Sessions come newest first. At most ROWS + SMALL of them. */
export async function findSessions(filter: SessionFilter, cursor: string | undefined, ask: AskPage): Promise<Found> {
  if (!isSearch(filter)) {
    const page = await ask(ROWS, cursor);
    return { ...page, searched: page.sessions.length };
  }
  const found: Found = { sessions: [], searched: 0, ...(cursor === undefined ? {} : { next_cursor: cursor }) };
  for (let asked = 0; asked < MOST_QUESTIONS && found.sessions.length < ROWS; asked++) {
    const page = await fitting(filter, found.next_cursor, ask);
    found.searched += page.sessions.length;
    found.sessions.push(...page.sessions.filter((session) => matches(filter, session)));
    delete found.next_cursor;
    if (page.next_cursor === undefined || isOlder(filter, page.sessions.at(-1))) break;
    found.next_cursor = page.next_cursor;
  }
  return found;
}

/** A large page, unless more of it matches than is shown at once: only at the end of a page can one go on. */
async function fitting(filter: SessionFilter, cursor: string | undefined, ask: AskPage): Promise<SessionPage> {
  const page = await ask(LARGE, cursor);
  const matching = page.sessions.filter((session) => matches(filter, session)).length;
  return matching > SMALL ? ask(SMALL, cursor) : page;
}

function matches({ from, until, text }: SessionFilter, session: SessionView): boolean {
  const started = Date.parse(session.started_at);
  if ((from !== undefined && started < from) || (until !== undefined && started > until)) return false;
  const wanted = text.toLowerCase();
  return (
    session.session_id.toLowerCase().startsWith(wanted) || (session.stream_id ?? "").toLowerCase().includes(wanted)
  );
}

const isOlder = ({ from }: SessionFilter, session: SessionView | undefined): boolean =>
  from !== undefined && session !== undefined && Date.parse(session.started_at) < from;
