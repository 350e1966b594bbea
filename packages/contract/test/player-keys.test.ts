// Is every key that the player's SDK adds to an event explained in the document of what is collected?
// SPDX-License-Identifier: MPL-2.0
import { expect, test } from "vitest";
import { hlsEvents } from "../../player/src/hls-types.js";
import { fakePlayer } from "../../player/test/helpers/player.js";
import { metaFields, metaPatterns } from "../src/fields.js";

const patterns = Object.keys(metaPatterns).map(
  (one) => new RegExp(`^${one.replaceAll(".", "\\.").replace("*", ".+")}$`),
);
const isExplained = (key: string): boolean => Object.hasOwn(metaFields, key) || patterns.some((one) => one.test(key));

const loading = { start: 100, first: 110, end: 140 };
const fragment = (sn: number) => ({
  frag: {
    url: `http://cdn.test/${sn}.ts`,
    sn,
    level: 0,
    type: "main",
    cc: 0,
    duration: 2,
    programDateTime: 1000 * sn,
    stats: { loading, total: 5000 },
  },
});

test("all that a fake video and hls.js make it say", async () => {
  const player = fakePlayer();
  Object.assign(player.video, { getVideoPlaybackQuality: () => ({ droppedVideoFrames: 1, totalVideoFrames: 9 }) });
  const { say, tracker } = player;
  say(hlsEvents.manifestLoaded, { url: "http://cdn.test/a.m3u8", levels: [1], stats: { loading } });
  const details = { url: "http://cdn.test/b.m3u8", live: true, endSN: 4, edge: 8, misses: 1 };
  say(hlsEvents.levelLoaded, { level: 0, details, stats: { loading } });
  for (const sn of [1, 2, 3, 4]) say(hlsEvents.fragLoaded, fragment(sn));
  for (const name of ["play", "playing", "ratechange", "waiting"]) say(name);
  await new Promise((resolve) => setTimeout(resolve, 150));
  say(hlsEvents.error, { type: "mediaError", details: "bufferNudgeOnStall", fatal: false });
  for (const name of ["playing", "pause", "play", "seeking", "seeked", "ended", "error"]) say(name);
  say(hlsEvents.levelSwitched, { level: 0 });
  say(hlsEvents.error, {
    type: "networkError",
    details: "x",
    fatal: true,
    url: "http://a.test/",
    response: { code: 404 },
  });
  const before = await player.told();
  await tracker.destroy();
  const keys = [...new Set([...before, ...(await player.told())].flatMap(({ meta }) => Object.keys(meta)))];
  for (const key of ["frag_date_3", "http_status", "misses", "total_rebuffer_duration_ms", "reason", "playback_rate"])
    expect(keys).toContain(key);
  expect(keys.filter((key) => !isExplained(key))).toEqual([]);
  expect(isExplained("made_up")).toBe(false);
});
