// How are sessions, events and figures read from the file?
// SPDX-License-Identifier: MPL-2.0
import { type Database, numberOf } from "./driver.js";
import { projectCalls } from "./projects.js";
import type { ReaderCalls } from "./protocol.js";
import { stallReaderCalls } from "./read-stalls.js";
import { type EventColumns, eventRow, type SessionColumns, sessionRow, states } from "./rows.js";

const withAbsent = `SELECT s.*, (SELECT json_group_array(json_array(kind, adapter, reason)) FROM (
  SELECT kind, adapter, reason FROM boundaries WHERE session = s.pk ORDER BY kind, adapter, reason)) AS absent
  FROM sessions s`;

const wholeEvent = `SELECT e.ingest, e.received, e.seq, e.name, e.client_ts, e.origin, coalesce(e.sdk, s.client) AS sdk,
  e.meta, e.trace, e.skew, e.delivery, s.project, s.id, s.correlation
  FROM sessions s CROSS JOIN events e ON e.session = s.pk`;

type SessionWithAbsent = SessionColumns & { absent: string };

const sessionsOf =
  (db: Database): ReaderCalls["sessions"] =>
  (project, { limit, after, state, stream }) => {
    const conditions = ["project = ?"];
    const values: (string | number)[] = [project];
    const demand = (condition: string, ...more: (string | number)[]): void => {
      conditions.push(condition);
      values.push(...more);
    };
    if (state) demand("state = ?", states.indexOf(state));
    if (stream) demand("stream = ?", stream);
    if (after) {
      demand("started <= ? AND (started < ? OR id > ?)", after.startedAt, after.startedAt, after.sessionId);
    }
    const sql = `${withAbsent} WHERE ${conditions.join(" AND ")} ORDER BY started DESC, id LIMIT ?`;
    return (db.prepare(sql).all(...values, limit) as SessionWithAbsent[]).map(sessionRow);
  };

const eventsOf = (db: Database): ReaderCalls["events"] => {
  const sql = db.prepare(
    `${wholeEvent} WHERE s.project = ? AND s.id = ? AND (e.received, e.seq, e.ingest) > (?, ?, ?)
     ORDER BY e.received, e.seq, e.ingest LIMIT ?`,
  );
  return (project, sessionId, { limit, after }) => {
    const place = after
      ? [after.received, after.sequence ?? -1, after.ingest]
      : [Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0];
    return (sql.all(project, sessionId, ...place, limit) as EventColumns[]).map(eventRow);
  };
};

/** Looks through the newest events only: those of a small project may be few among millions of others. */
const backfillReach = 100_000;

const eventsAfterOf = (db: Database, reach: number): ReaderCalls["eventsAfter"] => {
  const sql = db.prepare(
    `SELECT e.ingest, e.name, s.id AS sessionId, s.project AS projectId FROM events e CROSS JOIN sessions s
     ON s.pk = e.session WHERE e.ingest > ? AND s.project = ? ORDER BY e.ingest DESC LIMIT ?`,
  );
  return (project, ingest, limit) => {
    const from = Math.max(ingest, newestIngest(db) - reach);
    const rows = sql.all(from, project, limit + 1) as ReturnType<ReaderCalls["eventsAfter"]>["events"];
    const events = rows.slice(0, limit).reverse();
    return { events: events.map((row) => ({ ...row })), truncated: rows.length > limit || from > ingest };
  };
};

const fileStatsOf = (db: Database): ReaderCalls["fileStats"] => {
  const byState = db.prepare("SELECT state, count(*) AS n FROM sessions GROUP BY state");
  return () => {
    const sessions = { active: 0, stalled: 0, ended: 0 };
    for (const row of byState.all() as { state: number; n: number }[]) sessions[states[row.state] ?? "active"] = row.n;
    return {
      sessions,
      events: numberOf(db, "SELECT value FROM meta WHERE key = 'events'"),
      newestIngest: newestIngest(db),
      bytes: usedBytes(db),
    };
  };
};

/** Of all that were ever given, not of the rows that are left. */
const newestIngest = (db: Database): number => numberOf(db, "SELECT seq FROM sqlite_sequence WHERE name = 'events'");

/** Pages with rows; pages that removal has freed are used again. */
export const usedBytes = (db: Database): number => {
  const pages = numberOf(db, "PRAGMA page_count") - numberOf(db, "PRAGMA freelist_count");
  return pages * numberOf(db, "PRAGMA page_size");
};

export const readerCalls = (db: Database, reach = backfillReach): Omit<ReaderCalls, "opened"> => {
  const one = db.prepare(`${withAbsent} WHERE project = ? AND id = ?`);
  const kept = (key: string): number => numberOf(db, "SELECT value FROM meta WHERE key = ?", key);
  const { projects, tokens } = projectCalls(db);
  return {
    sessions: sessionsOf(db),
    session: (project, sessionId) => {
      const row = one.get(project, sessionId) as SessionWithAbsent | undefined;
      return row ? sessionRow(row) : null;
    },
    events: eventsOf(db),
    eventsAfter: eventsAfterOf(db, reach),
    newestIngest: () => newestIngest(db),
    keptSince: () => ({ eventsMs: kept("kept_events"), sessionsMs: kept("kept_sessions") }),
    fileStats: fileStatsOf(db),
    holdsSession: (sessionId) => numberOf(db, "SELECT EXISTS (SELECT 1 FROM sessions WHERE id = ?)", sessionId) === 1,
    projects,
    tokens,
    ...stallReaderCalls(db),
  };
};
