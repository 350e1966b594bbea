// Which stalls, errors and segments does the adapter tell of, and which does it keep apart?
// SPDX-License-Identifier: MIT

import { checkBatch } from "@gst-pyroscope/contract/check-batch";
import { ajvOptions, boundarySchema, eventSchema } from "@gst-pyroscope/contract/schema";
import { Ajv } from "ajv";
import Hls from "hls.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { hlsEvents } from "../../src/hls-types.js";
import { fakePlayer } from "../helpers/player.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTime(ms);
/** Time in which no timer of the page runs. */
const busyFor = (ms: number) => vi.setSystemTime(Date.now() + ms);
const fragment = (sn: number, more = {}) => ({
  frag: {
    ...{
      url: `http://cdn.test/${sn}.ts?token=x`,
      sn,
      level: 0,
      type: "main",
      cc: 0,
      duration: 2,
      programDateTime: 1000 * sn,
    },
    ...{ stats: { loading: { start: 100, first: 110, end: 100 + sn }, total: 5000 + sn } },
    ...more,
  },
});

/** What of stalls is told after a course of events; a number is a pause in milliseconds. */
async function stalls(...course: Array<string | number | (() => void)>) {
  const player = fakePlayer();
  player.say("playing");
  for (const step of course) {
    if (typeof step === "number") pass(step);
    else if (typeof step === "string") player.say(step);
    else step();
  }
  pass(1000);
  const events = await player.told();
  return events.filter((event) => event.event_name === "rebuffer_ended").map((event) => event.meta.duration_ms);
}

describe("a stall", () => {
  it.each([
    ["is a wait", ["waiting", 500, "playing"], [500]],
    ["is not one below 100 ms", ["waiting", 99, "playing"], []],
    ["is the same within 250 ms", ["waiting", 500, "playing", 200, "waiting", 300, "playing"], [1000]],
    ["is another one after that", ["waiting", 500, "playing", 300, "waiting", 300, "playing"], [500, 300]],
    ["ends when the viewer pauses", ["waiting", 500, "pause"], [500]],
    ["ends when the viewer seeks", ["waiting", 500, "seeking"], [500]],
    ["ends with the source", ["waiting", 500, "emptied"], [500]],
    ["is told once for repeated waits", ["waiting", 300, "waiting", 200, "playing"], [500]],
  ])("%s", async (_, course, expected) => {
    expect(await stalls(...course)).toEqual(expected);
  });

  it("is not one while seeking, paused, or before the first picture", async () => {
    const player = fakePlayer();
    player.say("waiting");
    pass(500);
    player.say("playing");
    for (const state of ["seeking", "paused", "ended"] as const) {
      player.video[state] = true;
      player.say("waiting");
      pass(500);
      player.say("playing");
      player.video[state] = false;
    }
    const names = (await player.told()).map((event) => event.event_name);
    expect(names).toEqual(["playback_started", "startup_time_measured"]);
  });

  it("goes on over a jump of hls.js, which is told as such", async () => {
    const player = fakePlayer();
    player.say("playing");
    player.say("waiting");
    pass(400);
    player.say(hlsEvents.error, { type: "mediaError", details: "bufferStalledError", fatal: false });
    player.say(hlsEvents.error, { type: "mediaError", details: "bufferNudgeOnStall", fatal: false });
    player.say("seeking");
    player.say("seeked");
    pass(200);
    player.say("playing");
    pass(500);
    const events = await player.told();
    const names = events.slice(2).map((event) => event.event_name);
    expect(names).toEqual(["rebuffer_started", "rebuffer_nudged", "rebuffer_ended"]);
    expect(events.at(-1)?.meta).toMatchObject({ duration_ms: 600, nudges: 1, rebuffer_count: 1, ended_by: "playing" });
  });

  it("is told by a page that was too busy for its timers, whatever ends it", async () => {
    for (const end of ["seeking", "pause", "emptied", "playing"]) {
      const player = fakePlayer();
      player.say("playing");
      player.say("waiting");
      busyFor(960);
      player.say(end);
      pass(500);
      const told = (await player.told()).filter((event) => event.event_name.startsWith("rebuffer_"));
      expect(told.map((event) => event.event_name)).toEqual(["rebuffer_started", "rebuffer_ended"]);
      expect(told.at(-1)?.meta.duration_ms).toBe(960);
    }
  });

  it("goes on over a jump of hls.js that a busy page reports late; one to elsewhere is the viewer's", async () => {
    const player = fakePlayer();
    player.say("playing");
    player.say("waiting");
    player.video.currentTime += 0.1;
    player.say(hlsEvents.error, { type: "mediaError", details: "bufferNudgeOnStall", fatal: false });
    busyFor(960);
    player.say("seeking");
    player.video.seeking = true;
    player.say("waiting");
    player.video.seeking = false;
    player.say("seeked");
    pass(200);
    player.video.currentTime += 5;
    player.say("seeking");
    player.say("seeked");
    const events = (await player.told()).slice(2);
    expect(events.map((event) => event.event_name)).toEqual([
      "rebuffer_nudged",
      "rebuffer_started",
      "rebuffer_ended",
      "seek_started",
      "seek_ended",
    ]);
    expect(events[2]?.meta).toMatchObject({ duration_ms: 1160, waits: 1, nudges: 1, ended_by: "seek" });
  });

  it("carries the figures of the moment when the picture stopped", async () => {
    const player = fakePlayer();
    player.say("playing");
    player.say(hlsEvents.levelLoaded, { level: 0, details: { live: true, endSN: 9, edge: 18 } });
    for (const sn of [1, 2, 3, 4]) player.say(hlsEvents.fragLoaded, fragment(sn));
    pass(3000);
    const stopped = Date.now();
    player.say("waiting");
    pass(2000);
    const started = (await player.told()).find((event) => event.event_name === "rebuffer_started");
    expect(Date.parse(started?.client_timestamp ?? "")).toBe(stopped);
    expect(started?.meta).toMatchObject({
      ...{ playing_date: 1_777_000_000_000, live_latency_ms: 6500, buffer_ms: 2500, edge_age_ms: 3000 },
      ...{
        frag_load_ms: 4,
        frag_bytes: 5004,
        frag_date: 4000,
        frag_age_ms: 3000,
        frag_load_ms_2: 3,
        frag_load_ms_3: 2,
      },
    });
    expect(started?.meta).not.toHaveProperty("frag_load_ms_4");
  });
});

