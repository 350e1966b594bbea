// Which tables does the file have, and how does one of an earlier version become one of this version?
// SPDX-License-Identifier: MPL-2.0
import { StoreUnusable } from "../errors.js";
import { type Database, inTransaction, numberOf } from "./driver.js";
import { stallTables } from "./stall-schema.js";

/** "gstp" in ASCII: tells our files from other SQLite files. */
export const applicationId = 0x67737470;

/**
 * Sessions and what belongs to them. Events refer to `sessions.pk`, so that a session's id is in one table only.
 * state 0 active, 1 stalled, 2 ended; end_source 0 client, 1 sweeper; delivery 0 accepted, 1 duplicate suspected,
 * 2 replayed; seq −1: none (so that one comparison of rows orders events); client and sdk: ["name","version"],
 * an event's sdk is NULL where it equals the session's client. `top` is the highest sequence number so far.
 */
const first = `
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO meta VALUES ('schema_version', 0), ('events', 0), ('kept_events', 0), ('kept_sessions', 0);
CREATE TABLE sessions(
  pk INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL, id TEXT NOT NULL, stream TEXT, state INTEGER NOT NULL,
  started INTEGER NOT NULL, last_seen INTEGER NOT NULL, ended INTEGER, end_source INTEGER, events INTEGER NOT NULL,
  correlation TEXT NOT NULL, ppm INTEGER, top INTEGER NOT NULL, client TEXT NOT NULL, UNIQUE(project, id));
CREATE INDEX sessions_started ON sessions(project, started DESC, id);
CREATE INDEX sessions_seen ON sessions(state, last_seen);
CREATE TABLE events(
  ingest INTEGER PRIMARY KEY AUTOINCREMENT, session INTEGER NOT NULL, received INTEGER NOT NULL, seq INTEGER NOT NULL,
  name TEXT NOT NULL, client_ts INTEGER NOT NULL, origin INTEGER, sdk TEXT, meta TEXT, trace TEXT,
  skew INTEGER NOT NULL, delivery INTEGER NOT NULL);
CREATE INDEX events_order ON events(session, received, seq, ingest);
CREATE INDEX events_sequence ON events(session, seq) WHERE seq >= 0;
CREATE TABLE boundaries(
  session INTEGER NOT NULL, kind TEXT NOT NULL, adapter TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY(session, kind, adapter, reason)) WITHOUT ROWID;
`;

/** Who may send and read; sessions of a stream, newest first. */
const second = `
CREATE TABLE projects(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, origins TEXT NOT NULL, limits TEXT, created INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE tokens(
  hash TEXT PRIMARY KEY, project TEXT NOT NULL, kind TEXT NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX sessions_stream ON sessions(project, stream, started DESC, id) WHERE stream IS NOT NULL;
CREATE INDEX sessions_state ON sessions(project, state, started DESC, id);
`;

/** Only ever added to: files of each earlier version are somewhere. */
export const migrations: readonly string[] = [first, second, stallTables];
export const newestSchema = migrations.length;

const versionOf = (db: Database, directory: string): number => {
  if (numberOf(db, "SELECT count(*) FROM sqlite_schema") === 0) return 0;
  if (numberOf(db, "PRAGMA application_id") !== applicationId) {
    throw new StoreUnusable(
      `${directory} holds a sessions.sqlite that gst-pyroscope has not written. Choose another --data-dir.`,
    );
  }
  return numberOf(db, "SELECT value FROM meta WHERE key = 'schema_version'");
};

/** The version that the file has; refuses files that cannot be read. */
export const checkedVersion = (db: Database, directory: string): number => {
  const version = versionOf(db, directory);
  if (version <= newestSchema) return version;
  throw new StoreUnusable(
    `${directory} was written by a newer gst-pyroscope (schema ${version}, this one reads up to ${newestSchema}). ` +
      "Use the newer version again, or choose another --data-dir.",
  );
};

/** Each step in a transaction of its own: after a crash it is done or not begun. */
export const migrate = (db: Database, directory: string, upTo = newestSchema): void => {
  for (let version = checkedVersion(db, directory); version < upTo; version++) {
    inTransaction(db, () => {
      db.exec(migrations[version] ?? "");
      db.exec(`PRAGMA application_id = ${applicationId}`);
      db.prepare("UPDATE meta SET value = ? WHERE key = 'schema_version'").run(version + 1);
    });
  }
};
