// How do windows, streams and stalls become rows?
// SPDX-License-Identifier: MPL-2.0
import { deflateSync } from "node:zlib";
import * as port from "../stall-port.js";
import { type Database, inTransaction, numberOf, type Value } from "./driver.js";
import type { StallWriterCalls } from "./stall-calls.js";

/** Of a stall that may keep a window: stalls that are longer keep what is around their first hour. */
const longestStallMs = 3_600_000;

/** Whether a stall is near a window; as texts of SQL. */
const near = (stream: string, from: string, to: string): string =>
  `EXISTS (SELECT 1 FROM stalls WHERE stream = ${stream} AND at >= ${from} - ${longestStallMs + port.aroundStallMs}
  AND at <= ${to} + ${port.aroundStallMs} AND at + coalesce(lasted, 0) >= ${from} - ${port.aroundStallMs})`;

/** Windows that a stall keeps, or kept until it was removed. Values: those of `aroundValues`. */
const around = `stream = ? AND from_ms >= ? - ${2 * port.aroundStallMs} AND to_ms >= ? - ${port.aroundStallMs}
  AND from_ms <= ? + ${port.aroundStallMs}`;

const aroundValues = (stream: number, atMs: number, lastedMs: number | null): Value[] => [
  ...[stream, atMs, atMs],
  atMs + Math.min(lastedMs ?? 0, longestStallMs),
];

const statements = (db: Database) => ({
  findStream: db.prepare("SELECT pk, pipelines FROM streams WHERE project = ? AND id = ?"),
  newStream: db.prepare(
    "INSERT INTO streams(project, id, first, last, pipelines, nominal) VALUES (?, ?, ?, ?, '[]', '{}')",
  ),
  seenStream: db.prepare("UPDATE streams SET first = min(first, ?), last = max(last, ?), pipelines = ? WHERE pk = ?"),
  window: db.prepare(
    `INSERT INTO windows(stream, pipeline, run, own_from, from_ms, to_ms, received, offset, kept, data)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT(stream, run, own_from) DO UPDATE SET from_ms = excluded.from_ms, to_ms = excluded.to_ms,
     received = excluded.received, offset = excluded.offset, kept = excluded.kept, data = excluded.data`,
  ),
  session: db.prepare("SELECT pk FROM sessions WHERE project = ? AND id = ?"),
  stall: db.prepare("INSERT OR REPLACE INTO stalls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
  incident: db.prepare(
    `INSERT INTO incidents(project, id, stream, from_ms) VALUES (?, ?, ?, ?)
     ON CONFLICT(project, id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms)`,
  ),
  findIncident: db.prepare("SELECT pk FROM incidents WHERE project = ? AND id = ?"),
  keep: db.prepare(`UPDATE windows SET kept = 1 WHERE ${around} AND kept <> 1`),
});

type Sql = ReturnType<typeof statements>;

const pkOf = (found: unknown): number | null => (found as { pk: number } | undefined)?.pk ?? null;

/** Makes it when it is new. */
const streamPk = ({ findStream, newStream }: Sql, project: string, id: string, atMs: number) => {
  const found = findStream.get(project, id) as { pk: number; pipelines: string } | undefined;
  if (found) return { pk: found.pk, pipelines: JSON.parse(found.pipelines) as string[] };
  return { pk: Number(newStream.run(project, id, atMs, 0).lastInsertRowid), pipelines: [] };
};

const putWindow = (db: Database, sql: Sql, row: port.WindowRow): void => {
  const { stream_id, pipeline, run_id } = row.window;
  const { pk, pipelines } = streamPk(sql, row.project, stream_id, row.fromMs);
  const names = JSON.stringify(port.withPipeline(pipelines, pipeline));
  sql.seenStream.run(row.fromMs, row.toMs, names, pk);
  const kept = numberOf(db, `SELECT ${near("?", "?", "?")}`, pk, row.fromMs, row.toMs, row.fromMs);
  const data = deflateSync(JSON.stringify(row.window));
  const times = [row.ownFromMs, row.fromMs, row.toMs, row.receivedMs, row.offsetMs];
  sql.window.run(pk, pipeline, run_id, ...times, kept, data);
};

const putStall = (sql: Sql, { project, id, atMs, view }: port.StallRow): void => {
  const session = pkOf(sql.session.get(project, view.stall.session_id));
  if (session === null) return;
  const { pk: stream } = streamPk(sql, project, view.stall.stream_id, atMs);
  sql.incident.run(project, view.incident_id, stream, atMs);
  const incident = pkOf(sql.findIncident.get(project, view.incident_id));
  const { lasted_ms: lasted } = view.stall;
  const text = JSON.stringify({ ...view, stall: { ...view.stall, session_id: "" } });
  const judged: Value[] = [view.verdict, port.foundation(view), incident, view.viewers.watching, text];
  sql.stall.run(id, session, stream, atMs, lasted, ...judged);
  sql.keep.run(...aroundValues(stream, atMs, lasted));
};

export const pathCalls = (db: Database): Pick<StallWriterCalls, "putStreamPath" | "removeStreamPath"> => ({
  putStreamPath: (project, { path, streamId, learned }) => {
    db.prepare(
      `INSERT INTO stream_paths VALUES (?, ?, ?, ?) ON CONFLICT(project, path) DO UPDATE SET stream = excluded.stream,
       learned = excluded.learned WHERE excluded.learned <= stream_paths.learned`,
    ).run(project, path, streamId, Number(learned));
  },
  removeStreamPath: (project, path) =>
    Number(db.prepare("DELETE FROM stream_paths WHERE project = ? AND path = ?").run(project, path).changes) > 0,
});

export const stallWriterCalls = (db: Database): StallWriterCalls => {
  const sql = statements(db);
  return {
    ...pathCalls(db),
    putWindows: (rows) =>
      inTransaction(db, () => {
        for (const row of rows) putWindow(db, sql, row);
      }),
    putNominals: (project, streamId, nominals) => {
      const set = db.prepare("UPDATE streams SET nominal = ? WHERE project = ? AND id = ?");
      set.run(JSON.stringify(nominals), project, streamId);
    },
    putStalls: (rows) =>
      inTransaction(db, () => {
        for (const row of rows) putStall(sql, row);
      }),
  };
};

interface Gone {
  ingest: number;
  stream: number;
  incident: number;
  at: number;
  lasted: number | null;
}

/** Inside a transaction: with what only they kept. `which`: a condition on the table of stalls. */
export const removeStalls = (db: Database, which: string, ...values: Value[]): number => {
  const gone = db
    .prepare(`SELECT ingest, stream, incident, at, lasted FROM stalls WHERE ${which}`)
    .all(...values) as Gone[];
  if (gone.length === 0) return 0;
  const remove = db.prepare("DELETE FROM stalls WHERE ingest = ?");
  const still = near("windows.stream", "windows.from_ms", "windows.to_ms");
  const free = db.prepare(`UPDATE windows SET kept = ${still} WHERE ${around} AND kept = 1`);
  const empty = db.prepare(
    "DELETE FROM incidents WHERE pk = ? AND NOT EXISTS (SELECT 1 FROM stalls WHERE incident = incidents.pk)",
  );
  for (const { ingest } of gone) remove.run(ingest);
  for (const { stream, at, lasted } of gone) free.run(...aroundValues(stream, at, lasted));
  for (const incident of new Set(gone.map((one) => one.incident))) empty.run(incident);
  return gone.length;
};
