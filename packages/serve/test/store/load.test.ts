// Does the store go on when a reader is in the way, when rows are removed meanwhile, and when more comes than it can write?
// SPDX-License-Identifier: MPL-2.0
import { join } from "node:path";
import Better from "better-sqlite3";
import { expect, onTestFinished, test, vi } from "vitest";
import { openStore, StoreBusy, type StoreOptions } from "../../src/store/open.js";
import type { SessionStore } from "../../src/store/port.js";
import { pacing } from "../../src/store/sqlite/pace.js";
import { temporaryFolder } from "../helpers/folders.js";
import { storeWorker } from "../helpers/store-worker.js";
import { batch, event, run } from "./build.js";

const open = async (directory: string, limits: StoreOptions["limits"] = {}): Promise<SessionStore> => {
  const store = await openStore({ directory, worker: await storeWorker(), driver: "better-sqlite3", limits });
  onTestFinished(() => store.close());
  return store;
};

/** Another program that reads, as a person with the sqlite3 command would, and does not end its transaction. */
const holdReader = (directory: string): InstanceType<typeof Better> => {
  const db = new Better(join(directory, "sessions.sqlite"), { readonly: true });
  db.exec("BEGIN");
  db.prepare("SELECT count(*) FROM events").get();
  return db;
};

const large = (sessionId: string) =>
  batch(Array.from({ length: 100 }, () => event(sessionId, { meta: { pad: "p".repeat(2000) } })));

test("the WAL is emptied above its limit, as soon as no reader is in the way", async () => {
  const directory = temporaryFolder();
  const store = await open(directory, { maxWalBytes: 1_000_000 });
  const reader = holdReader(directory);
  for (let i = 0; i < 20; i++) await store.append(large("s"));
  expect((await store.stats()).walBytes).toBeGreaterThan(3_000_000);
  reader.close();
  await vi.waitFor(
    async () => {
      await store.append(run("s", 1));
      expect((await store.stats()).walBytes).toBeLessThan(1_000_000);
    },
    { timeout: 60_000 },
  );
  expect((await store.session("demo", "s"))?.events).toBeGreaterThan(2000);
});

test("while it cannot be emptied, the store's own reader is begun again, and reading and writing go on", async () => {
  const directory = temporaryFolder();
  const store = await open(directory, { maxWalBytes: 0, maxBlockedMs: 0 });
  await store.append(run("s", 1));
  const reader = holdReader(directory);
  for (let i = 0; i < 5; i++) {
    await store.append(run("s", 10));
    const [row] = await Promise.allSettled([store.session("demo", "s")]);
    const ok = row?.status === "fulfilled" || /ask for less at once/.test(String(row?.reason));
    expect(ok, String(row?.status === "rejected" && row.reason)).toBe(true);
  }
  reader.close();
  await vi.waitFor(async () => expect((await store.session("demo", "s"))?.events).toBe(51));
});

test("a purge waits for a reader that is in the way, then leaves nothing", async () => {
  const directory = temporaryFolder();
  const store = await open(directory);
  await store.append(run("to-be-purged", 100));
  const reader = holdReader(directory);
  let done = false;
  const purge = store.purge({ project: "demo", sessionId: "to-be-purged" }).finally(() => {
    done = true;
  });
  await vi.waitFor(async () => expect(await store.session("demo", "to-be-purged")).toBeNull());
  expect(done).toBe(false);
  reader.close();
  expect(await purge).toEqual({ sessions: 1, events: 100 });
  expect((await store.stats()).walBytes).toBe(0);
});

test("more than the queue holds is refused at once; all else is stored, and the counts agree", async () => {
  const store = await open(temporaryFolder());
  const answers = await Promise.allSettled(Array.from({ length: 400 }, (_, i) => store.append(run(`s${i % 50}`, 100))));
  const refused = answers.filter((one) => one.status === "rejected");
  expect(refused.length).toBe(200);
  expect(refused.every((one) => one.reason instanceof StoreBusy)).toBe(true);
  expect((await store.stats()).events).toBe(20_000);
  expect((await store.stats()).commits).toBeLessThanOrEqual(21);
  await store.append(run("after", 1));
});

test("removal takes a fifth of the writer's time while others write, and pauses for nobody else", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const { pace, wrote } = pacing();
  await pace(50);
  wrote();
  let resumed = false;
  const pause = pace(50).then(() => {
    resumed = true;
  });
  await vi.advanceTimersByTimeAsync(199);
  expect(resumed).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await pause;
  await pace(50);
});
