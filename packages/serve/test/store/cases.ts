// What must each store do with sessions and events, whatever it keeps them in?
// SPDX-License-Identifier: MPL-2.0
import assert from "node:assert/strict";
import type { SessionStore } from "../../src/store/port.js";
import { batch, boundary, event, run, t0, walkEvents } from "./build.js";

export interface Case {
  name: string;
  check(store: SessionStore): Promise<void>;
}

export const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const state = async (store: SessionStore, sessionId: string) => {
  const { state, endedMs, endSource, events } = (await store.session("demo", sessionId)) ?? assert.fail("no session");
  return [state, endedMs, endSource, events];
};

const deliveries = async (store: SessionStore, sequences: (number | null)[], sessionId = "s1") => {
  const answer = await store.append(batch(sequences.map((sequence) => event(sessionId, { sequence }))));
  return answer.events.map((one) => one.delivery);
};

export const cases: Case[] = [
  {
    name: "a first batch makes its sessions, and each event is answered in order",
    async check(store) {
      assert.equal(await store.newestIngest(), 0);
      const answer = await store.append(batch([event("b"), event("a", { name: "x" }), event("b")]));
      assert.deepEqual(
        answer.events.map((one) => [one.ingest, one.projectId, one.sessionId, one.name, one.delivery]),
        [
          [1, "demo", "b", "segment_loaded", "accepted"],
          [2, "demo", "a", "x", "accepted"],
          [3, "demo", "b", "segment_loaded", "accepted"],
        ],
      );
      assert.deepEqual(
        answer.sessions.map((one) => [one.sessionId, one.created]),
        [
          ["b", true],
          ["a", true],
        ],
      );
      const again = await store.append(batch([event("b")], { receivedMs: t0 + 7 }));
      assert.deepEqual(again.sessions, [{ ...answer.sessions[0], created: false }]);
      assert.equal(await store.newestIngest(), 4);
      const { correlationId, ...row } = (await store.session("demo", "b")) ?? assert.fail();
      assert.match(correlationId, uuid);
      assert.equal(correlationId, answer.sessions[0]?.correlationId);
      assert.deepEqual(row, {
        projectId: "demo",
        sessionId: "b",
        state: "active",
        startedMs: t0,
        lastSeenMs: t0 + 7,
        endedMs: null,
        endSource: null,
        events: 3,
        sampleRatePpm: 1_000_000,
        streamId: null,
        signalAbsent: [],
      });
    },
  },
  {
    name: "every field of an event comes back as it went in",
    async check(store) {
      const text = `'"\\; DROP TABLE events; -- \u0000 é 漢 🎬 \ud800 ${"x".repeat(20_000)}`;
      const meta = { text, "a.b": 1.5, large: 1e300, small: -7, yes: true, no: false, nothing: null, "": "" };
      const full = event("s", {
        name: "söme 🎬 name",
        sequence: 9_007_199_254_740_991,
        clientOriginMs: t0 - 900,
        clientMs: -62_135_596_800_000,
        sdk: { name: "other's", version: "2.0-β" },
        meta,
        skewed: true,
      });
      await store.append(
        batch([event("s"), full], { traceId: "0af7651916cd43dd8448eb211c80319c", receivedMs: t0 + 1 }),
      );
      const rows = await store.events("demo", "s", { limit: 10 });
      const { correlationId } = (await store.session("demo", "s")) ?? assert.fail();
      const common = { projectId: "demo", sessionId: "s", correlationId, receivedMs: t0 + 1, delivery: "accepted" };
      const traced = { ...common, traceId: "0af7651916cd43dd8448eb211c80319c" };
      const { streamId: _, sampleRatePpm: __, ...first } = event("s");
      const { streamId: ___, sampleRatePpm: ____, ...second } = full;
      assert.deepEqual(rows, [
        { ...traced, ingest: 1, ...first },
        { ...traced, ingest: 2, ...second },
      ]);
    },
  },
  {
    name: "a sequence number that the session has seen is suspected to be a duplicate, and kept",
    async check(store) {
      assert.deepEqual(await deliveries(store, [0, 1, 1, 5]), [
        "accepted",
        "accepted",
        "duplicate_suspected",
        "accepted",
      ]);
      assert.deepEqual(await deliveries(store, [3, 5, 3]), ["accepted", "duplicate_suspected", "duplicate_suspected"]);
      assert.deepEqual(await deliveries(store, [null, null]), ["accepted", "accepted"]);
      assert.deepEqual(await deliveries(store, [5, 0], "s2"), ["accepted", "accepted"]);
      const other = await store.append(batch([event("s1", { sequence: 5 })], { project: "other" }));
      assert.equal(other.events[0]?.delivery, "accepted");
      const rows = await walkEvents(store, "s1", 100);
      assert.equal(rows.filter((row) => row.delivery === "duplicate_suspected").length, 3);
      assert.equal((await store.session("demo", "s1"))?.events, 9);
    },
  },
  {
    name: "silence of 60 s stalls a session, 5 min end it; an event revives the stalled one only",
    async check(store) {
      await store.append(batch([event("s"), event("t")]));
      assert.deepEqual(await store.sweep(t0 + 59_999), { stalled: 0, ended: 0 });
      assert.deepEqual(await store.sweep(t0 + 60_000), { stalled: 2, ended: 0 });
      assert.deepEqual(await store.sweep(t0 + 61_000), { stalled: 0, ended: 0 });
      assert.deepEqual(await state(store, "s"), ["stalled", null, null, 1]);
      await store.append(batch([event("s")], { receivedMs: t0 + 70_000 }));
      assert.deepEqual(await state(store, "s"), ["active", null, null, 2]);
      assert.deepEqual(await store.sweep(t0 + 299_999), { stalled: 1, ended: 0 });
      assert.deepEqual(await store.sweep(t0 + 300_000), { stalled: 0, ended: 1 });
      assert.deepEqual(await state(store, "t"), ["ended", t0 + 300_000, "sweeper", 1]);
      await store.append(batch([event("t"), event("t", { name: "session_ended" })], { receivedMs: t0 + 400_000 }));
      assert.deepEqual(await state(store, "t"), ["ended", t0 + 300_000, "sweeper", 3]);
      assert.deepEqual(await store.sweep(t0 + 10_000_000), { stalled: 0, ended: 1 });
    },
  },
  {
    name: "session_ended ends at once and once; late events are kept and counted",
    async check(store) {
      await store.append(batch([event("s"), event("s", { name: "session_ended" }), event("s")]));
      assert.deepEqual(await state(store, "s"), ["ended", t0, "client", 3]);
      await store.append(batch([event("s", { name: "session_ended" })], { receivedMs: t0 + 5 }));
      assert.deepEqual(await state(store, "s"), ["ended", t0, "client", 4]);
      assert.deepEqual(await store.sweep(t0 + 10_000_000), { stalled: 0, ended: 0 });
      assert.equal((await store.session("demo", "s"))?.lastSeenMs, t0 + 5);
      await store.append(batch([event("s")], { receivedMs: t0 - 1000 }));
      assert.equal((await store.session("demo", "s"))?.lastSeenMs, t0 + 6, "a clock set back does not rejuvenate");
    },
  },
  {
    name: "the first sample rate stays; later ones that differ by more than 100 ppm are counted",
    async check(store) {
      const rates = (...ppm: (number | null)[]) =>
        store.append(batch(ppm.map((one) => event("s", { sampleRatePpm: one }))));
      assert.equal((await rates(null)).sampleRateDrifts, 0);
      assert.equal((await store.session("demo", "s"))?.sampleRatePpm, 1_000_000);
      assert.equal((await rates(250_000, 250_100, 250_101)).sampleRateDrifts, 1);
      assert.equal((await rates(249_900, 1, null, 1_000_000)).sampleRateDrifts, 2);
      assert.equal((await store.session("demo", "s"))?.sampleRatePpm, 250_000);
    },
  },
  {
    name: "signals that a player cannot give are sorted and each kept once",
    async check(store) {
      const b = boundary("s");
      await store.append(batch([event("s")], { boundaries: [b, { ...b, kind: "manifest" }, b] }));
      const boundaries = [{ ...b, clientMs: 1 }, { ...b, adapter: "hls.js" as const }, boundary("t")];
      await store.append(batch([event("s"), event("t")], { boundaries }));
      const { sessionId: _, clientMs: __, ...signal } = b;
      const expected = [{ ...signal, kind: "manifest" }, { ...signal, adapter: "hls.js" }, signal];
      assert.deepEqual((await store.session("demo", "s"))?.signalAbsent, expected);
      const page = await store.sessions("demo", { limit: 10 });
      assert.deepEqual(
        page.map((row) => row.signalAbsent.length),
        [3, 1],
      );
    },
  },
  {
    name: "a project sees nothing of another one",
    async check(store) {
      await store.append(run("s", 3));
      await store.append(run("s", 2, { project: "other" }));
      const [mine, theirs] = [await store.session("demo", "s"), await store.session("other", "s")];
      assert.deepEqual([mine?.events, theirs?.events], [3, 2]);
      assert.notEqual(mine?.correlationId, theirs?.correlationId);
      assert.equal(await store.session("third", "s"), null);
      assert.deepEqual(await store.events("third", "s", { limit: 9 }), []);
      assert.equal((await store.events("other", "s", { limit: 9 })).length, 2);
      assert.deepEqual(await store.sessions("third", { limit: 9 }), []);
      assert.deepEqual(await store.eventsAfter("third", 0, 9), { events: [], truncated: false });
      assert.deepEqual(
        (await store.eventsAfter("other", 0, 9)).events.map((one) => one.ingest),
        [4, 5],
      );
    },
  },
  {
    name: "1000 sessions whose first two batches come at once have one correlation id each",
    async check(store) {
      const ids = Array.from({ length: 1000 }, (_, i) => `session-${i}`);
      const answers = await Promise.all(ids.flatMap((id) => [store.append(run(id, 1)), store.append(run(id, 1))]));
      const seen = new Map<string, Set<string>>();
      const created = new Map<string, number>();
      for (const one of answers.flatMap((answer) => answer.sessions)) {
        seen.set(one.sessionId, (seen.get(one.sessionId) ?? new Set()).add(one.correlationId));
        created.set(one.sessionId, (created.get(one.sessionId) ?? 0) + Number(one.created));
      }
      assert.equal(seen.size, 1000);
      assert.ok([...seen.values()].every((correlations) => correlations.size === 1));
      assert.ok([...created.values()].every((times) => times === 1));
      assert.equal(new Set(answers.flatMap((answer) => answer.events.map((one) => one.ingest))).size, 2000);
      for (const id of [ids[0], ids[999]]) {
        const row = await store.session("demo", id ?? "");
        assert.deepEqual([...(seen.get(id ?? "") ?? [])], [row?.correlationId]);
      }
    },
  },
];
