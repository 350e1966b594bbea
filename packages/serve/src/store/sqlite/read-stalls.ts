// How are windows, streams, stalls and incidents read from the file?
// SPDX-License-Identifier: MPL-2.0
import type { StallView } from "@gst-pyroscope/contract/window";
import type { Meta } from "@gst-pyroscope/contract/wire";
import * as port from "../stall-port.js";
import { type Database, numberOf, type Value } from "./driver.js";
import { type EventColumns, eventRow, type WindowColumns, windowRow } from "./rows.js";
import type { StallReaderCalls } from "./stall-calls.js";

/** A window is some seconds long; none is longer than this. */
const longestWindowMs = 60_000;

const windowsOf = (db: Database): StallReaderCalls["windows"] => {
  const sql = db.prepare(
    `SELECT w.own_from, w.from_ms, w.to_ms, w.received, w.offset, w.data FROM streams s CROSS JOIN windows w
     ON w.stream = s.pk WHERE s.project = ? AND s.id = ? AND w.from_ms < ? AND w.from_ms >= ? AND w.to_ms > ?
     ORDER BY w.from_ms DESC LIMIT ?`,
  );
  return (project, streamId, { fromMs, untilMs, limit }) =>
    (sql.all(project, streamId, untilMs, fromMs - longestWindowMs, fromMs, limit) as WindowColumns[])
      .map((row) => windowRow(project, row))
      .reverse();
};

export const streamCalls = (db: Database): Pick<StallReaderCalls, "streams" | "nominals" | "streamPaths"> => ({
  streams: (project) => {
    const rows = db
      .prepare("SELECT id, first, last, pipelines FROM streams WHERE project = ? ORDER BY id")
      .all(project);
    return (rows as { id: string; first: number; last: number; pipelines: string }[]).map((row) => ({
      streamId: row.id,
      firstMs: row.first,
      lastMs: row.last,
      pipelines: JSON.parse(row.pipelines) as string[],
    }));
  },
  nominals: (project, streamId) => {
    const row = db.prepare("SELECT nominal FROM streams WHERE project = ? AND id = ?").get(project, streamId);
    return JSON.parse((row as { nominal: string } | undefined)?.nominal ?? "{}") as port.Nominals;
  },
  streamPaths: (project) => {
    const rows = db
      .prepare("SELECT path, stream, learned FROM stream_paths WHERE project = ? ORDER BY path")
      .all(project);
    return (rows as { path: string; stream: string; learned: number }[]).map(({ path, stream, learned }) => ({
      path,
      streamId: stream,
      learned: learned === 1,
    }));
  },
});

interface StallColumns {
  ingest: number;
  at: number;
  view: string;
  project: string;
  id: string;
}

const stallRow = ({ ingest, at, view: text, project, id }: StallColumns): port.StallRow => {
  const view = JSON.parse(text) as StallView;
  view.stall.session_id = id;
  return { project, id: ingest, atMs: at, view };
};

const wholeStall = "SELECT t.ingest, t.at, t.view, s.project, s.id FROM";

const stallCalls = (db: Database): Pick<StallReaderCalls, "stallsOfSession" | "stallsOfStream" | "openStalls"> => {
  const ofSession = db.prepare(
    `${wholeStall} sessions s CROSS JOIN stalls t ON t.session = s.pk WHERE s.project = ? AND s.id = ? ORDER BY t.at, t.ingest`,
  );
  const ofStream = db.prepare(
    `${wholeStall} streams m CROSS JOIN stalls t ON t.stream = m.pk CROSS JOIN sessions s ON s.pk = t.session
     WHERE m.project = ? AND m.id = ? AND t.at >= ? AND t.at <= ? AND (t.at < ? OR t.ingest < ?)
     ORDER BY t.at DESC, t.ingest DESC LIMIT ?`,
  );
  const open = db.prepare(
    `${wholeStall} stalls t CROSS JOIN sessions s ON s.pk = t.session WHERE t.lasted IS NULL ORDER BY t.ingest`,
  );
  const rows = (found: unknown[]): port.StallRow[] => (found as StallColumns[]).map(stallRow);
  return {
    stallsOfSession: (project, sessionId) => rows(ofSession.all(project, sessionId)),
    stallsOfStream: (project, streamId, { fromMs, untilMs, limit, after }) => {
      const until = Math.min(untilMs ?? Number.MAX_SAFE_INTEGER, after?.atMs ?? Number.MAX_SAFE_INTEGER);
      const place = [after?.atMs ?? Number.MAX_SAFE_INTEGER, after?.id ?? Number.MAX_SAFE_INTEGER];
      return rows(ofStream.all(project, streamId, fromMs ?? 0, until, ...place, limit));
    },
    openStalls: () => rows(open.all()),
  };
};

interface IncidentColumns {
  pk: number;
  id: string;
  from_ms: number;
  stream: string;
}

