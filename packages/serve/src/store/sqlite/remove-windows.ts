// How do windows, stalls and streams go with age, with their sessions, or because there is no room?
// SPDX-License-Identifier: MPL-2.0
import { windowsKeptMs } from "../stall-port.js";
import type { Database, Value } from "./driver.js";
import { windowRoller } from "./roll-windows.js";
import { removeStalls } from "./write-stalls.js";

/** Each answers with how many rows went, to be called again until none do; inside a transaction. */
export interface WindowRemover {
  /** Those that are old enough to be rolled are rolled. */
  old(nowMs: number): number;
  /** Windows and stalls before a time, those around stalls, too. */
  before(beforeMs: number): number;
  ofSession(pk: number): number;
  /** The oldest, if they are older than what was received then; null: in any case. */
  oldest(receivedMs: number | null): number;
  /** Streams of which nothing is left, and nothing came since. */
  streams(beforeMs: number): number;
}

export const windowRemover = (db: Database, rows: number): WindowRemover => {
  const removeWindows = (which: string, ...values: Value[]): number =>
    Number(
      db.prepare(`DELETE FROM windows WHERE pk IN (SELECT pk FROM windows WHERE ${which} LIMIT ${rows})`).run(...values)
        .changes,
    );
  const roll = windowRoller(db);
  const tooOld = (beforeMs: number): number =>
    removeWindows("kept = 0 AND to_ms < ?", beforeMs) + removeWindows("kept = 2 AND to_ms < ?", beforeMs);
  return {
    old: (nowMs) => tooOld(nowMs - windowsKeptMs) || roll(nowMs),
    before: (beforeMs) =>
      removeWindows("kept IN (0, 1, 2) AND to_ms < ?", beforeMs) +
      removeStalls(db, `ingest IN (SELECT ingest FROM stalls WHERE at < ? LIMIT ${rows})`, beforeMs),
    ofSession: (pk) => removeStalls(db, "session = ?", pk),
    oldest: (receivedMs) => {
      const before = receivedMs ?? Number.MAX_SAFE_INTEGER;
      const old =
        removeWindows("kept = 2 AND to_ms < ? ORDER BY to_ms", before) ||
        removeWindows("kept = 0 AND to_ms < ? ORDER BY to_ms", before);
      return old > 0 || receivedMs !== null ? old : removeWindows("kept = 1");
    },
    streams: (beforeMs) =>
      Number(
        db
          .prepare(
            `DELETE FROM streams WHERE last < ? AND NOT EXISTS (SELECT 1 FROM windows WHERE stream = streams.pk)
             AND NOT EXISTS (SELECT 1 FROM stalls WHERE stream = streams.pk)`,
          )
          .run(beforeMs).changes,
      ),
  };
};
