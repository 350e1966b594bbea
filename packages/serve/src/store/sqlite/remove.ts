// How are old or unwanted rows removed without stopping those who write?
// SPDX-License-Identifier: MPL-2.0
import type { PurgeTarget, Removed, Retention } from "../port.js";
import { type Database, inTransaction, numberOf, type Statement, type Value } from "./driver.js";
import type { Pace } from "./pace.js";
import { usedBytes } from "./read.js";
import { windowRemover } from "./remove-windows.js";

/** Rows in one transaction. */
const sliceRows = 500;

export class Remover {
  #db: Database;
  #pace: Pace;
  #ofSession: Statement;
  #oldest: Statement;
  #windows: ReturnType<typeof windowRemover>;

  constructor(db: Database, pace: Pace) {
    this.#db = db;
    this.#pace = pace;
    this.#windows = windowRemover(db, sliceRows);
    this.#ofSession = db.prepare(
      "DELETE FROM events WHERE ingest IN (SELECT ingest FROM events WHERE session = ? LIMIT ?)",
    );
    this.#oldest = db.prepare(
      `SELECT ingest, received FROM events WHERE ingest > ? ORDER BY ingest LIMIT ${sliceRows}`,
    );
  }

  async retain(nowMs: number, limits: Retention): Promise<Removed> {
    const cut = { sessions: nowMs - limits.sessionsMs, events: nowMs - limits.eventsMs };
    const removed = await this.#sessions("SELECT pk FROM sessions WHERE state = 2 AND last_seen < ?", cut.sessions);
    removed.events += await this.#eventsBefore(cut.events, false);
    this.#keptSince(removed, cut.events, cut.sessions);
    await this.#others(() => this.#windows.old(nowMs));
    await this.#others(() => this.#windows.streams(cut.sessions));
    const forSpace = await this.#untilSmaller(limits.maxBytes);
    return { sessions: removed.sessions + forSpace.sessions, events: removed.events + forSpace.events };
  }

  async purge(what: PurgeTarget): Promise<Removed> {
    if (what !== "all" && "sessionId" in what) {
      return this.#one(what.project, what.sessionId);
    }
    const all = (): number => numberOf(this.#db, "SELECT coalesce(max(last_seen), -1) + 1 FROM sessions");
    const beforeMs = what === "all" ? all() : what.beforeMs;
    const old = "SELECT pk FROM sessions WHERE state IN (0, 1, 2) AND last_seen < ?";
    const removed = await this.#sessions(old, beforeMs);
    removed.events += await this.#eventsBefore(beforeMs, true);
    this.#keptSince(removed, beforeMs, beforeMs);
    await this.#others(() => this.#windows.before(what === "all" ? Number.MAX_SAFE_INTEGER : beforeMs));
    await this.#others(() => this.#windows.streams(what === "all" ? Number.MAX_SAFE_INTEGER : beforeMs));
    if (what === "all") this.#db.exec("DELETE FROM stream_paths");
    return removed;
  }

  /** Rows that are neither sessions nor events. */
  #others(slice: () => number): Promise<void> {
    return this.#inSlices(slice, { sessions: 0, events: 0 });
  }

  /** By its key: when its player goes on, that is another session of the same id, which is not removed, and does not keep this one from an end. */
  async #one(project: string, id: string): Promise<Removed> {
    const pk = numberOf(this.#db, "SELECT pk FROM sessions WHERE project = ? AND id = ?", project, id);
    return this.#sessions("SELECT pk FROM sessions WHERE pk = ?", pk);
  }

  /** `next` finds one that is to go, as long as there are any. */
  async #sessions(next: string, ...values: Value[]): Promise<Removed> {
    const find = this.#db.prepare(`${next} LIMIT 1`);
    const removed = { sessions: 0, events: 0 };
    await this.#inSlices(() => {
      let rows = 0;
      while (rows < sliceRows) {
        const found = find.get(...values) as { pk: number } | undefined;
        if (!found) break;
        const events = Number(this.#ofSession.run(found.pk, sliceRows - rows).changes);
        removed.events += events;
        rows += events;
        if (rows < sliceRows) {
          this.#removeSession(found.pk);
          removed.sessions++;
          rows++;
        }
      }
      return rows;
    }, removed);
    return removed;
  }

  #removeSession(pk: number): void {
    this.#db.prepare("DELETE FROM boundaries WHERE session = ?").run(pk);
    this.#windows.ofSession(pk);
    this.#db.prepare("DELETE FROM sessions WHERE pk = ?").run(pk);
  }

  /** Follows the ingest numbers; unless `thorough` it stops where 500 rows in a row are young enough. */
  async #eventsBefore(beforeMs: number, thorough: boolean): Promise<number> {
    const remove = this.#db.prepare("DELETE FROM events WHERE ingest > ? AND ingest <= ? AND received < ?");
    const removed = { sessions: 0, events: 0 };
    let after = 0;
    await this.#inSlices(() => {
      const last = (this.#oldest.all(after) as { ingest: number }[]).at(-1)?.ingest;
      if (last === undefined) return 0;
      const events = Number(remove.run(after, last, beforeMs).changes);
      after = last;
      removed.events += events;
      return thorough ? sliceRows : events;
    }, removed);
    return removed.events;
  }

  async #untilSmaller(maxBytes: number): Promise<Removed> {
    const removed = { sessions: 0, events: 0 };
    const remove = this.#db.prepare("DELETE FROM events WHERE ingest <= ?");
    let keptSinceMs = 0;
    await this.#inSlices(() => {
      if (usedBytes(this.#db) <= maxBytes) return 0;
      const rows = this.#oldest.all(0) as { ingest: number; received: number }[];
      const windows = this.#windows.oldest(rows[0]?.received ?? null);
      if (windows > 0) return windows;
      for (const row of rows) keptSinceMs = Math.max(keptSinceMs, row.received + 1);
      const events = Number(remove.run(rows.at(-1)?.ingest ?? 0).changes);
      removed.events += events;
      return events;
    }, removed);
    this.#keptSince(removed, keptSinceMs, 0);
    return removed;
  }

  /** Until a slice has no rows; each is a transaction that also corrects the count of events and the file's size. */
  async #inSlices(slice: () => number, removed: Removed): Promise<void> {
    for (let rows = 1; rows > 0; ) {
      const began = performance.now();
      const before = { ...removed };
      try {
        rows = inTransaction(this.#db, () => this.#counted(slice, removed));
      } catch (error) {
        Object.assign(removed, before);
        throw error;
      }
      if (rows > 0) this.#db.exec("PRAGMA incremental_vacuum(1000)");
      await this.#pace(performance.now() - began);
    }
  }

  #counted(slice: () => number, removed: Removed): number {
    const before = removed.events;
    const rows = slice();
    const gone = removed.events - before;
    if (gone) this.#db.prepare("UPDATE meta SET value = value - ? WHERE key = 'events'").run(gone);
    return rows;
  }

  #keptSince(removed: Removed, eventsMs: number, sessionsMs: number): void {
    const raise = this.#db.prepare("UPDATE meta SET value = max(value, ?) WHERE key = ?");
    if (removed.events) raise.run(eventsMs, "kept_events");
    if (removed.sessions) raise.run(sessionsMs, "kept_sessions");
  }
}