const incidentCalls = (db: Database): Pick<StallReaderCalls, "incidents" | "incident"> => {
  const figures = db.prepare(
    `SELECT max(at + coalesce(lasted, 0)) AS until, count(DISTINCT session) AS stalled, max(watching) AS watching,
     coalesce(max(lasted), 0) AS worst, min(CASE WHEN lasted IS NULL THEN at END) AS open FROM stalls WHERE incident = ?`,
  );
  const stalls = db.prepare(
    `${wholeStall} stalls t CROSS JOIN sessions s ON s.pk = t.session WHERE t.incident = ? ORDER BY t.at, t.ingest
     LIMIT ${port.mostStallsOfIncident}`,
  );
  const grades = db.prepare("SELECT ingest FROM stalls WHERE incident = ? ORDER BY grade DESC, at, ingest LIMIT 1");
  const one = db.prepare(`${wholeStall} stalls t CROSS JOIN sessions s ON s.pk = t.session WHERE t.ingest = ?`);
  const rowOf = ({ pk, id, from_ms, stream }: IncidentColumns): port.IncidentRow => {
    const sums = figures.get(pk) as {
      until: number;
      stalled: number;
      watching: number;
      worst: number;
      open: number | null;
    };
    const { ingest } = grades.get(pk) as { ingest: number };
    return {
      ...{ id, streamId: stream, fromMs: from_ms, untilMs: sums.open === null ? sums.until : null },
      ...{ stalled: sums.stalled, watching: sums.watching, worstMs: sums.worst, openSinceMs: sums.open },
      best: stallRow(one.get(ingest) as StallColumns).view,
    };
  };
  const found = `SELECT i.pk, i.id, i.from_ms, m.id AS stream FROM incidents i CROSS JOIN streams m ON m.pk = i.stream
    WHERE i.project = ?`;
  return {
    incidents: (project, { limit, stream, after }) => {
      const values: Value[] = [project];
      const place = after ? " AND i.from_ms <= ? AND (i.from_ms < ? OR i.id > ?)" : "";
      if (after) values.push(after.fromMs, after.fromMs, after.id);
      const ofStream =
        stream === undefined ? "" : " AND i.stream = (SELECT pk FROM streams WHERE project = ? AND id = ?)";
      if (stream !== undefined) values.push(project, stream);
      const sql = `${found}${place}${ofStream} ORDER BY i.from_ms DESC, i.id LIMIT ?`;
      return (db.prepare(sql).all(...values, limit) as IncidentColumns[]).map(rowOf);
    },
    incident: (project, id) => {
      const row = db.prepare(`${found} AND i.id = ?`).get(project, id) as IncidentColumns | undefined;
      if (!row) return null;
      return { incident: rowOf(row), stalls: (stalls.all(row.pk) as StallColumns[]).map(stallRow) };
    },
  };
};

/** As far back as this many events. */
const reach = 100_000;

const unjudgedOf = (db: Database): StallReaderCalls["unjudged"] => {
  const names = port.stallEvents.map((name) => `'${name}'`).join(", ");
  const sql = db.prepare(
    `SELECT e.ingest, e.received, e.seq, e.name, e.client_ts, e.origin, coalesce(e.sdk, s.client) AS sdk, e.meta, e.trace,
     e.skew, e.delivery, s.project, s.id, s.correlation FROM events e CROSS JOIN sessions s ON s.pk = e.session
     WHERE e.ingest > ? AND e.received >= ? AND e.name IN (${names})
     AND NOT EXISTS (SELECT 1 FROM stalls t WHERE t.ingest = e.ingest) ORDER BY e.ingest LIMIT ${port.mostUnjudged}`,
  );
  return (sinceMs) => {
    const newest = numberOf(db, "SELECT seq FROM sqlite_sequence WHERE name = 'events'");
    return (sql.all(newest - reach, sinceMs) as EventColumns[]).map(eventRow);
  };
};

const startupsOf = (db: Database): StallReaderCalls["startups"] => {
  const sql = db.prepare(
    `SELECT s.project, s.id, s.stream, e.meta FROM events e CROSS JOIN sessions s ON s.pk = e.session
     WHERE e.ingest > ? AND e.received < ? AND e.name = '${port.startupEvent}' ORDER BY e.ingest DESC
     LIMIT ${port.mostStartups}`,
  );
  return (beforeMs) => {
    const newest = numberOf(db, "SELECT seq FROM sqlite_sequence WHERE name = 'events'");
    const rows = sql.all(newest - reach, beforeMs) as StartupColumns[];
    return rows.reverse().map(({ project, id, stream, meta }) => {
      return { project, sessionId: id, streamId: stream, meta: meta === null ? null : (JSON.parse(meta) as Meta) };
    });
  };
};

interface StartupColumns {
  project: string;
  id: string;
  stream: string | null;
  meta: string | null;
}

export const stallReaderCalls = (db: Database): StallReaderCalls => ({
  windows: windowsOf(db),
  ...streamCalls(db),
  ...stallCalls(db),
  ...incidentCalls(db),
  unjudged: unjudgedOf(db),
  startups: startupsOf(db),
});
