// Do the parts do what they are for: whose clock differs how much, which stream a path names, what belongs together?
// SPDX-License-Identifier: MPL-2.0
import type { RankedElement } from "@gst-pyroscope/contract/window";
import { describe, expect, test } from "vitest";
import { AgentClocks } from "../../src/ingest/agent-clocks.js";
import { Incidents } from "../../src/stalls/incidents.js";
import { Player } from "../../src/stalls/player.js";
import { RECENT_MS, RecentWindows } from "../../src/stalls/recent.js";
import { Startups } from "../../src/stalls/startups.js";
import { guessed } from "../../src/stalls/streams.js";
import { Wants } from "../../src/stalls/wants.js";
import { memoryStore } from "../../src/store/memory.js";
import { t0 } from "../store/build.js";
import { element, stallRow, windowRow } from "../store/build-stalls.js";

describe("the clock of a pipeline's machine", () => {
  const run = (...uploads: [receivedMs: number, lateMs: number, aheadMs?: number][]) => {
    const clocks = new AgentClocks();
    return uploads.map(([at, late, ahead = 0]) => clocks.offset("a", t0 + at - late + ahead, t0 + at));
  };

  test.each<[name: string, uploads: Parameters<typeof run>, offsets: number[]]>([
    [
      "that agrees is not corrected",
      [
        [0, 20],
        [2000, 900],
      ],
      [0, 0],
    ],
    [
      "is that of the fastest upload: one that waited does not shift it",
      [
        [0, 100, -5000],
        [2000, 30_000, -5000],
      ],
      [5100, 5100],
    ],
    ["that is ahead is corrected backwards", [[0, 50, 20_000]], [-19_950]],
    [
      "that was late in the first upload is known by the second",
      [
        [0, 30_000],
        [2000, 10],
      ],
      [30_000, 0],
    ],
    [
      "that is set is known at once",
      [
        [0, 10],
        [2000, 10, -90_000],
        [4000, 10],
      ],
      [0, 90_010, 0],
    ],
    [
      "is asked for anew after five minutes",
      [
        [0, 10, -2000],
        [301_000, 10, -4000],
      ],
      [2010, 4010],
    ],
  ])("%s", (_, uploads, offsets) => {
    expect(run(...uploads)).toEqual(offsets);
  });

  test("is each machine's own, and thousands of them are not kept for ever", () => {
    const clocks = new AgentClocks();
    for (let i = 0; i < 6000; i++) clocks.offset(`m${i}`, t0, t0 + 5000);
    expect(clocks.offset("m5999", t0, t0 + 9000)).toBe(5000);
    expect(clocks.offset("m0", t0, t0 + 9000)).toBe(9000);
  });
});

describe("a player's clock", () => {
  test("is compared by the newest event of the fastest batch, and never makes an event of the future", () => {
    const player = new Player("demo", "s");
    player.compareClock([{ clientMs: t0 - 7000 }, { clientMs: t0 - 5000 }], t0 + 3000);
    expect(player.timeOf({ clientMs: t0 - 7000 }, t0 + 3000)).toBe(t0 + 1000);
    player.compareClock([{ clientMs: t0 }], t0 + 6000);
    expect(player.timeOf({ clientMs: t0 - 7000 }, t0 + 6000)).toBe(t0 - 1000);
    expect(player.timeOf({ clientMs: t0 + 9e6 }, t0 + 6000)).toBe(t0 + 6000);
  });
});

describe("a manifest's path", () => {
  const streams = new Set(["demo", "news", "live/sport.m3u8", "high", "a/high", "b/low", "c/low"]);

  test.each([
    ["/live/news.m3u8", "news"],
    ["/live/news/index.m3u8", "news"],
    ["/x/live/sport.m3u8", "live/sport.m3u8"],
    ["/sport.m3u8", "live/sport.m3u8"],
    ["/:redacted/demo/chunks.m3u8", "demo"],
    ["/low.m3u8", null],
    ["/a/high.m3u8", "a/high"],
    ["/nothing/main.m3u8", null],
    ["/", null],
    ["/newsroom.m3u8", null],
  ])("%s names %s", (path, stream) => {
    expect(guessed(path, streams)).toBe(stream);
  });
});

test("stalls within ten seconds of each other are one incident, before and after a restart; of other streams they are not", async () => {
  const store = memoryStore();
  const incidents = new Incidents(store.stalls);
  const of = (one: Incidents, ms: number, lastedMs: number | null = 0, stream = "demo") =>
    one.of("demo", stream, { id: ms, atMs: t0 + ms, lastedMs, view: null });
  const first = await of(incidents, 0);
  expect(await of(incidents, 9000)).toBe(first);
  expect(await of(incidents, 19_000, 5000)).toBe(first);
  expect(await of(incidents, 33_000)).toBe(first);
  expect(await of(incidents, -9000)).toBe(first);
  expect(await of(incidents, 0, 0, "other")).not.toBe(first);
  const second = await of(incidents, 44_000, null);
  expect(second).not.toBe(first);
  expect(await of(incidents, 90_000), "one that goes on holds it open").toBe(second);
  const third = await of(incidents, 200_000, null);
  const ended = { id: 200_000, atMs: t0 + 200_000, lastedMs: 4000, view: { incident_id: third } };
  expect(await incidents.of("demo", "demo", ended)).toBe(third);
  expect(await of(incidents, 214_000), "until ten seconds after its end").toBe(third);
  expect(await of(incidents, 225_000)).not.toBe(third);
  const gone = { ...ended, view: { incident_id: "of last year" } };
  expect(await incidents.of("demo", "demo", gone)).toBe("of last year");
  await store.append({
    ...{ project: "demo", receivedMs: t0, traceId: null, bytes: 1, boundaries: [] },
    events: [
      {
        ...{
          name: "x",
          sessionId: "s",
          clientMs: t0,
          sequence: null,
          clientOriginMs: null,
          sdk: { name: "a", version: "1" },
        },
        ...{ meta: null, streamId: null, sampleRatePpm: null, skewed: false },
      },
    ],
  });
  await store.stalls.putStalls([stallRow(1, "s", t0, { incident: "kept" })]);
  const later = new Incidents(store.stalls);
  expect([await of(later, 11_000), (await of(later, 500_000)) === "kept"]).toEqual(["kept", false]);
});

