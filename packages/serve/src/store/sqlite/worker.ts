// What runs in the threads with SQLite: one writes, one reads?
// SPDX-License-Identifier: MPL-2.0
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { StoreUnusable } from "../errors.js";
import { endedAfterMs, stalledAfterMs } from "../model.js";
import { Appender } from "./append.js";
import { chooseDriver, type Database, inTransaction, type SqliteDriver } from "./driver.js";
import { emptyWal, isDiskFull, lockDirectory, openForReading, openForWriting } from "./files.js";
import { pacing } from "./pace.js";
import { projectCalls } from "./projects.js";
import type { Answer, Call, Opened, ReaderCalls, ThreadData, WriterCalls } from "./protocol.js";
import { readerCalls } from "./read.js";
import { Remover } from "./remove.js";
import { migrate } from "./schema.js";
import { answerSearch } from "./search.js";
import { stallWriterCalls } from "./write-stalls.js";

type Calls = Record<string, (...args: never[]) => unknown>;

interface Thread {
  calls: Calls;
  close(): void;
}

const openedBy = (driver: SqliteDriver, db: Database): Opened => {
  const { version } = db.prepare("SELECT sqlite_version() AS version").get() as { version: string };
  return { driver: driver.name, why: driver.why, engine: version };
};

/** No event for a minute, for five: by the index of states and last events. */
const sweep = (db: Database, nowMs: number): { stalled: number; ended: number } =>
  inTransaction(db, () => {
    const end = "UPDATE sessions SET state = 2, ended = ?, end_source = 1 WHERE state IN (0, 1) AND last_seen <= ?";
    const ended = Number(db.prepare(end).run(nowMs, nowMs - endedAfterMs).changes);
    const stall = db.prepare("UPDATE sessions SET state = 1 WHERE state = 0 AND last_seen <= ?");
    return { stalled: Number(stall.run(nowMs - stalledAfterMs).changes), ended };
  });

const writer = ({ directory, durable, driver: wanted }: ThreadData): Thread => {
  const driver = chooseDriver(wanted);
  const lock = lockDirectory(driver, directory);
  const db = openForWriting(driver, directory, durable);
  migrate(db, directory);
  const appender = new Appender(db, directory);
  const { pace, wrote } = pacing();
  const remover = new Remover(db, pace);
  const { putProject, putToken, removeToken } = projectCalls(db);
  const calls: WriterCalls = {
    opened: () => openedBy(driver, db),
    append: (group) => {
      wrote();
      return appender.append(group);
    },
    sweep: (nowMs) => sweep(db, nowMs),
    retain: (nowMs, limits) => remover.retain(nowMs, limits),
    purge: (what) => remover.purge(what),
    emptyWal: (waitMs) => emptyWal(db, waitMs),
    rewrite: () => {
      db.exec("VACUUM");
    },
    putProject,
    putToken,
    removeToken,
    ...stallWriterCalls(db),
  };
  const close = (): void => {
    db.close();
    lock.close();
  };
  return { calls: calls as unknown as Calls, close };
};

const reader = ({ directory, driver: wanted }: ThreadData): Thread => {
  const driver = chooseDriver(wanted);
  const db = openForReading(driver, directory);
  const calls: ReaderCalls = { ...readerCalls(db), opened: () => openedBy(driver, db) };
  return { calls: calls as unknown as Calls, close: () => db.close() };
};

const failure = (id: number, error: unknown, directory: string): Answer => {
  const { message } = error as Error;
  if (error instanceof StoreUnusable) return { id, kind: "unusable", message };
  return { id, kind: isDiskFull(error, directory) ? "full" : "other", message };
};

const serve = (data: ThreadData): void => {
  let thread: Thread | undefined;
  const answer = async ({ id, name, args }: Call): Promise<Answer> => {
    try {
      if (name === "close") return { id, value: thread?.close() };
      thread ??= data.role === "writer" ? writer(data) : reader(data);
      return { id, value: await thread.calls[name]?.(...(args as never[])) };
    } catch (error) {
      return failure(id, error, data.directory);
    }
  };
  parentPort?.on("message", async (call: Call) => parentPort?.postMessage(await answer(call)));
};

if (isMainThread) answerSearch();
else serve(workerData as ThreadData);
