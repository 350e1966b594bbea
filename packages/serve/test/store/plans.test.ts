// Does each statement find its rows by an index, so that its time does not grow with what is kept?
// SPDX-License-Identifier: MPL-2.0
import Better from "better-sqlite3";
import { expect, test } from "vitest";
import { Appender } from "../../src/store/sqlite/append.js";
import type { Database } from "../../src/store/sqlite/driver.js";
import { readerCalls } from "../../src/store/sqlite/read.js";
import { Remover } from "../../src/store/sqlite/remove.js";
import { migrate } from "../../src/store/sqlite/schema.js";
import { removeStalls, stallWriterCalls } from "../../src/store/sqlite/write-stalls.js";
import { event, t0 } from "./build.js";
import { stallRow, windowRow } from "./build-stalls.js";

const firstBatch = {
  ...{ project: "demo", receivedMs: t0, traceId: null, boundaries: [] },
  events: [{ ...event("s"), sdk: "[]", meta: null }],
};

/** All statements that the store prepares, by doing each thing once. */
const statements = async (real: InstanceType<typeof Better>): Promise<Set<string>> => {
  const seen = new Set<string>();
  const db: Database = {
    exec: (sql) => real.exec(sql),
    prepare: (sql) => {
      seen.add(sql);
      return real.prepare(sql);
    },
    close: () => real.close(),
  };
  new Appender(db, "/").append([firstBatch]);
  const reader = readerCalls(db);
  const after = { startedAt: t0, sessionId: "s" };
  for (const state of ["ended", undefined] as const) {
    for (const stream of ["stream", undefined]) {
      reader.sessions("demo", { limit: 9, state, stream });
      reader.sessions("demo", { limit: 9, state, stream, after });
    }
  }
  stallWriterCalls(db).putWindows([windowRow(t0)]);
  stallWriterCalls(db).putStalls([stallRow(1, "s")]);
  reader.unjudged(t0);
  reader.startups(t0);
  for (const stream of ["demo", undefined]) {
    reader.incidents("demo", { limit: 9, stream });
    reader.incidents("demo", { limit: 9, stream, after: { fromMs: t0, id: "x" } });
  }
  removeStalls(db, "session = ?", 1);
  const remover = new Remover(db, async () => {});
  await remover.retain(t0, { eventsMs: 1, sessionsMs: 1, maxBytes: 1 });
  await remover.purge({ beforeMs: t0 });
  await remover.purge({ project: "demo", sessionId: "s" });
  return seen;
};

test("no statement reads all events or sorts what it has read", async () => {
  const db = new Better(":memory:");
  migrate(db, "");
  const plans = new Map<string, string>();
  for (const sql of await statements(db)) {
    if (sql.startsWith("PRAGMA")) continue;
    const values = Array.from(sql.matchAll(/\?/g), () => 1);
    const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[];
    plans.set(sql, steps.map((step) => step.detail).join("\n"));
  }
  expect(plans.size).toBeGreaterThan(20);
  // The stalls of one incident are those of a moment, and may be sorted.
  const bounded = (sql: string): boolean => /FROM stalls (t .*)?WHERE (t\.)?incident = \?/s.test(sql);
  const scans = /SCAN (e(vents)?|w(indows)?)\b/;
  const slow = [...plans].filter(([sql, plan]) => scans.test(plan) || (/TEMP B-TREE/.test(plan) && !bounded(sql)));
  expect(slow).toEqual([]);
  const duplicates = [...plans].find(([sql]) => sql.startsWith("SELECT 1 FROM events"));
  expect(duplicates?.[1]).toContain("events_sequence (session=? AND seq=?)");
  db.close();
});

test("who missed events of a small project among very many others is not searched for without an end", () => {
  const db = new Better(":memory:");
  migrate(db, "");
  const appender = new Appender(db, "/");
  const { sdk: _, ...bare } = event("s");
  for (const [project, count] of [
    ["demo", 3],
    ["other", 8],
    ["demo", 2],
  ] as const) {
    const events = Array.from({ length: count }, () => ({ ...bare, sdk: "[]", meta: null }));
    appender.append([{ project, receivedMs: t0, traceId: null, events, boundaries: [] }]);
  }
  const after = (reach: number) => {
    const { events, truncated } = readerCalls(db, reach).eventsAfter("demo", 0, 9);
    return [events.map((one) => one.ingest), truncated];
  };
  expect(after(10)).toEqual([[12, 13], true]);
  expect(after(12)).toEqual([[2, 3, 12, 13], true]);
  expect(after(13)).toEqual([[1, 2, 3, 12, 13], false]);
  expect(after(1)).toEqual([[13], true]);
  db.close();
});
