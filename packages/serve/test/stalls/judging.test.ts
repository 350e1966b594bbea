// Which events become stalls, when are they judged, how often, and with what; and what is counted when there are too many?
// SPDX-License-Identifier: MPL-2.0
import { describe, expect, test } from "vitest";
import { Player } from "../../src/stalls/player.js";
import { memoryStore } from "../../src/store/memory.js";
import { windowOf } from "../helpers/pipeline.js";
import { batch, event, t0 } from "../store/build.js";
import { type Judging, judging, playsAt, stalledAt } from "./judging.js";

const hour = 3_600_000;

/** 40 s of health, then slowness until now. */
async function slowPipeline({ windows, clock }: Judging, stream_id = "demo", slowS = 14): Promise<void> {
  const made = [];
  for (let fromMs = clock.nowMs - 54_000; fromMs < clock.nowMs; fromMs += 2000) {
    const pace = fromMs < clock.nowMs - 1000 * slowS ? {} : { pace: 0.6, work: 1980 };
    made.push({ fromMs, more: windowOf(fromMs, pace, { stream_id }) });
  }
  await windows(made);
}

const next = (fromMs: number, stream_id = "demo") => ({
  fromMs,
  more: windowOf(fromMs, { pace: 0.6, work: 1980 }, { stream_id }),
});

