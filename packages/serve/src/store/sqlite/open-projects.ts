// How can projects and tokens be changed by a command while the service runs?
// SPDX-License-Identifier: MPL-2.0
import { existsSync } from "node:fs";
import type { ProjectStore } from "../port.js";
import type { StallStore } from "../stall-port.js";
import { chooseDriver, type Database, type DriverName } from "./driver.js";
import { databaseIn, lockDirectory, openForWriting } from "./files.js";
import { projectCalls } from "./projects.js";
import { streamCalls } from "./read-stalls.js";
import { checkedVersion, migrate, newestSchema } from "./schema.js";
import { pathCalls } from "./write-stalls.js";

interface Opened {
  streams: Pick<StallStore, "streamPaths" | "putStreamPath" | "removeStreamPath">;
  close(): void;
}

/**
 * Works beside a running service, which finds the change when it next reads its projects and tokens. A directory that
 * is new or of an earlier version is prepared first, for which it may not be in use.
 */
export const openProjectsIn = (directory: string, wanted?: DriverName): ProjectStore & Opened => {
  const driver = chooseDriver(wanted);
  const isReady = (db: Database): boolean => checkedVersion(db, directory) === newestSchema;
  const prepared = (): Database => {
    const lock = lockDirectory(driver, directory);
    try {
      const db = openForWriting(driver, directory, true);
      migrate(db, directory);
      return db;
    } finally {
      lock.close();
    }
  };
  const there = existsSync(databaseIn(directory)) ? openForWriting(driver, directory, true) : null;
  const ready = there !== null && isReady(there);
  if (!ready) there?.close();
  const db = ready && there ? there : prepared();
  const calls = projectCalls(db);
  const paths = { ...pathCalls(db), ...streamCalls(db) };
  return {
    streams: {
      streamPaths: async (project) => paths.streamPaths(project),
      putStreamPath: async (project, path) => paths.putStreamPath(project, path),
      removeStreamPath: async (project, path) => paths.removeStreamPath(project, path),
    },
    projects: async () => calls.projects(),
    putProject: async (project) => calls.putProject(project),
    tokens: async () => calls.tokens(),
    putToken: async (token) => calls.putToken(token),
    removeToken: async (hash) => calls.removeToken(hash),
    close: () => {
      db.close();
    },
  };
};
