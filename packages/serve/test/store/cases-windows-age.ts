// What must become of windows in each store as they grow old? Time is what is told to `retain`.
// SPDX-License-Identifier: MPL-2.0
import assert from "node:assert/strict";
import type { SessionStore } from "../../src/store/port.js";
import { run, t0 } from "./build.js";
import { stallRow, windowRow } from "./build-stalls.js";
import type { Case } from "./cases.js";

const second = 1000;
const hour = 3_600_000;
const month = { eventsMs: 168 * hour, sessionsMs: 720 * hour, maxBytes: 5e9 };
const always = { fromMs: 0, untilMs: 9e15, limit: 100_000 };

/** So many windows of two seconds, one after the other. */
const windows = (fromMs: number, count: number, more: Parameters<typeof windowRow>[1] = {}) =>
  Array.from({ length: count }, (_, index) => windowRow(fromMs + 2 * second * index, more));

/** Begin and length of each, in seconds. */
const shape = async (store: SessionStore, stream = "demo"): Promise<[number, number][]> => {
  const rows = await store.stalls.windows("demo", stream, always);
  return rows.map(({ fromMs, toMs }) => [(fromMs - t0) / second, (toMs - fromMs) / second]);
};

export const windowAgeCases: Case[] = [
  {
    name: "windows are rolled to ten seconds after two hours, with their sums, and go after a day",
    async check(store) {
      const { stalls } = store;
      await stalls.putWindows(windows(t0, 10));
      await stalls.putWindows(windows(t0, 5, { run_id: "run-2", pipeline: "other" }));
      const before = await shape(store);
      await store.retain(t0 + 2 * hour, month);
      assert.deepEqual(await shape(store), before, "not before all of the ten seconds are two hours old");
      const rolled: [number, number][] = [
        [0, 10],
        [0, 10],
        [10, 10],
      ];
      for (const at of [2 * hour + 60 * second, 12 * hour, 24 * hour]) {
        await store.retain(t0 + at, month);
        assert.deepEqual(await shape(store), rolled);
      }
      const [one] = await stalls.windows("demo", "demo", { ...always, fromMs: t0 + 15 * second });
      assert.deepEqual(
        one?.window.elements.map((of) => [of.path, of.buffers_in, of.own_ms]),
        [["main/enc", 250, 100]],
      );
      assert.deepEqual(one?.window.sinks, [{ path: "main/sink", buffers: 250, media_ms: 10_000 }]);
      assert.equal(one?.window.to, new Date(t0 + 20 * second).toISOString());
      await store.retain(t0 + 24 * hour + 12 * second, month);
      assert.deepEqual(await shape(store), [[10, 10]]);
      await store.retain(t0 + 25 * hour, month);
      assert.deepEqual(await shape(store), []);
    },
  },
  {
    name: "over days there are short windows of two hours, long ones of a day, and nothing is lost in between",
    async check(store) {
      for (let at = 0; at <= 30; at++) {
        await store.stalls.putWindows(windows(t0 + at * hour, 10));
        await store.retain(t0 + at * hour + 30 * second, month);
      }
      const found = await shape(store);
      const kept = Array.from({ length: 24 }, (_, index) => index + 7);
      const expected = kept.flatMap((at) =>
        at < 29
          ? [0, 10].map((begin) => [at * 3600 + begin, 10])
          : Array.from({ length: 10 }, (_, index) => [at * 3600 + 2 * index, 2]),
      );
      assert.deepEqual(found, expected);
    },
  },
  {
    name: "windows around a stall stay as they are as long as its session, and are rolled when it has gone",
    async check(store) {
      await store.append(run("s", 1));
      await store.stalls.putWindows(windows(t0, 100));
      await store.stalls.putStalls([stallRow(1, "s", t0 + 100 * second, { lastedMs: 1000 })]);
      await store.retain(t0 + 3 * hour, month);
      const long = (from: number, until: number) =>
        Array.from({ length: (until - from) / 10 }, (_, index) => [from + 10 * index, 10]);
      const short = Array.from({ length: 62 }, (_, index) => [38 + 2 * index, 2]);
      // 38 … 162: a minute before the stall until a minute after it, and the windows that reach into that.
      assert.deepEqual(await shape(store), [...long(0, 30), [30, 8], ...short, [162, 8], ...long(170, 200)]);
      await store.purge({ project: "demo", sessionId: "s" });
      await store.retain(t0 + 4 * hour, month);
      const edges = [[30, 8], [38, 2], ...long(40, 160), [160, 2], [162, 8]];
      assert.deepEqual(await shape(store), [...long(0, 30), ...edges, ...long(170, 200)]);
      await store.retain(t0 + 25 * hour, month);
      assert.deepEqual(await shape(store), []);
    },
  },
  {
    name: "windows of ten seconds around which a stall turns out to have been stay as long as its session",
    async check(store) {
      await store.append(run("s", 1));
      await store.stalls.putWindows(windows(t0, 5));
      await store.retain(t0 + 3 * hour, month);
      await store.stalls.putStalls([stallRow(1, "s", t0, { lastedMs: 3 * hour })]);
      await store.retain(t0 + 48 * hour, month);
      assert.deepEqual(await shape(store), [[0, 10]]);
    },
  },
  {
    name: "a purge takes windows of any length",
    async check(store) {
      await store.stalls.putWindows(windows(t0, 10));
      await store.retain(t0 + 3 * hour, month);
      await store.purge({ beforeMs: t0 + 15 * second });
      assert.deepEqual(await shape(store), [[10, 10]]);
      await store.purge("all");
      assert.deepEqual(await shape(store), []);
    },
  },
];