describe("a stall", () => {
  test("is judged as soon as windows reach its time", async () => {
    const one = judging();
    await slowPipeline(one);
    one.clock.nowMs += 500;
    await one.send([stalledAt("s", one.clock.nowMs)]);
    await one.wait(1000);
    expect(one.told).toEqual([]);
    await one.windows([next(t0)]);
    expect(one.told).toHaveLength(1);
    expect(one.told[0]).toMatchObject({
      verdict: "element",
      element: { path: "main/enc" },
      stall: { lasted_ms: null },
    });
    expect(one.cases[0]?.pipelines[0]?.windows.some(({ toMs }) => toMs === t0 + 2000)).toBe(true);
    expect(one.counted).toEqual({ element: 1 });
  });

  test("whose windows do not come is judged after three seconds; a pipeline that fell silent is down within ten", async () => {
    const one = judging();
    await slowPipeline(one, "demo", 0);
    await one.wait(4000);
    await one.send([stalledAt("s", one.clock.nowMs)]);
    for (let ms = 0; ms < 2800; ms += 200) await one.wait(200);
    expect(one.told).toEqual([]);
    await one.wait(200);
    expect([one.told.length, one.counted]).toEqual([1, {}]);
    expect(one.told[0]).toMatchObject({ verdict: "unknown", confidence: "low" });
    while (one.told.length < 2) await one.wait(200);
    expect(one.clock.nowMs - t0).toBeLessThan(10_000);
    expect(one.told[1]).toMatchObject({ verdict: "pipeline_down", stall: { lasted_ms: null } });
    expect(one.counted).toEqual({ pipeline_down: 1 });
    for (let ms = 0; ms < 30_000; ms += 1000) await one.wait(1000);
    expect(one.told.length).toBe(2);
  });

  test("that ends is judged once more, with its duration; one that ends before its answer is judged once", async () => {
    const one = judging();
    await slowPipeline(one);
    await one.send([stalledAt("long", t0), stalledAt("short", t0)]);
    await one.send([playsAt("short", t0 + 700, 700)]);
    await one.windows([next(t0)]);
    const lasted = () => one.told.map(({ stall }) => [stall.session_id, stall.lasted_ms]);
    expect(lasted()).toEqual([
      ["long", null],
      ["short", 700],
    ]);
    one.clock.nowMs += 5000;
    await one.send([playsAt("long", t0 + 5000, 5000)]);
    await one.windows([next(t0 + 2000), next(t0 + 4000), next(t0 + 6000)]);
    expect(lasted().slice(2)).toEqual([["long", 5000]]);
    const rows = await one.store.stalls.stallsOfStream("demo", "demo", { limit: 9 });
    expect(rows.map(({ view }) => view.stall.lasted_ms).sort()).toEqual([5000, 700]);
    expect(new Set(rows.map(({ view }) => view.incident_id)).size).toBe(1);
    expect(one.counted).toEqual({ element: 2 });
  });

  test("that is sent again is no other one", async () => {
    const one = judging();
    await slowPipeline(one);
    const twice = { ...stalledAt("s", t0), sequence: 4 };
    await one.send([twice]);
    await one.send([twice]);
    await one.wait(4000);
    expect(one.told).toHaveLength(1);
  });

  test("ends with its session, or when its player has gone", async () => {
    const one = judging();
    await slowPipeline(one);
    await one.send(["leaves", "vanishes"].map((id) => stalledAt(id, t0)));
    await one.wait(4000);
    await one.send([event("leaves", { name: "session_ended", clientMs: t0 + 4000, streamId: "demo" })]);
    await one.wait(4000);
    one.clock.nowMs += 130_000;
    one.stalls.tidy();
    await one.wait(4000);
    const rows = await one.store.stalls.stallsOfStream("demo", "demo", { limit: 9 });
    expect(Object.fromEntries(rows.map(({ view }) => [view.stall.session_id, view.stall.lasted_ms]))).toEqual({
      leaves: 4000,
      vanishes: 0,
    });
    expect(await one.store.stalls.openStalls()).toEqual([]);
  });

  test("by an error that is fatal is one; by one that is not, or that ended a stall, it is none", async () => {
    const one = judging();
    await slowPipeline(one);
    const error = (id: string, fatal: boolean) =>
      event(id, { name: "playback_error", clientMs: t0, streamId: "demo", meta: { fatal } });
    await one.send([error("fatal", true), error("harmless", false), stalledAt("both", t0 - 3000)]);
    await one.send([playsAt("both", t0, 3000), error("both", true)]);
    await one.wait(4000);
    expect(one.told.map(({ stall }) => [stall.session_id, stall.lasted_ms]).sort()).toEqual([
      ["both", 3000],
      ["fatal", 0],
    ]);
  });

  test("before the first picture: more than twice the median of the stream, and of other streams not", async () => {
    const one = judging();
    await slowPipeline(one);
    const begins = (id: string, duration_ms: number, streamId = "demo") =>
      event(id, { name: "startup_time_measured", clientMs: t0, streamId, meta: { duration_ms } });
    await one.send([900, 1000, 1100, 1200, 1300].map((ms, i) => begins(`s${i}`, ms)));
    await one.send([begins("same", 2200), begins("other", 9000, "other"), begins("long", 3000)]);
    await one.wait(4000);
    expect(one.told.map(({ stall }) => [stall.session_id, stall.lasted_ms, Date.parse(stall.at) - t0])).toEqual([
      ["long", 3000, -3000],
    ]);
  });

  test("of a stream that no pipeline ever told about is told as unknown, with what is missing; of no stream it is not judged", async () => {
    const one = judging();
    await one.send([{ ...stalledAt("s", t0), streamId: "alone" }, event("s2", { name: "rebuffer_started" })]);
    await one.wait(2900);
    expect(one.told).toEqual([]);
    await one.wait(100);
    expect(one.told).toHaveLength(1);
    expect(one.told[0]).toMatchObject({
      ...{ verdict: "unknown", confidence: "low", element: null, profile: null, ranking: [] },
      stall: { session_id: "s", stream_id: "alone" },
      evidence: [{ kind: "no_windows" }],
    });
    expect([one.cases[0]?.pipelines, one.counted]).toEqual([[], { unknown: 1 }]);
    const [stream] = await one.store.stalls.streams("demo");
    expect([stream?.streamId, stream?.lastMs]).toEqual(["alone", 0]);
  });

  test("of a stream whose first windows come while it goes on is judged by them, and once more at its end", async () => {
    const one = judging();
    await one.send([{ ...stalledAt("s", t0), streamId: "demo" }]);
    await one.wait(4000);
    await slowPipeline(one, "demo", 18);
    await one.send([playsAt("s", one.clock.nowMs, 4000)]);
    await one.wait(4000);
    expect(one.told.map(({ verdict }) => verdict)).toEqual(["unknown", "element", "element"]);
  });

  test("of one of many streams that only players name is counted, and no stream of a pipeline is guessed by such names", async () => {
    const one = judging();
    const many = Array.from({ length: 203 }, (_, i) => ({ ...stalledAt(`s${i}`, t0), streamId: `made-up-${i}` }));
    for (let at = 0; at < many.length; at += 100) await one.send(many.slice(at, at + 100));
    await one.wait(4000);
    expect([one.told.length, one.counted]).toEqual([200, { unknown: 200, mtrace_stalls_dropped_total: 3 }]);
    await one.stalls.streams.refresh(["demo"]);
    const player = new Player("demo", "by-path");
    player.path = "/live/made-up-7.m3u8";
    expect(one.stalls.streams.of(player)).toBeNull();
  });

  test("beyond those that can wait is counted", async () => {
    const one = judging();
    await slowPipeline(one);
    for (let at = 0; at < 2100; at += 100)
      await one.send(Array.from({ length: 100 }, (_, i) => stalledAt(`s${at + i}`, t0)));
    expect(one.counted).toEqual({ mtrace_stalls_dropped_total: 100 });
  });

  test("that cannot be judged or stored leaves the others be, with a line in the log", async () => {
    const failing = judging(memoryStore(), {
      judge: () => {
        throw new Error("no answer");
      },
    });
    await slowPipeline(failing);
    await failing.send([stalledAt("s", t0)]);
    await failing.wait(4000);
    expect([failing.told, failing.problems]).toEqual([[], ["no answer"]]);
    await failing.send([playsAt("s", t0 + 4000, 4000)]);
    await failing.wait(4000);
    expect(failing.problems).toEqual(["no answer", "no answer"]);
  });
});

