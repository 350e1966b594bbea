// How does the service open the place where it keeps sessions?
// SPDX-License-Identifier: MPL-2.0
import { existsSync } from "node:fs";
import type { SessionStore } from "./port.js";
import { defaultLimits, type QueueLimits } from "./queue.js";
import type { DriverName } from "./sqlite/driver.js";
import { databaseIn } from "./sqlite/files.js";
import { openProjectsIn } from "./sqlite/open-projects.js";
import { defaultWalLimits, SqliteStore, type WalLimits } from "./sqlite/store.js";

export { StoreBusy, StoreFull, StoreUnusable } from "./errors.js";
export { memoryStore } from "./memory.js";
export { openProjectsIn };

export interface StoreOptions {
  /** Is made when it does not exist; one process at a time may use it. */
  directory: string;
  /** Each commit waits for the disk, so that it survives a loss of power too (otherwise: any end of the process). */
  durable?: boolean;
  /** For tests. */
  worker?: URL;
  driver?: DriverName;
  limits?: Partial<QueueLimits & WalLimits>;
}

/** Whether a service has used this directory; looking makes none. */
export const hasSessions = (directory: string): boolean => existsSync(databaseIn(directory));

/** Rejects with StoreUnusable, whose message is for a person: in use, written by a newer version, not writable, no SQLite. */
export const openStore = ({ directory, durable, worker, driver, limits }: StoreOptions): Promise<SessionStore> =>
  SqliteStore.open({
    directory,
    durable: durable ?? false,
    driver,
    // Beside the bundle of the service.
    worker: worker ?? new URL("./store-worker.js", import.meta.url),
    limits: { ...defaultLimits, ...defaultWalLimits, ...limits },
  });
