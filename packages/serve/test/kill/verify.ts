// Is all that was acknowledged in the file, and is the file whole?
// SPDX-License-Identifier: MPL-2.0
import assert from "node:assert/strict";
import { chooseDriver, numberOf } from "../../src/store/sqlite/driver.js";
import { databaseIn, openForReading } from "../../src/store/sqlite/files.js";

export interface Ack {
  sessionId: string;
  first: number;
  count: number;
}

export interface Found {
  events: number;
  /** The highest ingest number of an acknowledged event. */
  newestIngest: number;
}

/** `before`: the highest ingest number that an earlier process acknowledged. */
export const verify = (directory: string, acks: Ack[], before: number): Found => {
  const db = openForReading(chooseDriver(), directory);
  try {
    assert.deepEqual({ ...(db.prepare("PRAGMA integrity_check").get() as object) }, { integrity_check: "ok" });
    const seen = db.prepare(
      `SELECT count(DISTINCT seq) AS n, min(ingest) AS oldest, max(ingest) AS newest FROM events
       WHERE session = (SELECT pk FROM sessions WHERE id = ?) AND seq >= ? AND seq < ?`,
    );
    let newestIngest = before;
    for (const { sessionId, first, count } of acks) {
      const { n, oldest, newest } = seen.get(sessionId, first, first + count) as Record<string, number>;
      assert.equal(
        n,
        count,
        `events ${first} to ${first + count - 1} of ${sessionId} were acknowledged; ${databaseIn(directory)} has ${n}`,
      );
      assert.ok(
        oldest !== undefined && newest !== undefined && oldest > before,
        `ingest number ${oldest} was given before`,
      );
      newestIngest = Math.max(newestIngest, newest);
    }
    const events = numberOf(db, "SELECT value FROM meta WHERE key = 'events'");
    assert.equal(events, numberOf(db, "SELECT count(*) FROM events"), "the count of events is right");
    return { events, newestIngest };
  } finally {
    db.close();
  }
};
