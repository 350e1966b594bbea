// How large do memory and files get while players come and go, when a simulated clock moves?
// SPDX-License-Identifier: MPL-2.0
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openStore } from "../../src/store/open.js";
import { batch, event, t0 } from "../store/build.js";

const [, , worker = "", directory = "", minutes = "60", perSecond = "500"] = process.argv;
const store = await openStore({ directory, worker: pathToFileURL(worker) });
const batches = Number(perSecond) / 10;
/** A twelfth of the time, so that removal keeps pace with what is written for most of it. */
const retention = { eventsMs: Number(minutes) * 5000, sessionsMs: Number(minutes) * 10_000, maxBytes: 1e12 };
const meta = { bitrate: 800_000, live_latency_ms: 8400, buffer_ms: 6500, "network.kind": "segment" };

/** One session lives for 90 s; every third says that it ends. */
const eventsOf = (second: number, i: number) => {
  const sessionId = `session-${Math.floor(second / 90)}-${i}`;
  const says = second % 90 === 89 && i % 3 === 0;
  const at = (n: number): number => (second % 90) * 10 + n;
  return Array.from({ length: 10 }, (_, n) =>
    event(sessionId, { sequence: at(n), meta, name: says && n === 9 ? "session_ended" : "segment_loaded" }),
  );
};

for (let second = 0; second < Number(minutes) * 60; second++) {
  const receivedMs = t0 + second * 1000;
  await Promise.all(
    Array.from({ length: batches }, (_, i) => store.append(batch(eventsOf(second, i), { receivedMs }))),
  );
  if (second % 10 === 0) await store.sweep(receivedMs);
  if (second % 60 !== 59) continue;
  await store.retain(receivedMs, retention);
  const { sessions, events, walBytes } = await store.stats();
  const fileBytes = statSync(join(directory, "sessions.sqlite")).size;
  const figures = {
    minute: (second + 1) / 60,
    rss: process.memoryUsage.rss(),
    walBytes,
    fileBytes,
    events,
    ...sessions,
  };
  console.log(JSON.stringify(figures));
}
await store.close();
rmSync(directory, { recursive: true });
