// Which program times does the origin add to a playlist, and when does it leave one alone?
import { describe, expect, test } from "vitest";
import { type Anchors, withProgramTime } from "../../src/origin/program-time.js";

const BEGAN = Date.UTC(2026, 10, 30, 12);
const none: Anchors = new Map();

/** As hlssink2 writes: a blank line after the header, 17 digits, an EXTINF that ends with a comma. */
const playlist = (segments: [string, string][], end = ""): string =>
  [
    "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:2\n",
    ...segments.map(([uri, duration]) => `#EXTINF:${duration},\n${uri}`),
    end,
  ].join("\n");

/** Closing times in milliseconds after BEGAN. */
const closing = (times: Record<string, number>) => (uri: string) => {
  const after = times[uri];
  return after === undefined ? undefined : BEGAN + after;
};

/** Milliseconds after BEGAN, in order. */
const startsIn = (text: string): number[] =>
  [...text.matchAll(/^#EXT-X-PROGRAM-DATE-TIME:(\S+)\n(?!#)/gm)].map(([, time]) => Date.parse(time ?? "") - BEGAN);

describe("program time", () => {
  const three = playlist([
    ["a.ts", "2"],
    ["b.ts", "2"],
    ["c.ts", "0.63333332538604736"],
  ]);

  test.each([
    ["the first file was late, and no viewer knows it yet", { "a.ts": 2000, "b.ts": 3080, "c.ts": 4700 }, -920],
    ["later files were", { "a.ts": 2000, "b.ts": 4900, "c.ts": 5500 }, 0],
    ["none was", { "a.ts": 2000, "b.ts": 4000, "c.ts": 4634 }, 0],
  ])("the file that is least late says when all of them began: %s", (_, times, began) => {
    const { text } = withProgramTime(three, closing(times), none);
    expect(startsIn(text)).toEqual([began, began + 2000, began + 4000]);
  });

  test("a segment that viewers know keeps its time when a later one shows that its file was late", () => {
    const first = withProgramTime(playlist([["a.ts", "2"]]), closing({ "a.ts": 2000 }), none);
    const later = withProgramTime(three, closing({ "a.ts": 2000, "b.ts": 3080, "c.ts": 4700 }), first.anchors);
    expect(startsIn(later.text)).toEqual([0, 1080, 3080]);
  });

  test("a delay that lasts for four segments is no jitter", () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    const six = playlist(names.map((name) => [`${name}.ts`, "2"]));
    const late = (index: number) => (index === 0 ? 0 : 500);
    const times = Object.fromEntries(names.map((name, index) => [`${name}.ts`, 2000 * (index + 1) + late(index)]));
    expect(startsIn(withProgramTime(six, closing(times), none).text)).toEqual([0, 2000, 4000, 6000, 8500, 10_500]);
  });

  test("follows the files when they differ by a second or more, and not just below", () => {
    const times = { "a.ts": 2000, "b.ts": 4999, "c.ts": 9000 };
    expect(startsIn(withProgramTime(three, closing(times), none).text)).toEqual([0, 2000, 8367]);
    const later = withProgramTime(three, closing({ ...times, "b.ts": 5000 }), none).text;
    expect(startsIn(later)).toEqual([0, 3000, 8367]);
  });

  test("a segment keeps its time while the window moves on, and what left is forgotten", () => {
    const first = withProgramTime(three, closing({ "a.ts": 2000, "b.ts": 4900, "c.ts": 4634 }), none);
    const moved = playlist([
      ["b.ts", "2"],
      ["c.ts", "0.63333332538604736"],
      ["d.ts", "2"],
    ]);
    const second = withProgramTime(moved, closing({ "b.ts": 4900, "c.ts": 4634, "d.ts": 7000 }), first.anchors);
    expect(startsIn(second.text)).toEqual([2000, 4000, 4634]);
    expect([...second.anchors.keys()]).toEqual(["b.ts", "c.ts", "d.ts"]);
  });

  test("a file written anew under its old name has a new time", () => {
    const one = playlist([["a.ts", "2"]]);
    const first = withProgramTime(one, closing({ "a.ts": 2000 }), none);
    expect(startsIn(withProgramTime(one, closing({ "a.ts": 92_000 }), first.anchors).text)).toEqual([90_000]);
  });

  test("a segment whose file is gone continues the one before it; with none before it, it has no time", () => {
    expect(startsIn(withProgramTime(three, closing({ "a.ts": 2000 }), none).text)).toEqual([0, 2000, 4000]);
    expect(startsIn(withProgramTime(three, closing({ "b.ts": 4000 }), none).text)).toEqual([2000, 4000]);
    expect(startsIn(withProgramTime(three, closing({}), none).text)).toEqual([]);
  });

  test("only lines with program times are added", () => {
    const odd = `${three}\n#EXT-X-ENDLIST`;
    const { text } = withProgramTime(odd, closing({ "a.ts": 2000 }), none);
    const without = text.split("\n").filter((line) => !line.startsWith("#EXT-X-PROGRAM-DATE-TIME:"));
    expect(without.join("\n")).toBe(odd);
    expect(text).not.toContain("DISCONTINUITY");
  });
});

describe("left as it is", () => {
  const closed = closing({ "a.ts": 2000, "low.m3u8": 1 });

  test.each([
    ["a playlist with times of its own", "#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n#EXTINF:2,\na.ts\n"],
    ["a master playlist", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n"],
    ["a duration that is no number", "#EXTM3U\n#EXTINF:abc,\na.ts\n"],
    ["no playlist at all", "hello"],
    ["an empty file", ""],
  ])("%s", (_, text) => {
    expect(withProgramTime(text, closed, none).text).toBe(text);
  });

  test("lines may end as on Windows", () => {
    const { text } = withProgramTime("#EXTM3U\r\n#EXTINF:2,\r\na.ts\r\n", closed, none);
    expect(startsIn(text)).toEqual([0]);
  });
});
