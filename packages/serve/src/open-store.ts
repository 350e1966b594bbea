// Which store do the options ask for?
// SPDX-License-Identifier: MPL-2.0
import type { Settings } from "./options.js";
import { memoryStore, openStore } from "./store/open.js";
import type { SessionStore } from "./store/port.js";

/** Rejects with a sentence for a person where the data directory cannot be used. */
export async function openStoreOf({ dataDir, durable, store }: Settings): Promise<SessionStore> {
  if (store === "memory") return memoryStore();
  return openStore({ directory: dataDir, durable, ...(store === "auto" ? {} : { driver: store }) });
}
