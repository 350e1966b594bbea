// Which files does a data directory have, who may write them, and how are they opened?
// SPDX-License-Identifier: MPL-2.0
import { chmodSync, mkdirSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { StoreUnusable } from "../errors.js";
import { type Database, isCode, type SqliteDriver } from "./driver.js";
import { checkedVersion } from "./schema.js";

export const databaseIn = (directory: string): string => join(directory, "sessions.sqlite");

export const walBytes = (directory: string): number =>
  statSync(`${databaseIn(directory)}-wal`, { throwIfNoEntry: false })?.size ?? 0;

const lockIn = (directory: string): string => join(directory, "lock.sqlite");

/** Other users of the machine may not read what viewers did. By name: opening and closing would let go of SQLite's locks. */
const keepPrivate = (path: string): void => {
  try {
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
      if ((mode & 0o077) !== 0) chmodSync(file, 0o600);
    }
  } catch {
    // The file is of another user, who shares it on purpose.
  }
};

/** In the words of a person, where the system's are not enough. */
const unusable = (directory: string, error: unknown): never => {
  if (error instanceof StoreUnusable) throw error;
  throw new StoreUnusable(
    `The data directory ${directory} cannot be used: ${(error as Error).message}. Make it writable for this user, or choose another --data-dir.`,
  );
};

/**
 * The lock is one of SQLite's on a file of its own: the kernel lets go of it when the process ends, however it ends,
 * so that no stale lock is ever left.
 */
export const lockDirectory = (driver: SqliteDriver, directory: string): Database => {
  let lock: Database;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    lock = driver.open(lockIn(directory), false);
  } catch (error) {
    return unusable(directory, error);
  }
  try {
    lock.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    keepPrivate(lockIn(directory));
    return lock;
  } catch (error) {
    lock.close();
    if (!isCode(error, "SQLITE_BUSY")) return unusable(directory, error);
    throw new StoreUnusable(
      `Another gst-pyroscope serve uses the data directory ${directory}. Stop that one, or choose another --data-dir.`,
    );
  }
};

/** Refuses files of others and of newer versions. Removed rows are overwritten; the file shrinks in steps; autocheckpoint keeps the WAL at some 16 MB. */
export const openForWriting = (driver: SqliteDriver, directory: string, durable: boolean): Database => {
  try {
    const db = driver.open(databaseIn(directory), false);
    db.exec("PRAGMA busy_timeout = 5000");
    checkedVersion(db, directory); // before anything in a file of others is changed
    keepPrivate(databaseIn(directory)); // before its log is made, which gets the same rights
    db.exec("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL");
    db.exec(`PRAGMA synchronous = ${durable ? "FULL" : "NORMAL"}; PRAGMA secure_delete = ON`);
    db.exec("PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384");
    return db;
  } catch (error) {
    return unusable(directory, error);
  }
};

export const openForReading = (driver: SqliteDriver, directory: string): Database => {
  const db = driver.open(databaseIn(directory), true);
  db.exec("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA cache_size = -16384");
  return db;
};

/** SQLite reports a full disk as such, or as an I/O error of the shared memory file. */
export const isDiskFull = (error: unknown, directory: string): boolean => {
  if (isCode(error, "SQLITE_FULL")) return true;
  if (!isCode(error, "SQLITE_IOERR") && !isCode(error, "SQLITE_CANTOPEN")) return false;
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize < 1_048_576;
};

/** Moves all of the WAL into the main file and empties it; false: a reader or another process was in the way. */
export const emptyWal = (db: Database, waitMs: number): boolean => {
  db.exec(`PRAGMA busy_timeout = ${waitMs}`);
  try {
    return (db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() as { busy: number }).busy === 0;
  } catch (error) {
    if (isCode(error, "SQLITE_BUSY")) return false;
    throw error;
  } finally {
    db.exec("PRAGMA busy_timeout = 5000");
  }
};
