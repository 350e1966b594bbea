// Does program time hold for a sink that closes its files a group of pictures late, as hlssink2 does, and for one that does not?
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mediaSpanMs } from "../../src/origin/media-span.js";
import { Origin } from "../../src/origin/origin.js";

const base = mkdtempSync(join(tmpdir(), "closing-delay-test-"));
afterAll(() => rmSync(base, { recursive: true }));

/** 50 pictures, 25 a second: two seconds, as GStreamer's muxer writes them. */
let whole: Buffer;
let sound: Buffer;

function made(name: string, media: string): Buffer {
  const path = join(base, name);
  const words = `-q ${media} ! mpegtsmux ! filesink location=${path}`.split(" ");
  const { status, stderr } = spawnSync("gst-launch-1.0", words, { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  return readFileSync(path);
}

beforeAll(() => {
  const source = "videotestsrc num-buffers=50 ! video/x-raw,format=I420,width=160,height=90,framerate=25/1";
  whole = made("video.ts", `${source} ! x264enc tune=zerolatency ! h264parse`);
  sound = made("sound.ts", "audiotestsrc num-buffers=100 samplesperbuffer=441 ! avenc_aac ! aacparse");
});

describe("media in a file", () => {
  test("from the first picture to the end of the last", () => {
    expect(mediaSpanMs(whole)).toBeCloseTo(2000, 0);
  });

  test("of sound where there is no video, within the length of a frame", () => {
    expect(Math.abs((mediaSpanMs(sound) ?? 0) - 1000)).toBeLessThan(50);
  });

  test("a file that is being written has what is in it so far", () => {
    const half = mediaSpanMs(whole.subarray(0, whole.length / 2)) ?? 0;
    expect(half).toBeGreaterThan(100);
    expect(half).toBeLessThan(1900);
  });

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["no transport stream", Buffer.from("hello ".repeat(1000))],
    ["packets without media", Buffer.alloc(1880, 0x47)],
  ])("%s has none", (_, bytes) => {
    expect(mediaSpanMs(bytes)).toBeNull();
  });

  test("whatever the bytes are, it answers", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const broken = Buffer.from(whole);
      for (let at = seed; at < broken.length; at += 97 + seed) broken[at] = (at * seed) & 0xff;
      const span = mediaSpanMs(broken);
      expect(span === null || Number.isFinite(span)).toBe(true);
    }
  });
});

const BEGAN = Date.UTC(2026, 10, 30, 12);

/** Files of a stream that began at BEGAN: what is in them, and when each was written last, seconds later. */
async function startsOf(name: string, files: [string, Buffer, number][], listed: string[]): Promise<number[]> {
  const folder = mkdtempSync(join(base, name));
  for (const [file, content, seconds] of files) {
    writeFileSync(join(folder, file), content);
    utimesSync(join(folder, file), BEGAN / 1000 + seconds, BEGAN / 1000 + seconds);
  }
  const lines = listed.map((file) => `#EXTINF:2,\n${file}`).join("\n");
  writeFileSync(join(folder, "live.m3u8"), `#EXTM3U\n\n${lines}\n`);
  const { body } = await new Origin(folder).answer("live.m3u8");
  return [...String(body).matchAll(/^#EXT-X-PROGRAM-DATE-TIME:(\S+)$/gm)].map(
    ([, time]) => Date.parse(time ?? "") - BEGAN,
  );
}

describe("program time", () => {
  const [s8, s9, s10] = ["s08.ts", "s09.ts", "s10.ts"];

  test("of a sink that keeps a group back: the file after the last one has more media than time has passed", async () => {
    const files: [string, Buffer, number][] = [
      [s8, whole, 4],
      [s9, whole, 6],
      [s10, whole, 6.01],
    ];
    expect(await startsOf("held", files, [s8, s9])).toEqual([10, 2010]);
  });

  test("of a sink that writes at once", async () => {
    const packets = Math.floor(whole.length / 188 / 4) * 188;
    const quarter = whole.subarray(0, packets);
    const files: [string, Buffer, number][] = [
      [s8, whole, 2],
      [s9, whole, 4],
      [s10, quarter, 4 + (mediaSpanMs(quarter) ?? 0) / 1000],
    ];
    for (const [index, start] of (await startsOf("at-once", files, [s8, s9])).entries())
      expect(Math.abs(start - 2000 * index)).toBeLessThan(5);
  });

  test.each([
    ["is not there", []],
    ["is older: of an earlier run", [[s10, 1] as const]],
  ])("when the next file %s, files count as closed in time", async (_, more) => {
    const files = [[s8, 2], [s9, 4], ...more].map(([name, seconds]): [string, Buffer, number] => [
      String(name),
      whole,
      Number(seconds),
    ]);
    expect(await startsOf("alone", files, [s8, s9])).toEqual([0, 2000]);
  });
});