describe("hls.js", () => {
  it("has the events that the adapter listens to", () => {
    const names: string[] = Object.values(Hls.Events);
    for (const name of Object.values(hlsEvents)) expect(names).toContain(name);
  });

  it("tells each segment once, errors with their code, switches with their bitrate; all of it passes the contract", async () => {
    const player = fakePlayer();
    player.say(hlsEvents.fragLoaded, fragment(1));
    player.say(hlsEvents.fragLoaded, fragment(1));
    player.say(hlsEvents.fragLoaded, fragment(1, { cc: 1 }));
    player.say(hlsEvents.levelSwitched, { level: 0 });
    const url = "http://cdn.test/2.ts?sig=1";
    player.say(hlsEvents.error, {
      type: "networkError",
      details: "fragLoadError",
      fatal: false,
      url,
      response: { code: 404 },
    });
    const events = await player.told();
    expect(events.map((event) => event.event_name)).toEqual([
      ...["segment_loaded", "segment_loaded", "bitrate_switch", "playback_error"],
    ]);
    expect(events[2]?.meta).toMatchObject({ bitrate: 800_000, width: 640 });
    expect(events[3]?.meta).toMatchObject({ error_code: "fragLoadError", fatal: false, http_status: 404 });
    expect(events[3]?.meta["network.redacted_url"]).toBe("http://cdn.test/2.ts");
    const ajv = new Ajv(ajvOptions);
    const validators = { event: ajv.compile(eventSchema), boundary: ajv.compile(boundarySchema) };
    const checked = checkBatch({ schema_version: "1.0", events }, "demo", { receivedMs: Date.now(), validators });
    expect(checked).toMatchObject({ status: 202 });
  });

  it.each([
    ["stops the video is a pause, and goes on with the next play", ["emptied", "play"], ["paused", "resumed"]],
    ["is told once", ["pause", "emptied"], ["paused"]],
    ["is none after the end", ["ended", "emptied"], ["ended"]],
  ])("whose source is taken away: what %s", async (_, course, expected) => {
    const player = fakePlayer();
    player.say("playing");
    player.video.paused = true;
    for (const name of course) player.say(name);
    const names = (await player.told()).map((event) => event.event_name);
    expect(names.slice(2)).toEqual(expected.map((name) => `playback_${name}`));
  });

  it("whose source is taken away while the page has it play on does not pause", async () => {
    const player = fakePlayer();
    for (const name of ["emptied", "playing", "emptied"]) player.say(name);
    expect((await player.told()).map((event) => event.event_name)).not.toContain("playback_paused");
  });

  it("is left alone after detaching, and when it is destroyed", async () => {
    const player = fakePlayer();
    expect(player.listeners()).toBeGreaterThan(10);
    player.say(hlsEvents.destroying);
    player.detach();
    expect(player.listeners()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("gets no exception for data that it does not describe", async () => {
    const player = fakePlayer();
    for (const name of Object.values(hlsEvents).slice(0, 5))
      for (const data of [undefined, {}, null]) player.say(name, data);
    player.say(hlsEvents.levelSwitched, { level: 0 });
    expect((await player.told()).map((event) => event.event_name)).toContain("bitrate_switch");
  });
});
