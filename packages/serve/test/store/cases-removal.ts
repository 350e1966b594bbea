// What must each store remove with age, on request and altogether, and what must stay; and do all stores agree?
// SPDX-License-Identifier: MPL-2.0
import assert from "node:assert/strict";
import { memoryStore } from "../../src/store/memory.js";
import type { SessionStore } from "../../src/store/port.js";
import { batch, boundary, event, randomOf, run, t0, walkEvents, walkSessions } from "./build.js";
import type { Case } from "./cases.js";

const hour = 3_600_000;
const week = { eventsMs: 168 * hour, sessionsMs: 720 * hour, maxBytes: 5e9 };

/** All that can be read, without the random correlation ids. */
const everything = async (store: SessionStore) => {
  const bare = ({ correlationId: _, ...row }: { correlationId: string }): object => row;
  const sessions = await walkSessions(store, 7);
  const events = [];
  for (const { sessionId } of sessions) events.push((await walkEvents(store, sessionId, 50)).map(bare));
  const { sessions: states, events: count, newestIngest } = await store.stats();
  const backfill = await store.eventsAfter("demo", 10, 30);
  return { sessions: sessions.map(bare), events, states, count, newestIngest, backfill, kept: await store.keptSince() };
};

/** One random deed; its answer without correlation ids. */
const deed = (random: (below: number) => number, nowMs: number) => {
  const id = `s${random(12)}`;
  const kind = random(20);
  const streamId = random(3) ? null : `stream-${random(3)}`;
  const name = random(25) ? "segment_loaded" : "session_ended";
  const events = Array.from({ length: 1 + random(6) }, () =>
    event(random(4) ? id : `s${random(12)}`, { sequence: random(5) ? random(40) : null, streamId, name }),
  );
  const sampled = events.map((one) => ({ ...one, sampleRatePpm: random(3) ? null : 1 + random(300) }));
  const boundaries = random(4)
    ? []
    : [boundary(sampled[0]?.sessionId ?? id, { kind: random(2) ? "manifest" : "segment" })];
  return async (store: SessionStore): Promise<unknown> => {
    if (kind === 0) return store.purge({ project: "demo", sessionId: id });
    if (kind === 1) return store.retain(nowMs, { ...week, eventsMs: 400_000, sessionsMs: 900_000 });
    if (kind === 2) return store.purge({ beforeMs: nowMs - 700_000 });
    if (kind < 6) return store.sweep(nowMs);
    const answer = await store.append(batch(sampled, { receivedMs: nowMs, boundaries }));
    return { ...answer, sessions: answer.sessions.map(({ correlationId: _, ...rest }) => rest) };
  };
};

