// What can be read of sessions, a page at a time, and what does a deletion answer?
// SPDX-License-Identifier: MPL-2.0
import {
  readEventCursor,
  readSessionCursor,
  writeEventCursor,
  writeSessionCursor,
} from "@gst-pyroscope/contract/cursors";
import { readLimit } from "@gst-pyroscope/contract/page-limit";
import { eventView, sessionView } from "@gst-pyroscope/contract/views";
import type { SessionDetail, SessionPage, SessionState } from "@gst-pyroscope/contract/wire";
import type { EventRow, SessionRow, SessionStore } from "../store/port.js";
import { type App, type Ctx, problem } from "./context.js";
import { atCursor, pageEnd, refusedCursor } from "./pages-of.js";

const notFound = "there is no such session in the project of this token";
const states = ["active", "stalled", "ended"];

export function readRoutes(app: App, store: SessionStore): void {
  app.get("/api/stream-sessions", (c) => sessionPage(c, store));
  app.get("/api/stream-sessions/:id", (c) => sessionDetail(c, store));
}

/** `forget`: what is kept of it in memory. */
export async function deleteSession(
  c: Ctx,
  store: SessionStore,
  forget: (project: string, sessionId: string) => void,
): Promise<Response> {
  const { project } = c.get("caller");
  const sessionId = c.req.param("id") ?? "";
  if ((await store.session(project, sessionId)) === null) return problem(c, 404, "session_not_found", notFound);
  forget(project, sessionId);
  return c.json({ removed: await store.purge({ project, sessionId }) });
}

async function sessionPage(c: Ctx, store: SessionStore): Promise<Response> {
  const limit = readLimit("limit", c.req.query("limit"));
  if ("problem" in limit) return c.json(limit.problem, 400);
  const scope = { project: c.get("caller").project, keptSinceMs: (await store.keptSince()).sessionsMs };
  const place = atCursor(c.req.query("cursor"), (text) => readSessionCursor(scope, text));
  if ("problem" in place) return refusedCursor(c, place.problem);
  const [state, stream] = [c.req.query("state"), c.req.query("stream")];
  const asked = {
    after: place.after,
    stream,
    state: states.includes(state ?? "") ? (state as SessionState) : undefined,
  };
  const rows = await store.sessions(scope.project, { ...asked, limit: limit.limit + 1 });
  const last = pageEnd(rows, limit.limit);
  const page: SessionPage = { sessions: rows.slice(0, limit.limit).map(sessionView) };
  if (last !== undefined) page.next_cursor = writeSessionCursor(scope, sessionPlace(last));
  return c.json(page);
}

async function sessionDetail(c: Ctx, store: SessionStore): Promise<Response> {
  const limit = readLimit("events_limit", c.req.query("events_limit"));
  if ("problem" in limit) return c.json(limit.problem, 400);
  const sessionId = c.req.param("id") ?? "";
  const scope = { project: c.get("caller").project, sessionId, keptSinceMs: (await store.keptSince()).eventsMs };
  const place = atCursor(c.req.query("events_cursor"), (text) => readEventCursor(scope, text));
  if ("problem" in place) return refusedCursor(c, place.problem);
  const session = await store.session(scope.project, sessionId);
  if (session === null) return problem(c, 404, "session_not_found", notFound);
  const rows = await store.events(scope.project, sessionId, { after: place.after, limit: limit.limit + 1 });
  const last = pageEnd(rows, limit.limit);
  const events = rows.slice(0, limit.limit).map(eventView);
  const detail: SessionDetail = { session: sessionView(session), events };
  if (last !== undefined) detail.next_cursor = writeEventCursor(scope, eventPlace(last));
  return c.json(detail);
}

const sessionPlace = (row: SessionRow) => ({ startedAt: row.startedMs, sessionId: row.sessionId });
const eventPlace = (row: EventRow) => ({ received: row.receivedMs, sequence: row.sequence, ingest: row.ingest });
