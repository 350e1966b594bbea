// What happens to events, and to those who read, while the disk is full, and when there is room again?
// SPDX-License-Identifier: MPL-2.0
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Better from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { openStore, StoreFull } from "../../src/store/open.js";
import type { SessionStore } from "../../src/store/port.js";
import { temporaryFolder } from "../helpers/folders.js";
import { storeWorker } from "../helpers/store-worker.js";
import { run, t0, walkEvents } from "./build.js";

/** A file system of 3 MB; only root may mount one. */
const smallDisk = (): string | null => {
  const folder = temporaryFolder();
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], { stdio: "ignore" });
  if (status !== 0) return null;
  onTestFinished(() => {
    spawnSync("umount", [folder]);
  });
  return folder;
};

/** Ingest numbers of all that was taken, until something is refused; the refusal. */
const fillUp = async (store: SessionStore, size: number, taken: number[]): Promise<unknown> => {
  for (let i = 0; i < 1000; i++) {
    try {
      const { events } = await store.append(run(`s${i % 20}`, size));
      taken.push(...events.map((one) => one.ingest));
    } catch (error) {
      return error;
    }
  }
  return null;
};

test("a full disk refuses events, loses none that it took, lets read, and takes again by itself", async ({ skip }) => {
  const directory = smallDisk();
  if (directory === null) return skip("a small file system can be mounted by root only");
  const ballast = join(directory, "ballast");
  writeFileSync(ballast, Buffer.alloc(1_000_000));
  const store = await openStore({ directory, worker: await storeWorker(), driver: "better-sqlite3" });
  onTestFinished(() => store.close());
  const taken: number[] = [];
  expect(await fillUp(store, 50, taken)).toBeInstanceOf(StoreFull);
  expect(taken.length).toBeGreaterThan(1000);
  expect(await fillUp(store, 1, taken), "smaller commits find the last free pages").toBeInstanceOf(StoreFull);

  const full = await store.stats();
  expect(full.fullSinceMs).toBeGreaterThan(t0);
  expect([full.events, full.newestIngest, full.queue.events]).toEqual([taken.length, taken.at(-1), 0]);
  const { events } = await store.eventsAfter("demo", 0, 100_000);
  expect(events.map((one) => one.ingest)).toEqual(taken);
  expect((await walkEvents(store, "s3", 1000)).length).toBe((await store.session("demo", "s3"))?.events);

  rmSync(ballast);
  const again = await store.append(run("s0", 5));
  taken.push(...again.events.map((one) => one.ingest));
  expect((await store.stats()).fullSinceMs).toBeNull();
  expect((await store.eventsAfter("demo", 0, 100_000)).events.map((one) => one.ingest)).toEqual(taken);
  expect((await store.purge("all")).events).toBe(taken.length);
  await store.close();
  const db = new Better(join(directory, "sessions.sqlite"));
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  db.close();
});