export const removalCases: Case[] = [
  {
    name: "events go after a week, ended sessions after a month; sessions that live stay",
    async check(store) {
      await store.append(run("old", 600));
      await store.append(batch([event("live")]));
      await store.append(run("old", 1, { receivedMs: t0 + 2 * hour }));
      await store.sweep(t0 + 3 * hour);
      assert.deepEqual(await store.retain(t0 + 168 * hour, week), { sessions: 0, events: 0 });
      assert.deepEqual(await store.keptSince(), { eventsMs: 0, sessionsMs: 0 });
      assert.deepEqual(await store.retain(t0 + 168 * hour + 1, week), { sessions: 0, events: 601 });
      assert.deepEqual(await store.keptSince(), { eventsMs: t0 + 1, sessionsMs: 0 });
      assert.deepEqual([(await store.session("demo", "old"))?.events, (await store.stats()).events], [601, 1]);
      await store.append(run("again", 2, { receivedMs: t0 + 600 * hour }));
      assert.deepEqual(await store.retain(t0 + 721 * hour, week), { sessions: 1, events: 1 });
      assert.equal(await store.session("demo", "live"), null);
      assert.deepEqual(await store.retain(t0 + 723 * hour, week), { sessions: 1, events: 0 });
      assert.deepEqual(await store.keptSince(), { eventsMs: t0 + 553 * hour, sessionsMs: t0 + 3 * hour });
      assert.deepEqual(
        (await store.sessions("demo", { limit: 9 })).map((row) => row.sessionId),
        ["again"],
      );
      assert.deepEqual(await store.retain(t0 + 9999 * hour, week), { sessions: 0, events: 2 });
      assert.equal((await store.session("demo", "again"))?.state, "active", "only the sweeper ends sessions");
    },
  },
  {
    name: "a purged session is gone with all that belongs to it, and its id can come again",
    async check(store) {
      await store.append({ ...run("gone", 1200), boundaries: [boundary("gone")] });
      await store.append(run("stays", 3));
      await store.append(run("gone", 3, { project: "other" }));
      const before = await store.session("demo", "gone");
      assert.deepEqual(await store.purge({ project: "demo", sessionId: "gone" }), { sessions: 1, events: 1200 });
      assert.deepEqual(await store.purge({ project: "demo", sessionId: "gone" }), { sessions: 0, events: 0 });
      assert.equal(await store.session("demo", "gone"), null);
      assert.deepEqual(await store.events("demo", "gone", { limit: 9 }), []);
      assert.deepEqual(
        (await store.eventsAfter("demo", 0, 9)).events.map((one) => one.sessionId),
        Array(3).fill("stays"),
      );
      assert.equal((await store.session("other", "gone"))?.events, 3);
      const again = await store.append(run("gone", 1));
      assert.deepEqual([again.events[0]?.ingest, again.events[0]?.delivery], [1207, "accepted"]);
      const after = await store.session("demo", "gone");
      assert.deepEqual([after?.events, after?.signalAbsent], [1, []]);
      assert.notEqual(after?.correlationId, before?.correlationId);
    },
  },
  {
    name: "a purge by age removes old sessions and the old events of others, in any state",
    async check(store) {
      await store.append(batch([event("old"), event("long")]));
      await store.append(run("long", 2, { receivedMs: t0 + hour }));
      assert.deepEqual(await store.purge({ beforeMs: t0 }), { sessions: 0, events: 0 });
      assert.deepEqual(await store.purge({ beforeMs: t0 + 1 }), { sessions: 1, events: 2 });
      assert.deepEqual(
        (await walkEvents(store, "long", 9)).map((row) => row.ingest),
        [3, 4],
      );
      assert.deepEqual(await store.keptSince(), { eventsMs: t0 + 1, sessionsMs: t0 + 1 });
    },
  },
  {
    name: "a purge of all leaves nothing, and ingest numbers are not given again",
    async check(store) {
      await store.append(batch([event("a"), event("b")], { boundaries: [boundary("a")] }));
      await store.append(run("c", 700, { project: "other" }));
      assert.deepEqual(await store.purge("all"), { sessions: 3, events: 702 });
      assert.deepEqual((await store.stats()).sessions, { active: 0, stalled: 0, ended: 0 });
      assert.equal((await store.stats()).events, 0);
      assert.equal(await store.newestIngest(), 702);
      assert.equal((await store.append(run("a", 1))).events[0]?.ingest, 703);
      assert.deepEqual((await store.session("demo", "a"))?.signalAbsent, []);
    },
  },
  {
    name: "after 500 random deeds it answers as the store in memory does",
    async check(store) {
      for (const seed of [1, 2]) {
        const model = memoryStore();
        await store.purge("all");
        const random = randomOf(seed);
        const offset = await store.newestIngest();
        const shift = (value: unknown): unknown =>
          JSON.parse(JSON.stringify(value), (key, one) => (/ingest/i.test(key) ? one - offset : one));
        for (let i = 0, nowMs = t0; i < 250; i++) {
          nowMs += random(30_000);
          const act = deed(random, nowMs);
          assert.deepEqual(shift(await act(store)), await act(model), `seed ${seed}, deed ${i}`);
        }
        const { kept: _, backfill: __, ...found } = await everything(store);
        const { kept: ___, backfill: ____, ...expected } = await everything(model);
        assert.deepEqual(shift(found), expected, `seed ${seed}`);
        assert.ok(expected.events.flat().length > 50, "the deeds leave something to compare");
      }
    },
  },
];