describe("what the judge is told", () => {
  test.each([0, hour, -hour])("a player's clock that is %i ms off has no influence", async (offMs) => {
    const one = judging();
    await slowPipeline(one);
    const at = (ms: number) => t0 + ms + offMs;
    one.clock.nowMs = t0 + 3000;
    const waited = { ...stalledAt("s", at(0)), meta: { playing_date: t0 - 4000, buffer_ms: 1500 } };
    await one.send([waited, event("s", { clientMs: at(3000), streamId: "demo" })]);
    await one.windows([next(t0), next(t0 + 2000)]);
    expect(one.cases[0]?.stall).toMatchObject({ atMs: t0, bufferEndMs: t0 - 2500, bufferMs: 1500 });
    expect(one.told[0]).toMatchObject({ verdict: "element" });
  });

  test("program times of the pipeline's own clock are corrected as its windows are", async () => {
    for (const [ownOrigin, corrected] of [
      [true, 0],
      [false, 20_000],
    ] as const) {
      const one = judging(memoryStore(), { ownOrigin });
      await slowPipeline(one);
      const [row] = await one.store.stalls.windows("demo", "demo", { fromMs: 0, untilMs: 9e15, limit: 1 });
      if (row) one.stalls.saw([{ ...row, offsetMs: 20_000 }]);
      await one.send([stalledAt("s", t0)]);
      await one.wait(4000);
      expect(one.cases[0]?.stall.bufferEndMs).toBe(t0 - 4000 + corrected);
    }
  });

  test("the loads of segments, also of a player that reports by CMCD, a load that failed, frames that were dropped", async () => {
    const one = judging();
    await slowPipeline(one);
    const loaded = (ms: number) =>
      event("cmcd", { clientMs: t0, meta: { frag_load_ms: ms, frag_bytes: 5, frag_duration_ms: 2000 } });
    const sampled = (dropped_frames: number) =>
      event("cmcd", { clientMs: t0, name: "metrics_sampled", meta: { dropped_frames } });
    const failed = event("cmcd", { clientMs: t0, name: "segment_failed", meta: {} });
    const bare = { ...stalledAt("cmcd", t0), meta: { live_latency_ms: 9000 } };
    await one.send([loaded(1), loaded(20), loaded(30), loaded(40), sampled(3), sampled(10), failed, bare]);
    await one.wait(4000);
    expect(one.cases[0]?.stall).toMatchObject({
      segmentLoads: [20, 30, 40].map((ms) => ({ ms, mediaMs: 2000 })),
      ...{ framesDropped: 7, loadFailed: true, targetMs: 2000, bufferEndMs: null },
    });
  });

  test("which stalls it had before, and what is usual, also from before a restart", async () => {
    const first = judging();
    await slowPipeline(first, "demo", 0);
    first.stalls.tidy();
    await first.stalls.settled();
    const kept = await first.store.stalls.nominals("demo", "demo");
    expect(Object.keys(kept)).toEqual([JSON.stringify(["main", "t1"])]);
    const second = judging(first.store);
    second.clock.nowMs = t0 + 600_000;
    await second.stalls.resume();
    await second.windows([next(t0 + 596_000), next(t0 + 598_000), next(t0 + 600_000)]);
    await second.send([stalledAt("s", t0 + 600_000)]);
    await second.wait(4000);
    expect(second.cases[0]?.pipelines[0]?.nominal).toEqual(Object.values(kept)[0]);
    expect(second.cases[0]?.troubled).toEqual([]);
    await second.send([stalledAt("later", t0 + 604_000)]);
    await second.wait(4000);
    expect(second.cases[1]?.troubled).toHaveLength(second.told[0]?.verdict === "element" ? 1 : 0);
  });
});

