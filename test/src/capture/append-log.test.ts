// Does a log hold whole lines only, whatever was left in the file, and is it the old one until the shorter one is whole?
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { AppendLog } from "../../../src/capture/append-log.js";
import { OwnFolder } from "../../../src/capture/own-folder.js";
import { scratch } from "../../helpers/scratch.js";

const NAME = "log.ndjson";
const closing: { close(): void }[] = [];
afterEach(() => {
  for (const one of closing.splice(0).reverse()) one.close();
});

async function logIn(dir = scratch("log"), content?: string) {
  mkdirSync(dir, { recursive: true });
  if (content !== undefined) writeFileSync(join(dir, NAME), content);
  const folder = OwnFolder.open(dir);
  closing.push(folder);
  const log = await AppendLog.open(folder, NAME);
  closing.push(log);
  return { dir, log, text: () => readFileSync(join(dir, NAME), "utf8") };
}
async function linesIn(log: AppendLog): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of log.read()) lines.push(line);
  return lines;
}

describe("a log", () => {
  it("appears with its first line; before that it is empty", async () => {
    const { log, dir, text } = await logIn();
    await log.append("", 0);
    expect([readdirSync(dir), log.lines, log.bytes, await linesIn(log)]).toEqual([[], 0, 0, []]);
    await log.append("a\né\n", 2);
    expect([text(), log.lines, log.bytes]).toEqual(["a\né\n", 2, 5]);
    expect(await linesIn(log)).toEqual(["a", "é"]);
  });

  it("goes on behind the last whole line of somebody who died in the middle of one", async () => {
    const { log, text } = await logIn(undefined, "a\né\n{torn");
    expect([log.lines, log.bytes]).toEqual([2, 5]);
    await log.append("b\n", 1);
    expect([text(), log.lines, log.bytes]).toEqual(["a\né\nb\n", 3, 7]);
  });

  it("whose only line is torn begins anew", async () => {
    const { log, text } = await logIn(undefined, "torn");
    expect([log.lines, await linesIn(log)]).toEqual([0, []]);
    await log.append("a\n", 1);
    expect(text()).toBe("a\n");
  });
});

describe("a log that is written anew", () => {
  it("has the wanted lines in their order, and goes on behind them", async () => {
    const { log, text, dir } = await logIn(undefined, "1\n2\n3\n4\ntorn");
    await log.keep((line) => Number(line) % 2 === 0);
    expect([text(), log.lines, log.bytes]).toEqual(["2\n4\n", 2, 4]);
    await log.append("5\n", 1);
    expect(text()).toBe("2\n4\n5\n");
    expect(readdirSync(dir)).toEqual([NAME]);
  });

  it("says how many lines there will be while the old ones are still there", async () => {
    const { log, text } = await logIn(undefined, "1\n2\n3\n");
    const told: [number, string][] = [];
    await log.keep(
      (line) => line === "2",
      async (lines) => void told.push([lines, text()]),
    );
    expect(told).toEqual([[1, "1\n2\n3\n"]]);
  });

  it("stays the old one when that fails, with nothing beside it", async () => {
    const { log, text, dir } = await logIn(undefined, "1\n2\n");
    await expect(
      log.keep(
        () => true,
        () => Promise.reject(new Error("no room")),
      ),
    ).rejects.toThrow("no room");
    expect([text(), log.lines, readdirSync(dir)]).toEqual(["1\n2\n", 2, [NAME]]);
    await log.append("3\n", 1);
    expect(text()).toBe("1\n2\n3\n");
  });

  it("may be larger than a piece of it, and may become empty", async () => {
    const line = `${"x".repeat(1000)}\n`;
    const { log } = await logIn(undefined, line.repeat(1000));
    await log.keep(() => true);
    expect([log.lines, log.bytes]).toEqual([1000, 1_001_000]);
    expect((await linesIn(log)).every((one) => one.length === 1000)).toBe(true);
    await log.keep(() => false);
    expect([log.lines, log.bytes, await linesIn(log)]).toEqual([0, 0, []]);
  });
});
