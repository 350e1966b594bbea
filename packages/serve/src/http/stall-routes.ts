// What can be read of stalls, incidents and streams, and of the pipelines behind them?
// SPDX-License-Identifier: MPL-2.0
import { readLimit } from "@gst-pyroscope/contract/page-limit";
import {
  readIncidentCursor,
  readStallCursor,
  writeIncidentCursor,
  writeStallCursor,
} from "@gst-pyroscope/contract/stall-cursors";
import type {
  IncidentDetail,
  IncidentPage,
  StallPage,
  StreamList,
  WindowList,
} from "@gst-pyroscope/contract/stall-views";
import { flameGraph } from "../stalls/flame-graph.js";
import type { Stalls } from "../stalls/stalls.js";
import type { SessionStore } from "../store/port.js";
import type { StallRow } from "../store/stall-port.js";
import type { Log } from "../telemetry/log.js";
import { type App, type Ctx, problem } from "./context.js";
import { atCursor, pageEnd, refusedCursor } from "./pages-of.js";
import { instant, rangeOf } from "./range.js";
import { failedViewer, incidentView, streamNow } from "./stall-answers.js";

export interface StallParts {
  store: Pick<SessionStore, "stalls" | "session" | "keptSince">;
  stalls: Pick<Stalls, "viewers" | "attribution" | "players" | "streams">;
  now(): number;
  /** Address of Pyroscope; "": none. */
  pyroscope: string;
  log: Log;
}

export const readPaths = ["/api/streams", "/api/streams/*", "/api/incidents", "/api/incidents/*"];

export function stallRoutes(app: App, parts: StallParts): void {
  app.get("/api/stream-sessions/:id/stalls", (c) => ofSession(c, parts));
  app.get("/api/streams", (c) => streamList(c, parts));
  app.get("/api/streams/:stream/stalls", (c) => ofStream(c, parts));
  app.get("/api/streams/:stream/pipeline", (c) => windowList(c, parts));
  app.get("/api/streams/:stream/flamegraph", (c) => flames(c, parts));
  app.get("/api/incidents", (c) => incidentPage(c, parts));
  app.get("/api/incidents/:id", (c) => incidentDetail(c, parts));
}

const projectOf = (c: Ctx): string => c.get("caller").project;
const named = (c: Ctx, name: string): string => c.req.param(name) ?? "";

async function ofSession(c: Ctx, { store }: StallParts): Promise<Response> {
  const [project, sessionId] = [projectOf(c), named(c, "id")];
  if ((await store.session(project, sessionId)) === null)
    return problem(c, 404, "session_not_found", "there is no such session in the project of this token");
  const rows = await store.stalls.stallsOfSession(project, sessionId);
  return c.json({ stalls: rows.map(({ view }) => view) } satisfies StallPage);
}

async function ofStream(c: Ctx, { store }: StallParts): Promise<Response> {
  const limit = readLimit("limit", c.req.query("limit"));
  if ("problem" in limit) return c.json(limit.problem, 400);
  const range = rangeOf(c);
  if ("problem" in range) return range.problem;
  const scope = {
    project: projectOf(c),
    stream: named(c, "stream"),
    keptSinceMs: (await store.keptSince()).sessionsMs,
  };
  const place = atCursor(c.req.query("cursor"), (text) => readStallCursor(scope, text));
  if ("problem" in place) return refusedCursor(c, place.problem);
  const asked = { ...range, after: place.after, limit: limit.limit + 1 };
  const rows = await store.stalls.stallsOfStream(scope.project, scope.stream, asked);
  const last: StallRow | undefined = pageEnd(rows, limit.limit);
  const page: StallPage = { stalls: rows.slice(0, limit.limit).map(({ view }) => view) };
  if (last !== undefined) page.next_cursor = writeStallCursor(scope, last);
  return c.json(page);
}

async function streamList(c: Ctx, { store, stalls, now }: StallParts): Promise<Response> {
  const project = projectOf(c);
  const viewers = stalls.viewers(project);
  const streams = await store.stalls.streams(project);
  const views = streams.map(async (row) => {
    const [latest] = await store.stalls.incidents(project, { limit: 1, stream: row.streamId });
    const rows = await stalls.attribution.recent.of(project, row.streamId);
    return streamNow(row, { viewers, rows, latest, nowMs: now() });
  });
  const failed = stalls.players.failed(project, now());
  const list = failed.map((player) => failedViewer(player, stalls.streams.of(player)?.streamId ?? null));
  return c.json({ streams: await Promise.all(views), failed: list } satisfies StreamList);
}

const MOST_WINDOWS = 1800;
const HOUR_MS = 3_600_000;

async function windowList(c: Ctx, { store, now }: StallParts): Promise<Response> {
  const range = rangeOf(c);
  if ("problem" in range) return range.problem;
  const untilMs = range.untilMs ?? now() + 1000;
  const page = { fromMs: range.fromMs ?? untilMs - HOUR_MS, untilMs, limit: MOST_WINDOWS };
  const rows = await store.stalls.windows(projectOf(c), named(c, "stream"), page);
  return c.json({ windows: rows.map(({ window }) => window) } satisfies WindowList);
}

async function flames(c: Ctx, { store, pyroscope, log }: StallParts): Promise<Response> {
  const [fromMs, untilMs] = [instant(c.req.query("from")), instant(c.req.query("until"))];
  if (typeof fromMs !== "number" || typeof untilMs !== "number" || untilMs <= fromMs || untilMs - fromMs > HOUR_MS) {
    return problem(c, 400, "time_invalid", "from and until are needed, RFC 3339 times at most an hour apart");
  }
  const element = c.req.query("element") ?? "";
  const place = { project: projectOf(c), streamId: named(c, "stream"), fromMs, untilMs };
  const asked = { ...place, element: element === "" ? null : element };
  return c.json(await flameGraph(asked, { store: store.stalls, pyroscope, log }));
}

async function incidentPage(c: Ctx, { store, now }: StallParts): Promise<Response> {
  const limit = readLimit("limit", c.req.query("limit"));
  if ("problem" in limit) return c.json(limit.problem, 400);
  const scope = { project: projectOf(c), keptSinceMs: (await store.keptSince()).sessionsMs };
  const place = atCursor(c.req.query("cursor"), (text) => readIncidentCursor(scope, text));
  if ("problem" in place) return refusedCursor(c, place.problem);
  const asked = { after: place.after, limit: limit.limit + 1, stream: c.req.query("stream") };
  const rows = await store.stalls.incidents(scope.project, asked);
  const last = pageEnd(rows, limit.limit);
  const page: IncidentPage = { incidents: rows.slice(0, limit.limit).map((row) => incidentView(row, now())) };
  if (last !== undefined) page.next_cursor = writeIncidentCursor(scope, last);
  return c.json(page);
}

async function incidentDetail(c: Ctx, { store, now }: StallParts): Promise<Response> {
  const found = await store.stalls.incident(projectOf(c), named(c, "id"));
  if (found === null)
    return problem(c, 404, "incident_not_found", "there is no such incident in the project of this token");
  const incident = incidentView(found.incident, now());
  return c.json({ incident, stalls: found.stalls.map(({ view }) => view) } satisfies IncidentDetail);
}
