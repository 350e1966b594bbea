// What does the session service have of a session, read as any reader does: a page at a time?
// SPDX-License-Identifier: MPL-2.0
import { StepFailed } from "../steps.mjs";

const PAGE = "20";
const token = { "X-MTrace-Token": "demo-token" };

async function pageOf(service, sessionId, cursor) {
  const query = new URLSearchParams({ events_limit: PAGE, ...(cursor && { events_cursor: cursor }) });
  const answer = await fetch(`${service}/api/stream-sessions/${sessionId}?${query}`, { headers: token });
  if (answer.status === 404) return { session: undefined, events: [] };
  if (!answer.ok) throw new StepFailed(`the service answers ${answer.status} for a session: ${await answer.text()}`);
  return answer.json();
}

/** In the order of the read API. `session` is undefined when there is none. */
export async function readSession(service, sessionId) {
  const events = [];
  let cursor;
  let pages = 0;
  for (;;) {
    const page = await pageOf(service, sessionId, cursor);
    events.push(...page.events);
    pages++;
    cursor = page.next_cursor;
    if (cursor === undefined) return { session: page.session, events, pages };
  }
}
