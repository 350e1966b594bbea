// Which data directories does the store open, which does it refuse, and with which sentence?
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Better from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { openProjectsIn, openStore, StoreUnusable } from "../../src/store/open.js";
import type { SessionStore } from "../../src/store/port.js";
import { chooseDriver } from "../../src/store/sqlite/driver.js";
import { migrate, migrations, newestSchema } from "../../src/store/sqlite/schema.js";
import { temporaryFolder } from "../helpers/folders.js";
import { bundle, storeWorker } from "../helpers/store-worker.js";
import { batch, event, run, t0 } from "./build.js";
import { writeVersion1 } from "./fixtures/version-1.js";

const open = async (directory: string, close = true): Promise<SessionStore> => {
  const store = await openStore({ directory, worker: await storeWorker(), driver: "better-sqlite3" });
  if (close) onTestFinished(() => store.close());
  return store;
};

const refusal = async (directory: string): Promise<string> => {
  const error = await open(directory).then(
    () => null,
    (reason: Error) => reason,
  );
  expect(error).toBeInstanceOf(StoreUnusable);
  return error?.message ?? "";
};

test("what was written is there after the store was closed and opened, and ingest numbers go on", async () => {
  const directory = join(temporaryFolder(), "made", "on the way");
  const first = await open(directory, false);
  await first.append(run("s", 5));
  await first.purge("all");
  await first.append(run("t", 2));
  await first.close();
  const second = await open(directory);
  expect(await second.newestIngest()).toBe(7);
  expect((await second.append(run("t", 1))).events[0]).toMatchObject({ ingest: 8, delivery: "duplicate_suspected" });
});

test("a batch that waits when the store is closed is still committed", async () => {
  const directory = temporaryFolder();
  const first = await open(directory, false);
  const waiting = Array.from({ length: 50 }, (_, i) => first.append(run(`s${i}`, 100)));
  await first.close();
  expect((await Promise.all(waiting)).length).toBe(50);
  expect((await (await open(directory)).stats()).events).toBe(5000);
});

test("a second store in the same process and one in another are refused, until the first is closed", async () => {
  const directory = temporaryFolder();
  const first = await open(directory, false);
  const sentence = `Another gst-pyroscope serve uses the data directory ${directory}. Stop that one, or choose another --data-dir.`;
  expect(await refusal(directory)).toBe(sentence);
  const opener = await bundle("test/store/open-once.ts", "open-once.js");
  const inOther = async (): Promise<string> => {
    const args = [fileURLToPath(opener), fileURLToPath(await storeWorker()), directory];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
    });
    await once(child, "close");
    return said.trim();
  };
  expect(await inOther()).toBe(sentence);
  await first.append(run("s", 1));
  await first.close();
  expect(await inOther()).toBe("opened");
});

test("a directory of schema version 1 opens with all that it held", async () => {
  const directory = temporaryFolder();
  writeVersion1(directory);
  const store = await open(directory);
  expect(await store.session("demo", "first")).toEqual({
    projectId: "demo",
    sessionId: "first",
    state: "ended",
    startedMs: t0,
    lastSeenMs: t0 + 9,
    endedMs: t0 + 9,
    endSource: "client",
    events: 2,
    correlationId: "11111111-1111-4111-8111-111111111111",
    sampleRatePpm: 500_000,
    streamId: "stream-a",
    signalAbsent: [{ kind: "segment", adapter: "native_hls", reason: "native_hls_unavailable" }],
  });
  const [old] = await store.events("demo", "second", { limit: 9 });
  expect(old).toMatchObject({
    ingest: 8,
    sequence: null,
    sdk: { name: "other", version: "2" },
    skewed: true,
    meta: null,
  });
  expect((await store.sessions("demo", { limit: 9, stream: "stream-a" })).length).toBe(1);
  const again = await store.append(batch([event("first", { sequence: 1 })]));
  expect(again.events[0]).toMatchObject({ ingest: 10, delivery: "duplicate_suspected" });
  await store.putProject({ id: "demo", name: "Demo", origins: [], limits: null, createdMs: t0 });
  expect((await store.stats()).events).toBe(4);
});

