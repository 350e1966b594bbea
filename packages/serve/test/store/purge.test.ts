// Is a removed session gone from every file, byte by byte, while others write and read?
// SPDX-License-Identifier: MPL-2.0
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Better from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/store/open.js";
import type { SessionStore } from "../../src/store/port.js";
import { searchFiles } from "../../src/store/sqlite/search.js";
import { temporaryFolder } from "../helpers/folders.js";
import { storeWorker } from "../helpers/store-worker.js";
import { batch, boundary, event, run, t0, walkSessions } from "./build.js";

const open = async (directory: string): Promise<SessionStore> => {
  const store = await openStore({ directory, worker: await storeWorker(), driver: "better-sqlite3" });
  onTestFinished(() => store.close());
  return store;
};

/** Asked of another process: closing a file of the directory here would let go of SQLite's locks on it. */
const isGone = (directory: string, text: string): boolean => {
  const { status } = spawnSync("grep", ["-rqaF", "--", text, directory]);
  if (status !== 0 && status !== 1) throw new Error(`grep ended with ${status}`);
  return status === 1;
};

/** Sessions with random ids in random order, so that the index splits its pages in the middle. */
const fill = async (store: SessionStore, ids: string[]): Promise<void> => {
  for (const round of [0, 1]) {
    await Promise.all(
      ids.map((id, i) => {
        const events = [0, 1].map((n) =>
          event(id, { sequence: 2 * round + n, meta: { mine: `${id}-${n}`, pad: "p".repeat(i % 700) } }),
        );
        return store.append(batch(events, { receivedMs: t0 + i, boundaries: [boundary(id)] }));
      }),
    );
  }
};

test("a purged session is in no file of the data directory, wherever it stood", async () => {
  const directory = temporaryFolder();
  const store = await open(directory);
  const ids = Array.from({ length: 2000 }, () => randomUUID());
  await fill(store, ids);
  const purged = ids.filter((_, i) => i % 200 === 0);
  for (const sessionId of purged) {
    expect(isGone(directory, sessionId), "it is there before").toBe(false);
    expect(await store.purge({ project: "demo", sessionId })).toEqual({ sessions: 1, events: 4 });
    expect(isGone(directory, sessionId)).toBe(true);
  }
  expect(readdirSync(directory)).toContain("sessions.sqlite");
  expect((await store.stats()).sessions.active).toBe(1990);
});

test("copies that SQLite has left between rows, without any row, are found and go too", async () => {
  const directory = temporaryFolder();
  const id = randomUUID();
  const first = await openStore({ directory, worker: await storeWorker(), driver: "better-sqlite3" });
  await first.append(run("other", 1));
  await first.append(run(id, 3));
  await first.close();
  const db = new Better(join(directory, "sessions.sqlite"));
  db.pragma("secure_delete = OFF");
  db.prepare("DELETE FROM sessions WHERE id = ?").run(id);
  db.close();
  expect(isGone(directory, id), "SQLite leaves the bytes of a removed row").toBe(false);
  const store = await open(directory);
  await store.purge({ project: "demo", sessionId: id });
  expect(isGone(directory, id)).toBe(true);
  expect((await store.session("demo", "other"))?.events).toBe(1);
});

test("after a purge by age and one of all, no id of those sessions is in any file", async () => {
  const directory = temporaryFolder();
  const store = await open(directory);
  const ids = Array.from({ length: 1500 }, () => randomUUID());
  await fill(store, ids);
  expect((await store.purge({ beforeMs: t0 + 1000 })).sessions).toBe(1000);
  const samples = ids.filter((_, i) => i < 1000 && i % 50 === 0);
  for (const id of samples) expect(isGone(directory, id)).toBe(true);
  expect(isGone(directory, ids[1499] ?? "")).toBe(false);
  await store.purge("all");
  for (const id of ids.filter((_, i) => i % 75 === 0)) expect(isGone(directory, id)).toBe(true);
  expect((await store.stats()).bytes).toBeLessThan(200_000);
});

test("a purge goes on while events of the same session, and of others, keep coming", async () => {
  const store = await open(temporaryFolder());
  for (let i = 0; i < 40; i++) await store.append(run("gone", 100));
  let purging = true;
  const purge = store.purge({ project: "demo", sessionId: "gone" }).finally(() => {
    purging = false;
  });
  const appended = [];
  while (purging) appended.push(await store.append(batch([event("other"), event("gone")])));
  const removed = await purge;
  expect(removed.sessions, "what its player sends after the removal is another session").toBe(1);
  expect(removed.events).toBeGreaterThanOrEqual(4000);
  expect((await store.session("demo", "other"))?.events ?? 0).toBe(appended.length);
  expect((await store.stats()).events).toBe(4000 + 2 * appended.length - removed.events);
});

