// Which measured starts of players must each store tell a service that starts anew?
// SPDX-License-Identifier: MPL-2.0
import assert from "node:assert/strict";
import { batch, event, t0 } from "./build.js";
import type { Case } from "./cases.js";

const start = (sessionId: string, ms: number, more = {}) =>
  event(sessionId, { name: "startup_time_measured", meta: { duration_ms: ms }, ...more });

export const startupCases: Case[] = [
  {
    name: "measured starts are told in their order, with what their sessions say of the stream, until a time",
    async check(store) {
      assert.deepEqual(await store.stalls.startups(t0), []);
      await store.append(batch([start("a", 900, { streamId: "demo" }), event("a"), start("b", 700)]));
      await store.append(batch([start("c", 800)], { project: "foreign" }));
      await store.append(batch([start("d", 600)], { receivedMs: t0 + 5000 }));
      const told = (beforeMs: number) => store.stalls.startups(beforeMs);
      const all = [
        { project: "demo", sessionId: "a", streamId: "demo", meta: { duration_ms: 900 } },
        { project: "demo", sessionId: "b", streamId: null, meta: { duration_ms: 700 } },
        { project: "foreign", sessionId: "c", streamId: null, meta: { duration_ms: 800 } },
        { project: "demo", sessionId: "d", streamId: null, meta: { duration_ms: 600 } },
      ];
      assert.deepEqual(await told(t0 + 5001), all);
      assert.deepEqual(await told(t0 + 5000), all.slice(0, 3));
      await store.purge({ project: "demo", sessionId: "a" });
      assert.deepEqual(await told(t0 + 5000), all.slice(1, 3));
    },
  },
  {
    name: "of very many measured starts the newest are told",
    async check(store) {
      for (let group = 0; group < 21; group++)
        await store.append(batch(Array.from({ length: 100 }, (_, index) => start(`s${group}`, group * 100 + index))));
      const waits = (await store.stalls.startups(t0 + 1)).map(({ meta }) => meta?.duration_ms);
      assert.deepEqual([waits.length, waits[0], waits.at(-1)], [2000, 100, 2099]);
    },
  },
];