test("a migration that fails half way leaves the version before", () => {
  const directory = temporaryFolder();
  writeVersion1(directory);
  const db = new Better(join(directory, "sessions.sqlite"));
  db.exec("CREATE TABLE tokens(in_the_way)");
  expect(() => migrate(db, directory)).toThrow(/tokens already exists/);
  expect(db.prepare("SELECT value FROM meta WHERE key = 'schema_version'").pluck().get()).toBe(1);
  expect(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'projects'").pluck().get()).toBe(0);
  db.exec("DROP TABLE tokens");
  migrate(db, directory);
  expect(db.prepare("SELECT value FROM meta WHERE key = 'schema_version'").pluck().get()).toBe(migrations.length);
  db.close();
});

test("a file of a newer version and one of another program are refused and not changed", async () => {
  const newer = temporaryFolder();
  await (await open(newer, false)).close();
  const file = join(newer, "sessions.sqlite");
  const db = new Better(file);
  db.exec("UPDATE meta SET value = 7 WHERE key = 'schema_version'; PRAGMA journal_mode = DELETE");
  db.close();
  const before = readFileSync(file);
  expect(await refusal(newer)).toBe(
    `${newer} was written by a newer gst-pyroscope (schema 7, this one reads up to ${newestSchema}). Use the newer version again, or choose another --data-dir.`,
  );
  expect(readFileSync(file).equals(before)).toBe(true);

  const foreign = temporaryFolder();
  const other = new Better(join(foreign, "sessions.sqlite"));
  other.exec("CREATE TABLE meta(key, value); CREATE TABLE bookmarks(url)");
  other.close();
  const theirs = readFileSync(join(foreign, "sessions.sqlite"));
  expect(await refusal(foreign)).toContain("that gst-pyroscope has not written. Choose another --data-dir.");
  expect(readFileSync(join(foreign, "sessions.sqlite")).equals(theirs)).toBe(true);
});

test("what is no directory, and what is no database, is refused with the reason", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  expect(await refusal(join(folder, "file"))).toMatch(
    /^The data directory .* cannot be used: .*choose another --data-dir\.$/,
  );
  writeFileSync(join(folder, "sessions.sqlite"), "no database ".repeat(1000));
  expect(await refusal(folder)).toContain("file is not a database");
});

test("projects and tokens can be changed beside a running store, which sees them", async () => {
  const directory = temporaryFolder();
  const beside = openProjectsIn(directory, "better-sqlite3");
  await beside.putProject({ id: "early", name: "", origins: [], limits: null, createdMs: t0 });
  beside.close();
  const store = await open(directory);
  const again = openProjectsIn(directory, "better-sqlite3");
  await again.putToken({ hash: "a".repeat(64), project: "early", kind: "read", createdMs: t0 });
  expect(await again.removeToken("none")).toBe(false);
  again.close();
  expect((await store.projects()).map((one) => one.id)).toEqual(["early"]);
  expect((await store.tokens()).map((one) => one.kind)).toEqual(["read"]);
  expect((await store.append(run("s", 1))).events[0]?.ingest).toBe(1);
});

test("the figures name the driver and why it is used", async () => {
  const store = await open(temporaryFolder());
  const { adapter, why, engine } = await store.stats();
  expect(adapter).toBe("better-sqlite3");
  expect(why).toContain("better-sqlite3 is installed.");
  expect(engine).toMatch(/^3\.\d+\.\d+$/);
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const own = major > 22 || (major === 22 && minor >= 13);
  expect(chooseDriver().name).toBe(own ? "node:sqlite" : "better-sqlite3");
  if (!own) expect(() => chooseDriver("node:sqlite")).toThrow("node:sqlite needs Node 22.13 or later.");
});