test("the search finds a text across the border of two parts of a file", async () => {
  const directory = temporaryFolder();
  const worker = await storeWorker();
  const filler = Buffer.alloc(8_388_608 - 5, "-");
  writeFileSync(join(directory, "large"), Buffer.concat([filler, Buffer.from("across the border"), filler]));
  expect(await searchFiles(worker, directory, "across the border")).toBe(true);
  expect(await searchFiles(worker, directory, "across a border")).toBe(false);
});

test("the oldest events go when the store is larger than allowed, and the file shrinks", async () => {
  const directory = temporaryFolder();
  const store = await open(directory);
  const pad = "p".repeat(1000);
  for (let i = 0; i < 60; i++) {
    const events = Array.from({ length: 100 }, () => event(`s${i}`, { meta: { pad } }));
    await store.append(batch(events, { receivedMs: t0 + i }));
  }
  const before = (await store.stats()).bytes;
  const maxBytes = before / 2;
  const { events, sessions } = await store.retain(t0, { eventsMs: 1e9, sessionsMs: 1e9, maxBytes });
  expect(sessions).toBe(0);
  const after = await store.stats();
  expect(after.events).toBe(6000 - events);
  expect(after.bytes).toBeLessThanOrEqual(maxBytes);
  expect(after.bytes).toBeGreaterThan(maxBytes * 0.7);
  const [oldest] = (await store.eventsAfter("demo", 0, 6000)).events;
  expect(oldest?.ingest).toBe(events + 1);
  const { eventsMs } = await store.keptSince();
  expect(eventsMs).toBe(t0 + Math.floor((events - 1) / 100) + 1);
});

test("sessions that outnumber their events go too, with all that belongs to them: ended ones first, the oldest first", async () => {
  const store = await open(temporaryFolder());
  const ids = Array.from({ length: 6000 }, (_, i) => `session-${String(i).padStart(5, "0")}`);
  for (let i = 0; i < 6000; i += 100) {
    const own = ids.slice(i, i + 100);
    const events = own.map((id) => event(id, { name: i < 3000 ? "session_ended" : "segment_loaded" }));
    await store.append(batch(events, { receivedMs: t0 + i, boundaries: own.map((id) => boundary(id)) }));
  }
  const before = await store.stats();
  await store.retain(t0 + 3000, { eventsMs: 1, sessionsMs: 1e9, maxBytes: 1e9 });
  const maxBytes = before.bytes / 3;
  const removed = await store.retain(t0 + 3000, { eventsMs: 1e9, sessionsMs: 1e9, maxBytes });
  const after = await store.stats();
  expect(after.bytes).toBeLessThanOrEqual(maxBytes);
  expect(after.sessions).toEqual({ active: 6000 - removed.sessions, stalled: 0, ended: 0 });
  expect(removed.sessions).toBeGreaterThan(3000);
  const kept = await walkSessions(store, 1000);
  expect(kept.map(({ sessionId }) => sessionId).sort()).toEqual(ids.slice(removed.sessions));
  expect((await store.keptSince()).sessionsMs).toBe(t0 + Math.floor((removed.sessions - 1) / 100) * 100 + 1);
});

test("a limit that not even an empty store keeps to removes all, and ends", async () => {
  const store = await open(temporaryFolder());
  for (let i = 0; i < 20; i++) await store.append(run(`s${i}`, 100));
  expect(await store.retain(t0, { eventsMs: 1e9, sessionsMs: 1e9, maxBytes: 1 })).toEqual({
    sessions: 20,
    events: 2000,
  });
  expect((await store.append(run("after", 1))).events[0]?.ingest).toBe(2001);
});

test("the file itself is made smaller by removal", async () => {
  const directory = temporaryFolder();
  const store = await openStore({ directory, worker: await storeWorker(), driver: "better-sqlite3" });
  for (let i = 0; i < 30; i++) await store.append(run(`s${i}`, 100));
  await store.retain(t0 + 10, { eventsMs: 5, sessionsMs: 1e9, maxBytes: 1e9 });
  await store.close();
  const db = new Better(join(directory, "sessions.sqlite"));
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(db.pragma("freelist_count", { simple: true })).toBe(0);
  expect(db.prepare("SELECT value FROM meta WHERE key = 'events'").pluck().get()).toBe(0);
  db.close();
});
