// Is only a regular file read, within its limit, whatever somebody put in its place?
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { namesIn, openRegular, readJsonText, readWhole } from "../../../src/capture/open.js";
import { scratch } from "../../helpers/scratch.js";

const dir = scratch("open");
const at = (name: string) => join(dir, name);
beforeAll(() => {
  mkdirSync(dir);
  writeFileSync(at("file"), "content");
  writeFileSync(at("empty"), "");
  symlinkSync("file", at("link"));
  mkdirSync(at("folder"));
  execFileSync("mkfifo", [at("pipe")]);
});

const refusal = (detail: string) => ({ code: "ERR_CAPTURE_UNREADABLE", detail });

describe("what is opened", () => {
  it("is a regular file, with its size", async () => {
    const { handle, bytes } = await openRegular(at("file"));
    await handle.close();
    expect(bytes).toBe(7);
  });

  it.each([
    ["link", "a link"],
    ["folder", "not a regular file"],
    ["pipe", "not a regular file"],
    ["missing", "ENOENT"],
    ["file/below", "ENOTDIR"],
  ])("is not a %s: it is refused at once, with %s", async (name, detail) => {
    await expect(openRegular(at(name))).rejects.toMatchObject(refusal(detail));
  });
});

describe("a whole file", () => {
  it("is read byte for byte, up to the limit and with none", async () => {
    expect((await readWhole(at("file"), 7)).toString()).toBe("content");
    expect(await readWhole(at("empty"), 0)).toHaveLength(0);
  });

  it("of one byte more than the limit is refused before it is read", async () => {
    writeFileSync(at("large"), "");
    truncateSync(at("large"), 2 ** 20 + 1);
    await expect(readWhole(at("large"), 2 ** 20)).rejects.toMatchObject(refusal("larger than 1 MiB"));
  });
});

describe("a text of JSON", () => {
  const written = (text: string) => {
    writeFileSync(at("json"), text);
    return readJsonText(at("json"));
  };

  it("is given as it is, letters of several bytes too", async () => {
    expect(await written('{"é":["漢"]}')).toBe('{"é":["漢"]}');
  });

  it("of more brackets, or of more numbers, than a file of ours has is not parsed at all", async () => {
    await expect(written("[".repeat(100_001))).rejects.toMatchObject(refusal("more parts than can be read"));
    await expect(written("{".repeat(100_001))).rejects.toMatchObject(refusal("more parts than can be read"));
    await expect(written(`[${"1,".repeat(2_000_001)}1]`)).rejects.toMatchObject(refusal("more parts than can be read"));
    expect(await written(`[${"1,".repeat(2_000_000)}1]`)).toHaveLength(4_000_003);
  });
});

it("names of a directory are sorted, and what is beyond the limit is said and left out", async () => {
  const many = at("many");
  mkdirSync(many);
  for (const name of ["c", "a", "b"]) writeFileSync(join(many, name), "");
  expect(await namesIn(many, 3)).toEqual({ names: ["a", "b", "c"], more: false });
  const { names, more } = await namesIn(many, 2);
  expect([names.length, more]).toEqual([2, true]);
  expect(await namesIn(at("folder"), 5)).toEqual({ names: [], more: false });
});