test("a start is long beyond twice the median, when there are enough to tell", () => {
  const startups = new Startups();
  expect([9000, 500, 500, 600, 700].map((ms) => startups.isLong("a", ms))).toEqual(Array(5).fill(false));
  expect([1199, 1401].map((ms) => startups.isLong("a", ms))).toEqual([false, true]);
  expect(startups.isLong("b", 99_000)).toBe(false);
});

describe("windows at hand", () => {
  test("are those of the last minutes, each once, with what the store has from before", async () => {
    const store = memoryStore();
    let nowMs = t0;
    const recent = new RecentWindows(store.stalls, () => nowMs);
    await store.stalls.putWindows([windowRow(t0 - 4000)]);
    for (const losses of [0, 7]) {
      await store.stalls.putWindows([windowRow(t0 - 2000, { losses })]);
      recent.put([windowRow(t0 - 2000, { losses })]);
    }
    const froms = async () =>
      (await recent.of("demo", "demo")).map(({ fromMs, window }) => [fromMs - t0, window.losses]);
    expect(await froms()).toEqual([
      [-4000, 0],
      [-2000, 7],
    ]);
    expect(recent.newest("demo", "demo")).toMatchObject([{ toMs: t0 }]);
    nowMs += RECENT_MS + 1000;
    recent.put([windowRow(nowMs - 2000)]);
    expect((await froms()).length).toBe(1);
  });

  test("end with each process of a name that runs; one that has ended is waited for until it is there again", () => {
    const recent = new RecentWindows(memoryStore().stalls, () => t0);
    const ends = () => recent.newest("demo", "demo").map(({ toMs }) => toMs - t0);
    recent.put([windowRow(t0 - 9000, { run_id: "a" }), windowRow(t0 - 4000, { run_id: "b" })]);
    expect(ends()).toEqual([-7000, -2000]);
    recent.put([windowRow(t0 - 7000, { run_id: "a", state: "ended" }), windowRow(t0 - 7000, { host: "other" })]);
    expect(ends()).toEqual([-5000, -2000, -5000]);
    recent.put([windowRow(t0 - 3000, { run_id: "c" }), windowRow(t0 - 9000, { run_id: "b" })]);
    expect(ends()).toEqual([-2000, -5000, -1000]);
  });

  test("of more streams than there is room for are read when they are asked for; those asked for long ago make room", async () => {
    const store = memoryStore();
    let reads = 0;
    const counting = {
      windows: (...asked: Parameters<typeof store.stalls.windows>) => {
        reads++;
        return store.stalls.windows(...asked);
      },
    };
    const recent = new RecentWindows(counting, () => t0, 100);
    const elements = Array(39).fill(element("e"));
    for (let i = 0; i < 20; i++) {
      const row = windowRow(t0 - 2000, { elements, stream_id: `s${i}` });
      await store.stalls.putWindows([row]);
      recent.put([row]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(reads).toBe(3);
    expect(recent.newest("demo", "s19")).toMatchObject([{ toMs: t0 }]);
    for (const [stream, before] of [
      ["s19", 3],
      ["s19", 4],
      ["s2", 4],
      ["s0", 4],
    ] as const) {
      expect([stream, reads]).toEqual([stream, before]);
      expect((await recent.of("demo", stream)).length).toBe(1);
    }
    expect(reads).toBe(5);
  });
});

test("stacks are wanted of the ranked elements, for a time, of that stream only", () => {
  const wants = new Wants();
  const ranked = (path: string): RankedElement => ({
    ...{ path, factory: "f", class: "work", demand: 1, usual: null, uplift: null, cpu_share: null, blocked_on: null },
  });
  const view = {
    ...stallRow(1, "s").view,
    ranking: [ranked("a"), ranked("b")],
    element: { path: "b", factory: "f", thread: null },
  };
  wants.add("demo", "demo", view, t0);
  wants.add("demo", "other", stallRow(2, "s").view, t0);
  const rows = [windowRow(t0), windowRow(t0, { stream_id: "other" })];
  expect(wants.of(rows, t0)).toEqual([
    { stream_id: "demo", elements: ["b", "a"], until: new Date(t0 + 30_000).toISOString() },
  ]);
  expect(wants.of(rows, t0 + 30_000)).toEqual([]);
  expect(wants.of([{ ...windowRow(t0), project: "foreign" }], t0)).toEqual([]);
});
