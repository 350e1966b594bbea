// In which order and which pages must each store give what it keeps, and what does it know of projects and itself?
// SPDX-License-Identifier: MPL-2.0
import assert from "node:assert/strict";
import { batch, event, run, t0, walkEvents, walkSessions } from "./build.js";
import type { Case } from "./cases.js";

const hash = (digit: string): string => digit.repeat(64);

export const readingCases: Case[] = [
  {
    name: "sessions come newest first, then by id, in pages of any size",
    async check(store) {
      for (const [i, id] of ["b", "a", "é", "🎬", "\uffff", "__proto__", "%", "Z"].entries()) {
        await store.append(run(id, 1, { receivedMs: t0 + (i < 6 ? 0 : i) }));
      }
      const expected = ["Z", "%", "__proto__", "a", "b", "é", "\uffff", "🎬"];
      for (const limit of [1, 2, 3, 8, 100]) {
        assert.deepEqual(
          (await walkSessions(store, limit)).map((row) => row.sessionId),
          expected,
          `pages of ${limit}`,
        );
      }
    },
  },
  {
    name: "pages of sessions neither repeat nor miss one while others are added",
    async check(store) {
      for (let i = 0; i < 30; i++) await store.append(run(`old-${i}`, 1, { receivedMs: t0 + (i % 7) }));
      let added = 0;
      const rows = await walkSessions(store, 4, async () => {
        await store.append(run(`new-${added++}`, 1, { receivedMs: t0 + 100 + added }));
        await store.append(run(`old-${added}`, 1, { receivedMs: t0 + 200 }));
      });
      const ids = rows.map((row) => row.sessionId);
      assert.equal(new Set(ids).size, ids.length);
      assert.equal(ids.filter((id) => id.startsWith("old-")).length, 30);
    },
  },
  {
    name: "sessions can be asked for by state and stream",
    async check(store) {
      await store.append(
        batch([event("a", { streamId: null }), event("a", { streamId: "one" }), event("a", { streamId: "two" })]),
      );
      await store.append(batch([event("b", { streamId: "two", name: "session_ended" }), event("c")]));
      const ids = async (page: { state?: "active" | "ended"; stream?: string }) =>
        (await store.sessions("demo", { limit: 9, ...page })).map((row) => row.sessionId);
      assert.deepEqual(await ids({ stream: "one" }), ["a"]);
      assert.deepEqual(await ids({ stream: "two" }), ["b"]);
      assert.deepEqual(await ids({ state: "active" }), ["a", "c"]);
      assert.deepEqual(await ids({ state: "ended", stream: "two" }), ["b"]);
      assert.deepEqual(await ids({ state: "ended", stream: "one" }), []);
      assert.equal((await store.session("demo", "a"))?.streamId, "one");
    },
  },
  {
    name: "events come by receipt, sequence and ingest number, in pages of any size",
    async check(store) {
      const sequences = [5, null, 2, 2, null, 0];
      await store.append(
        batch(
          sequences.map((sequence) => event("s", { sequence })),
          { receivedMs: t0 + 10 },
        ),
      );
      await store.append(run("s", 2, { receivedMs: t0 + 20 }));
      await store.append(run("s", 2, { receivedMs: t0 + 30 }));
      for (const limit of [1, 2, 3, 7, 100]) {
        const rows = await walkEvents(store, "s", limit);
        assert.deepEqual(
          rows.map((row) => row.ingest),
          [2, 5, 6, 3, 4, 1, 7, 8, 9, 10],
          `pages of ${limit}`,
        );
      }
    },
  },
  {
    name: "the newest events of a session are the last of its pages",
    async check(store) {
      for (let i = 0; i < 4; i++) await store.append(run("s", 5, { receivedMs: t0 + i }));
      await store.append(run("t", 5, { receivedMs: t0 + 9 }));
      const all = await walkEvents(store, "s", 7);
      for (const limit of [1, 6, 20, 100]) {
        assert.deepEqual(await store.events("demo", "s", { limit, newest: true }), all.slice(-limit), `${limit}`);
      }
      assert.deepEqual(await store.events("other", "s", { limit: 9, newest: true }), []);
    },
  },
  {
    name: "when the clock is set back by an hour, what comes later stands later, and a cursor leads on to it",
    async check(store) {
      const hour = 3_600_000;
      await store.append(run("s", 3, { receivedMs: t0 + hour }));
      const [, second] = await store.events("demo", "s", { limit: 2 });
      if (!second) assert.fail("no second event");
      const after = { received: second.receivedMs, sequence: second.sequence, ingest: second.ingest };
      for (const receivedMs of [t0, t0 + 1, t0 + 2 * hour])
        await store.append(batch([event("s", { sequence: null }), event("s", { sequence: 9 })], { receivedMs }));
      await store.append(run("new", 1, { receivedMs: t0 + 2 }));
      const ingests = (await store.events("demo", "s", { limit: 9, after })).map((row) => row.ingest);
      assert.deepEqual(ingests, [3, 4, 5, 6, 7, 8, 9]);
      const [latest] = (await walkEvents(store, "s", 100)).slice(-1);
      assert.equal(latest?.receivedMs, t0 + 2 * hour);
      assert.equal((await store.session("demo", "new"))?.startedMs, t0 + 2, "a new session has the clock's time");
    },
  },
  {
    name: "who missed events gets the newest of them, oldest first, and is told when there were more",
    async check(store) {
      await store.append(run("s", 3));
      await store.append(run("x", 4, { project: "other" }));
      await store.append(run("s", 3));
      const after = async (ingest: number, limit: number) => {
        const { events, truncated } = await store.eventsAfter("demo", ingest, limit);
        return [events.map((one) => one.ingest), truncated];
      };
      assert.deepEqual(await after(0, 6), [[1, 2, 3, 8, 9, 10], false]);
      assert.deepEqual(await after(0, 5), [[2, 3, 8, 9, 10], true]);
      assert.deepEqual(await after(2, 2), [[9, 10], true]);
      assert.deepEqual(await after(3, 3), [[8, 9, 10], false]);
      assert.deepEqual(await after(10, 3), [[], false]);
      assert.deepEqual(await after(1_000_000, 3), [[], false]);
      const [first] = (await store.eventsAfter("demo", 9, 1)).events;
      assert.deepEqual(first, { projectId: "demo", sessionId: "s", ingest: 10, name: "segment_loaded" });
    },
  },
  {
    name: "projects and tokens are added, replaced, listed and removed",
    async check(store) {
      const project = { id: "demo", name: "Demo", origins: ["http://localhost:1"], limits: null, createdMs: t0 };
      await store.putProject(project);
      await store.putProject({ ...project, id: "b" });
      await store.putProject({ ...project, name: "New", limits: { capacity: 5, refill: 2.5 } });
      assert.deepEqual(await store.projects(), [
        { ...project, id: "b" },
        { ...project, name: "New", limits: { capacity: 5, refill: 2.5 } },
      ]);
      await store.putToken({ hash: hash("b"), project: "demo", kind: "browser", createdMs: t0 });
      await store.putToken({ hash: hash("a"), project: "demo", kind: "read", createdMs: t0 });
      await store.putToken({ hash: hash("b"), project: "demo", kind: "admin", createdMs: t0 + 1 });
      assert.deepEqual(
        (await store.tokens()).map((one) => [one.hash, one.kind]),
        [
          [hash("a"), "read"],
          [hash("b"), "admin"],
        ],
      );
      assert.equal(await store.removeToken(hash("a")), true);
      assert.equal(await store.removeToken(hash("a")), false);
      await store.purge("all");
      assert.deepEqual([(await store.projects()).length, (await store.tokens()).length], [2, 1]);
    },
  },
  {
    name: "its figures count what it keeps",
    async check(store) {
      await store.append(batch([event("a"), event("b"), event("b")]));
      await store.append(batch([event("c", { name: "session_ended" })], { receivedMs: t0 + 60_000 }));
      await store.sweep(t0 + 60_000);
      const stats = await store.stats();
      assert.deepEqual(stats.sessions, { active: 0, stalled: 2, ended: 1 });
      assert.deepEqual([stats.events, stats.newestIngest, stats.commits, stats.fullSinceMs], [4, 4, 2, null]);
      assert.deepEqual([stats.queue.events, stats.queue.bytes], [0, 0]);
      assert.ok(stats.why.endsWith("."));
    },
  },
];