describe("which stream a player watches", () => {
  const manifest = (id: string, url: string) =>
    event(id, { clientMs: t0, name: "manifest_loaded", meta: { "network.redacted_url": url } });
  const bare = (id: string) => ({ ...stalledAt(id, t0), streamId: null });

  test("is guessed by its manifest, marked so, less sure, and kept", async () => {
    const one = judging();
    await slowPipeline(one, "news");
    await one.send([stalledAt("said", t0)].map((said) => ({ ...said, streamId: "news" })));
    await one.send([manifest("guessed", "https://a.example/live/news.m3u8"), bare("guessed")]);
    await one.wait(4000);
    const [said, guessed] = one.told;
    expect(guessed?.stall).toMatchObject({ session_id: "guessed", stream_id: "news" });
    expect(guessed?.evidence.filter(({ kind }) => kind === "guessed_stream")).toHaveLength(1);
    expect([
      said?.evidence.some(({ kind }) => kind === "guessed_stream"),
      said?.confidence === guessed?.confidence,
    ]).toEqual([false, said?.confidence === "low"]);
    expect(await one.store.stalls.streamPaths("demo")).toEqual([
      { path: "/live/news.m3u8", streamId: "news", learned: true },
    ]);
  });

  test("is known when a person has mapped the path, also after a restart", async () => {
    const one = judging();
    await slowPipeline(one);
    await one.store.stalls.putStreamPath("demo", { path: "/x/main.m3u8", streamId: "demo", learned: false });
    const sent = batch([manifest("s", "https://a.example/x/main.m3u8"), bare("s")], { receivedMs: t0 });
    await one.store.append(sent);
    const second = judging(one.store);
    await second.stalls.resume();
    await second.wait(4000);
    expect(second.told[0]).toMatchObject({ stall: { session_id: "s", stream_id: "demo" }, verdict: "element" });
    expect(second.told[0]?.evidence.map(({ kind }) => kind)).not.toContain("guessed_stream");
  });
});

test("a stall and its end from before a restart are judged together; one that was open is ended by what comes", async () => {
  const first = judging();
  await slowPipeline(first);
  await first.send([stalledAt("open", t0)]);
  await first.wait(4000);
  const late = batch([stalledAt("whole", t0 + 1000), playsAt("whole", t0 + 3000, 2000)], { receivedMs: t0 + 4000 });
  await first.store.append(late);
  const second = judging(first.store);
  second.clock.nowMs = t0 + 20_000;
  await second.stalls.resume();
  await second.send([playsAt("open", t0 + 20_000, 20_000)]);
  await second.wait(4000);
  const told = new Map(second.told.map(({ stall }) => [stall.session_id, stall.lasted_ms]));
  expect(Object.fromEntries(told)).toEqual({ open: 20_000, whole: 2000 });
  expect(second.told.every(({ incident_id }) => incident_id === first.told[0]?.incident_id)).toBe(true);
  expect(second.counted).toEqual({});
  // Windows of the time in which the service was away may still come, for so long.
  for (let ms = 0; ms < 20_000; ms += 1000) await second.wait(1000);
  expect(second.counted).toEqual({
    [second.told.findLast(({ stall }) => stall.session_id === "whole")?.verdict ?? ""]: 1,
  });
});
