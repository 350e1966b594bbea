// Does a data directory of the version before open, with all that it held, and does it take windows and stalls then; is nothing changed by a step that fails?
// SPDX-License-Identifier: MPL-2.0
import { join } from "node:path";
import Better from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { openProjectsIn, openStore } from "../../src/store/open.js";
import { migrate, newestSchema } from "../../src/store/sqlite/schema.js";
import { temporaryFolder } from "../helpers/folders.js";
import { storeWorker } from "../helpers/store-worker.js";
import { t0 } from "./build.js";
import { stallRow, windowRow } from "./build-stalls.js";
import { writeVersion2 } from "./fixtures/version-2.js";

const always = { fromMs: 0, untilMs: 9e15, limit: 9 };

test("a directory of schema version 2 opens, and its sessions can have stalls", async () => {
  const directory = temporaryFolder();
  writeVersion2(directory);
  const store = await openStore({ directory, worker: await storeWorker(), driver: "better-sqlite3" });
  onTestFinished(() => store.close());
  expect((await store.sessions("demo", { limit: 9 })).map(({ sessionId }) => sessionId)).toEqual(["second", "first"]);
  expect((await store.projects())[0]?.origins).toEqual(["https://a.example"]);
  expect((await store.tokens())[0]).toMatchObject({ kind: "pipeline", project: "demo" });
  const found = await store.stalls.unjudged(t0);
  expect(found.map(({ ingest, name }) => [ingest, name])).toEqual([
    [9, "session_ended"],
    [10, "rebuffer_started"],
  ]);
  await store.stalls.putWindows([windowRow(t0)]);
  await store.stalls.putStalls([stallRow(10, "second", t0 + 19)]);
  expect(await store.stalls.windows("demo", "demo", always)).toEqual([windowRow(t0)]);
  expect((await store.stalls.stallsOfSession("demo", "second")).map(({ id }) => id)).toEqual([10]);
});

test("a step that fails half way leaves version 2", () => {
  const directory = temporaryFolder();
  writeVersion2(directory);
  const db = new Better(join(directory, "sessions.sqlite"));
  onTestFinished(() => void db.close());
  db.exec("CREATE TABLE incidents(in_the_way)");
  expect(() => migrate(db, directory)).toThrow(/incidents already exists/);
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE name IN ('streams', 'windows', 'stalls')").all();
  expect([db.prepare("SELECT value FROM meta WHERE key = 'schema_version'").pluck().get(), tables]).toEqual([2, []]);
  db.exec("DROP TABLE incidents");
  migrate(db, directory);
  expect(db.prepare("SELECT value FROM meta WHERE key = 'schema_version'").pluck().get()).toBe(newestSchema);
});

test("paths of streams are mapped in it by a command, before it was ever served", async () => {
  const directory = temporaryFolder();
  writeVersion2(directory);
  const { streams, close } = openProjectsIn(directory, "better-sqlite3");
  onTestFinished(close);
  await streams.putStreamPath("demo", { path: "/a.m3u8", streamId: "a", learned: false });
  expect(await streams.streamPaths("demo")).toEqual([{ path: "/a.m3u8", streamId: "a", learned: false }]);
});
