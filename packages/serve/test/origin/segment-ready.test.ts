// Is it known whether a player could have had a segment, and not claimed where it is not?
// SPDX-License-Identifier: MPL-2.0
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { Origin } from "../../src/origin/origin.js";
import { withProgramTime } from "../../src/origin/program-time.js";
import { segmentWasReady } from "../../src/origin/segment-ready.js";
import { temporaryFolder } from "../helpers/folders.js";

const t0 = 1_767_225_600_000;

/** Segments of 2 s: the last one was closed late. */
const playlist = (closed: number[]) => {
  const lines = closed.map((_, i) => `#EXTINF:2.0,\ns${i}.ts`);
  return withProgramTime(["#EXTM3U", ...lines].join("\n"), (uri) => closed[Number(/\d+/.exec(uri)?.[0])], new Map())
    .anchors;
};
const steady = playlist([t0 + 2000, t0 + 4000, t0 + 6000]);
const slow = playlist([t0 + 2000, t0 + 4000, t0 + 6900]);
const of = (lists: ReturnType<typeof playlist>[], beginMs: number, atMs: number) =>
  segmentWasReady(lists, t0 + beginMs, { atMs: t0 + atMs, targetMs: 2000 });

test.each<[name: string, answer: boolean | null, expected: boolean | null]>([
  ["closed in time", of([steady], 4000, 9000), true],
  ["closed shortly before the stall", of([steady], 4000, 6900), false],
  ["that is not there yet", of([steady], 6000, 9000), false],
  ["with the next one's time off by less than half a segment", of([steady], 4700, 9000), true],
  ["from before the playlist's begin", of([steady], -9000, 9000), null],
  ["of no playlist", of([], 4000, 9000), null],
  ["of a playlist without segments", of([new Map()], 4000, 9000), null],
  ["on which playlists agree", of([steady, slow], 2000, 9000), true],
  ["on which playlists do not agree", of([steady, slow], 4000, 7500), null],
])("a segment %s", (_, answer, expected) => {
  expect(answer).toBe(expected);
});

test("the origin reads its playlists again to answer, also when no player asks for them any more", async () => {
  const folder = temporaryFolder();
  const nowMs = Date.now();
  const write = (segments: number) => {
    const lines = Array.from({ length: segments }, (_, i) => `#EXTINF:2.0,\ns${i}.ts`);
    for (let i = 0; i < segments; i++) {
      writeFileSync(join(folder, `s${i}.ts`), "x");
      const closedS = (nowMs - 20_000 + 2000 * (i + 1)) / 1000;
      utimesSync(join(folder, `s${i}.ts`), closedS, closedS);
    }
    writeFileSync(join(folder, "a.m3u8"), ["#EXTM3U", ...lines].join("\n"));
  };
  write(2);
  const origin = new Origin(folder);
  expect(await origin.segmentWasReady(nowMs - 16_000, nowMs - 10_000, 2000)).toBe(null);
  await origin.answer("a.m3u8");
  write(4);
  const again = new Origin(folder);
  await again.answer("a.m3u8");
  const ask = (one: Origin) => one.segmentWasReady(nowMs - 14_000, nowMs - 10_000, 2000);
  await vi.waitFor(async () => expect(await ask(origin)).toBe(true), { timeout: 10_000, interval: 100 });
  expect(await again.segmentWasReady(nowMs - 12_000, nowMs - 10_000, 2000)).toBe(false);
});
