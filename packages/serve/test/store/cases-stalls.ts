// What must each store keep of windows, streams, stalls and incidents, and when must they go?
// SPDX-License-Identifier: MPL-2.0
import assert from "node:assert/strict";
import type { SessionStore } from "../../src/store/port.js";
import type { WindowRow } from "../../src/store/stall-port.js";
import { batch, event, run, t0 } from "./build.js";
import { element, stallRow, windowRow } from "./build-stalls.js";
import type { Case } from "./cases.js";

const hour = 3_600_000;
const week = { eventsMs: 168 * hour, sessionsMs: 720 * hour, maxBytes: 5e9 };
const always = { fromMs: 0, untilMs: 9e15, limit: 1000 };
const froms = (rows: WindowRow[]): number[] => rows.map(({ fromMs }) => fromMs - t0);

const windowsOf = async (store: SessionStore, stream = "demo"): Promise<number[]> =>
  froms(await store.stalls.windows("demo", stream, always));

export const stallCases: Case[] = [
  {
    name: "a window comes back as it was put, with names in any script, by time, and only of its project and stream",
    async check({ stalls }) {
      const odd = windowRow(t0 + 4000, { elements: [element("main/Ünïcode 🎥 'q'")], stream_id: "demo" }, 7000);
      const other = windowRow(t0, { stream_id: "other" });
      await stalls.putWindows([odd, windowRow(t0), windowRow(t0 + 2000), other, { ...other, project: "foreign" }]);
      const rows = await stalls.windows("demo", "demo", always);
      assert.deepEqual(froms(rows), [0, 2000, 4000]);
      assert.deepEqual(rows[2], odd);
      assert.deepEqual(froms(await stalls.windows("demo", "demo", { ...always, limit: 2 })), [2000, 4000]);
      const page = { fromMs: t0 + 2000, untilMs: t0 + 4000, limit: 9 };
      assert.deepEqual(froms(await stalls.windows("demo", "demo", page)), [2000], "those that overlap the range");
      assert.deepEqual(await stalls.windows("foreign", "demo", always), []);
    },
  },
  {
    name: "the same window of the same run that comes again is replaced, whatever the difference of the clocks was then",
    async check({ stalls }) {
      await stalls.putWindows([windowRow(t0 + 5000, { losses: 1 }, 5000), windowRow(t0 + 2000)]);
      await stalls.putWindows([windowRow(t0 + 9000, { losses: 2 }, 9000), windowRow(t0, { run_id: "run-2" })]);
      const rows = await stalls.windows("demo", "demo", always);
      assert.deepEqual(
        rows.map(({ window, offsetMs }) => [window.run_id, window.losses, offsetMs]),
        [
          ["run-2", 0, 0],
          ["run-1", 0, 0],
          ["run-1", 2, 9000],
        ],
      );
    },
  },
  {
    name: "streams are known by their windows, with their pipelines and what these were like in health",
    async check({ stalls }) {
      const names = Array.from({ length: 10 }, (_, i) => `p${i}`);
      await stalls.putWindows(names.map((pipeline, i) => windowRow(t0 - 2000 * i, { pipeline, run_id: pipeline })));
      await stalls.putWindows([windowRow(t0 + 50, { stream_id: "a", pipeline: "p" })]);
      const late = names.slice(2);
      assert.deepEqual(await stalls.streams("demo"), [
        { streamId: "a", firstMs: t0 + 50, lastMs: t0 + 2050, pipelines: ["p"] },
        { streamId: "demo", firstMs: t0 - 18_000, lastMs: t0 + 2000, pipelines: late },
      ]);
      assert.deepEqual(await stalls.streams("foreign"), []);
      assert.deepEqual(await stalls.nominals("demo", "demo"), {});
      await stalls.putNominals("demo", "demo", { t1: { windows: 12, elements: { "main/enc": [1, 2] } } });
      await stalls.putNominals("demo", "nobody", { t1: 1 });
      assert.deepEqual(await stalls.nominals("demo", "demo"), {
        t1: { windows: 12, elements: { "main/enc": [1, 2] } },
      });
      assert.deepEqual(await stalls.nominals("demo", "nobody"), {});
      await stalls.putWindows([windowRow(t0 + 90_000)]);
      assert.equal(Object.keys(await stalls.nominals("demo", "demo")).length, 1, "more windows change nothing in it");
    },
  },
  {
    name: "a path that a person mapped is not replaced by one that was learned",
    async check({ stalls }) {
      await stalls.putStreamPath("demo", { path: "/live/a.m3u8", streamId: "a", learned: true });
      await stalls.putStreamPath("demo", { path: "/live/a.m3u8", streamId: "b", learned: false });
      await stalls.putStreamPath("demo", { path: "/live/a.m3u8", streamId: "c", learned: true });
      assert.deepEqual(await stalls.streamPaths("demo"), [{ path: "/live/a.m3u8", streamId: "b", learned: false }]);
      await stalls.putStreamPath("demo", { path: "/live/a.m3u8", streamId: "d", learned: false });
      assert.equal((await stalls.streamPaths("demo"))[0]?.streamId, "d");
      assert.deepEqual(await stalls.streamPaths("foreign"), []);
      assert.deepEqual(
        [await stalls.removeStreamPath("demo", "/live/a.m3u8"), await stalls.removeStreamPath("demo", "/live/a.m3u8")],
        [true, false],
      );
    },
  },
  {
    name: "stalls are read by session, by stream a page at a time, and those that go on",
    async check(store) {
      const { stalls } = store;
      await store.append(batch([event("one"), event("two")]));
      await store.append(run("one", 1, { project: "foreign" }));
      const rows = [1, 2, 3, 4].map((id) => stallRow(id, id % 2 ? "one" : "two", t0 + (id > 2 ? 1000 : 0)));
      const foreign = { ...stallRow(5, "one", t0, { lastedMs: null }), project: "foreign" };
      await stalls.putStalls([...rows, foreign, stallRow(6, "nobody")]);
      const ids = (found: { id: number }[]): number[] => found.map(({ id }) => id);
      assert.deepEqual(await stalls.stallsOfSession("demo", "one"), [rows[0], rows[2]]);
      assert.deepEqual(ids(await stalls.stallsOfStream("demo", "demo", { limit: 3 })), [4, 3, 2]);
      const after = { atMs: t0 + 1000, id: 3 };
      assert.deepEqual(ids(await stalls.stallsOfStream("demo", "demo", { limit: 9, after })), [2, 1]);
      assert.deepEqual(ids(await stalls.stallsOfStream("demo", "demo", { limit: 9, untilMs: t0 })), [2, 1]);
      assert.deepEqual(ids(await stalls.stallsOfStream("demo", "demo", { limit: 9, fromMs: t0 + 1 })), [4, 3]);
      assert.deepEqual(await stalls.openStalls(), [foreign]);
      await stalls.putStalls([{ ...foreign, view: stallRow(5, "one", t0, { lastedMs: 5 }).view }]);
      assert.deepEqual(await stalls.openStalls(), []);
      assert.equal((await stalls.stallsOfSession("foreign", "one"))[0]?.view.stall.lasted_ms, 5);
    },
  },
  {
    name: "an incident has the viewers, the worst and the best-founded of its stalls",
    async check(store) {
      const { stalls } = store;
      await store.append(batch(["a", "b", "c"].map((id) => event(id))));
      const high = { verdict: "element", confidence: "high", sentence: "enc is slow" } as const;
      await stalls.putStalls([
        stallRow(1, "a", t0 + 500, { lastedMs: 4000 }),
        stallRow(2, "b", t0, { view: { ...high, viewers: { stalled: 2, watching: 41 } } }),
        stallRow(3, "a", t0 + 9000, { lastedMs: null }),
        stallRow(4, "c", t0 - 9000, { incident: "earlier", stream: "other" }),
        stallRow(5, "c", t0 + 500, { incident: "at the same time", lastedMs: 20 }),
      ]);
      const rows = await stalls.incidents("demo", { limit: 9 });
      assert.deepEqual(
        rows.map(({ id, streamId, fromMs, untilMs }) => [id, streamId, fromMs - t0, untilMs && untilMs - t0]),
        [
          ["at the same time", "demo", 500, 520],
          ["incident-1", "demo", 0, null],
          ["earlier", "other", -9000, -8000],
        ],
      );
      const { best, ...figures } = rows[1] ?? assert.fail("it is there");
      assert.deepEqual([best.sentence, best.stall.session_id], ["enc is slow", "b"]);
      const expected = { stalled: 2, watching: 41, worstMs: 4000, openSinceMs: t0 + 9000 };
      assert.deepEqual({ ...figures, ...expected }, figures);
      const one = await stalls.incident("demo", "incident-1");
      assert.deepEqual([one?.incident, one?.stalls.map(({ id }) => id)], [rows[1], [2, 1, 3]]);
      assert.deepEqual(await stalls.incident("foreign", "incident-1"), null);
      assert.deepEqual(await stalls.incidents("demo", { limit: 9, stream: "other" }), [rows[2]]);
      const after = { fromMs: t0 + 500, id: "at the same time" };
      assert.deepEqual(await stalls.incidents("demo", { limit: 1, after }), [rows[1]]);
    },
  },
  {
    name: "events that may begin or end a stall are found again, those whose stall was judged are not",
    async check(store) {
      await store.append(batch([event("s", { name: "rebuffer_started" })], { receivedMs: t0 - 5000 }));
      const events = ["rebuffer_started", "rebuffer_ended", "playback_error"].map((name) =>
        event("s", { name, meta: { buffer_ms: 5 } }),
      );
      await store.append(batch(events));
      await store.stalls.putStalls([stallRow(2, "s")]);
      const found = await store.stalls.unjudged(t0);
      assert.deepEqual(
        found.map(({ ingest, name, meta, sessionId, projectId }) => [ingest, name, meta, sessionId, projectId]),
        [
          [3, "rebuffer_ended", { buffer_ms: 5 }, "s", "demo"],
          [4, "playback_error", { buffer_ms: 5 }, "s", "demo"],
        ],
      );
      assert.equal((await store.stalls.unjudged(t0 - 5000))[0]?.ingest, 1);
    },
  },
  {
    name: "windows go after a day, those around a stall, whichever came first, stay as long as its session",
    async check(store) {
      const { stalls } = store;
      await store.append(run("s", 1));
      const at = [-70_000, -62_000, -50_000, 0, 65_000, 71_000, 80_000];
      await stalls.putWindows(at.slice(0, 4).map((ms) => windowRow(t0 + ms)));
      await stalls.putStalls([stallRow(1, "s", t0, { lastedMs: 10_000 })]);
      await stalls.putWindows([...at.slice(4).map((ms) => windowRow(t0 + ms)), windowRow(t0, { stream_id: "other" })]);
      assert.deepEqual(await windowsOf(store), at);
      await store.retain(t0 + 24 * hour - 70_000, week);
      assert.deepEqual(await windowsOf(store), at, "not before a day after their end");
      await store.retain(t0 + 25 * hour, week);
      assert.deepEqual(await windowsOf(store), [-62_000, -50_000, 0, 65_000]);
      assert.deepEqual(await windowsOf(store, "other"), []);
      assert.deepEqual(await store.purge({ project: "demo", sessionId: "s" }), { sessions: 1, events: 1 });
      assert.deepEqual(await stalls.stallsOfStream("demo", "demo", { limit: 9 }), []);
      assert.deepEqual([await stalls.incidents("demo", { limit: 9 }), await stalls.openStalls()], [[], []]);
      await store.retain(t0 + 26 * hour, week);
      assert.deepEqual(await windowsOf(store), []);
      await store.retain(t0 + 721 * hour, week);
      assert.deepEqual(await stalls.streams("demo"), []);
    },
  },
  {
    name: "a window between the stalls of two sessions stays until both have gone",
    async check(store) {
      await store.append(batch([event("a"), event("b")]));
      await store.stalls.putWindows([windowRow(t0)]);
      await store.stalls.putStalls([stallRow(1, "a", t0 - 30_000), stallRow(2, "b", t0 + 30_000)]);
      await store.purge({ project: "demo", sessionId: "a" });
      await store.retain(t0 + 25 * hour, week);
      assert.deepEqual(await windowsOf(store), [0]);
      assert.equal((await store.stalls.incidents("demo", { limit: 9 }))[0]?.stalled, 1);
      await store.purge({ project: "demo", sessionId: "b" });
      await store.retain(t0 + 25 * hour, week);
      assert.deepEqual(await windowsOf(store), []);
    },
  },
  {
    name: "a purge by age takes windows and stalls from before, one of all takes everything",
    async check(store) {
      const { stalls } = store;
      await store.append(batch([event("s")]));
      await store.append(batch([event("s")], { receivedMs: t0 + hour }));
      await stalls.putWindows([windowRow(t0), windowRow(t0 + hour)]);
      await stalls.putStalls([stallRow(1, "s"), stallRow(2, "s", t0 + hour)]);
      await stalls.putStreamPath("demo", { path: "/x.m3u8", streamId: "demo", learned: false });
      await store.purge({ beforeMs: t0 + 5000 });
      assert.deepEqual(await windowsOf(store), [hour]);
      assert.deepEqual(
        (await stalls.stallsOfSession("demo", "s")).map(({ id }) => id),
        [2],
      );
      assert.equal((await stalls.streamPaths("demo")).length, 1);
      await store.purge("all");
      assert.deepEqual(
        [await windowsOf(store), await stalls.streams("demo"), await stalls.streamPaths("demo")],
        [[], [], []],
      );
      assert.deepEqual(await stalls.stallsOfStream("demo", "demo", { limit: 9 }), []);
    },
  },
];
