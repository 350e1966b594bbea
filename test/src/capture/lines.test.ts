// Are the lines of a file all there, once and in order, wherever its pieces end, and is a torn one called so?
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { eachLine, type Line, linesOf } from "../../../src/capture/lines.js";
import { random } from "../../helpers/sample-capture.js";
import { scratch } from "../../helpers/scratch.js";

const dir = scratch("lines");
beforeAll(() => mkdirSync(dir));

function fileOf(content: string | Buffer): string {
  const path = join(dir, "file.ndjson");
  writeFileSync(path, content);
  return path;
}
async function own(path: string): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of linesOf(path)) lines.push(line);
  return lines;
}
async function others(path: string): Promise<Line[]> {
  const lines: Line[] = [];
  await eachLine(path, (line) => lines.push(line));
  return lines;
}
const whole = (...texts: string[]): Line[] => texts.map((text) => ({ text, whole: true }));

describe.each([
  ["our own", own],
  ["somebody else's", others],
])("of %s file", (_, read) => {
  it("an empty one has none, and empty lines are lines", async () => {
    expect(await read(fileOf(""))).toEqual([]);
    expect(await read(fileOf("\n\na\n"))).toEqual(whole("", "", "a"));
  });

  it("a last one without its newline is not whole", async () => {
    expect(await read(fileOf("a\nb"))).toEqual([...whole("a"), { text: "b", whole: false }]);
    expect(await read(fileOf("b"))).toEqual([{ text: "b", whole: false }]);
  });

  it("those that lie across the pieces that are read are put together, letters of several bytes too", async () => {
    const next = random(11);
    const texts = Array.from({ length: 3000 }, (_, i) => `${i} ${"é漢😀x".repeat(next() * 30)}`);
    expect(await read(fileOf(`${texts.join("\n")}\n`))).toEqual(whole(...texts));
  });

  it("bytes that are no UTF-8 end nothing", async () => {
    const lines = await read(fileOf(Buffer.from([0x61, 0xff, 0xfe, 0x0a, 0x62, 0x0a])));
    expect(lines.map(({ whole: one }) => one)).toEqual([true, true]);
    expect(lines[1]?.text).toBe("b");
  });
});

it("a line of half a megabyte is whole in a file of ours; in somebody else's it ends the reading", async () => {
  const long = "x".repeat(2 ** 19);
  const path = fileOf(`first\n${long}\nlast\n`);
  expect(await own(path)).toEqual(whole("first", long, "last"));
  const read = await others(path);
  expect(read[0]).toEqual({ text: "first", whole: true });
  expect(read).toHaveLength(2);
  expect(read[1]).toMatchObject({ whole: false, text: "x".repeat(256 * 1024) });
});

it("a file that is not there says so instead of having no lines", async () => {
  await expect(own(join(dir, "none"))).rejects.toMatchObject({ code: "ERR_CAPTURE_UNREADABLE", detail: "ENOENT" });
});
