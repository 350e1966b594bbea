// Which store do the options ask for?
// SPDX-License-Identifier: MPL-2.0
import type { Settings } from "./options.js";
import { memoryStore } from "./store/memory.js";
import type { SessionStore } from "./store/port.js";
import type { Log } from "./telemetry/log.js";

export async function openStore(_: Settings & { log: Log }): Promise<SessionStore> {
  return memoryStore();
}
