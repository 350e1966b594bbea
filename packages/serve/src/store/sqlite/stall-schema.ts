// Which tables hold windows of pipelines, streams, stalls and incidents?
// SPDX-License-Identifier: MPL-2.0

/**
 * `windows.data`: the window as deflated JSON; own_from is by the agent's clock, so that one that comes again is found; kept 1: near
 * a stall, and stays as long as that; 2: rolled from several. A stall has the number of the event that began it, which is never given twice; `view`
 * is its answer as JSON without the session's id, which is in `sessions` only; grade orders the stalls of an incident by how well
 * founded they are. `streams.nominal`: JSON of what its pipelines were like in health.
 */
export const stallTables = `
CREATE TABLE streams(
  pk INTEGER PRIMARY KEY, project TEXT NOT NULL, id TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  pipelines TEXT NOT NULL, nominal TEXT NOT NULL, UNIQUE(project, id));
CREATE TABLE stream_paths(
  project TEXT NOT NULL, path TEXT NOT NULL, stream TEXT NOT NULL, learned INTEGER NOT NULL,
  PRIMARY KEY(project, path)) WITHOUT ROWID;
CREATE TABLE windows(
  pk INTEGER PRIMARY KEY, stream INTEGER NOT NULL, pipeline TEXT NOT NULL, run TEXT NOT NULL, own_from INTEGER NOT NULL,
  from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, received INTEGER NOT NULL, offset INTEGER NOT NULL,
  kept INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE(stream, run, own_from));
CREATE INDEX windows_time ON windows(stream, from_ms);
CREATE INDEX windows_old ON windows(kept, to_ms);
CREATE TABLE stalls(
  ingest INTEGER PRIMARY KEY, session INTEGER NOT NULL, stream INTEGER NOT NULL, at INTEGER NOT NULL, lasted INTEGER,
  verdict TEXT NOT NULL, grade REAL NOT NULL, incident INTEGER NOT NULL, watching INTEGER NOT NULL, view TEXT NOT NULL);
CREATE INDEX stalls_session ON stalls(session, at, ingest);
CREATE INDEX stalls_stream ON stalls(stream, at DESC, ingest DESC);
CREATE INDEX stalls_incident ON stalls(incident, at, ingest);
CREATE INDEX stalls_open ON stalls(ingest) WHERE lasted IS NULL;
CREATE TABLE incidents(
  pk INTEGER PRIMARY KEY, project TEXT NOT NULL, id TEXT NOT NULL, stream INTEGER NOT NULL, from_ms INTEGER NOT NULL,
  UNIQUE(project, id));
CREATE INDEX incidents_time ON incidents(project, from_ms DESC, id);
CREATE INDEX incidents_stream ON incidents(stream, from_ms DESC, id);
`;
