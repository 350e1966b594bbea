// Which batches has a store acknowledged, until somebody ends its process?
// SPDX-License-Identifier: MPL-2.0
import { pathToFileURL } from "node:url";
import { openStore } from "../../src/store/open.js";
import { batch, event } from "../store/build.js";

const [, , worker = "", directory = "", round = ""] = process.argv;
const store = await openStore({ directory, worker: pathToFileURL(worker) });
console.log("ready");

/** Pipes are written at once on Linux: a line that was printed outlives this process. */
const send = async (sessionId: string): Promise<void> => {
  for (let first = 0; ; first += 10) {
    const events = Array.from({ length: 10 }, (_, i) =>
      event(sessionId, { sequence: first + i, meta: { bitrate: 8e5 } }),
    );
    await store.append(batch(events, { receivedMs: Date.now() }));
    console.log(`ack ${sessionId} ${first} 10`);
  }
};

/** Old events are removed meanwhile, so that kills meet that too. */
const remove = async (): Promise<void> => {
  for (;;) await store.retain(Date.now(), { eventsMs: 1e9, sessionsMs: 1e9, maxBytes: 1e12 });
};

await Promise.all([remove(), ...Array.from({ length: 30 }, (_, i) => send(`kill-${round}-${i}`))]);
