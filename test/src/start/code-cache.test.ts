// Is kept code used only when it is whole, of this very program, and written by somebody who could have changed that anyway?
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cacheFile, mayWrite, readCode, writeCode } from "../../../src/start/code-cache.js";
import { scratch } from "../../helpers/pipelines.js";

let place: ReturnType<typeof scratch>;
let program = "";
let file = "";
const code = Buffer.from("what V8 made of it");

beforeEach(() => {
  place = scratch();
  program = join(place.dir, "program.cjs");
  writeFileSync(program, "the program");
  file = cacheFile(program, "agent");
});
afterEach(() => place.dispose());

const now = () => ({ stat: statSync(program, { bigint: true }), source: readFileSync(program) });
const read = () => readCode(file, now());
const write = (runs = 1) => writeCode(file, now(), { code, runs });

/** Writes bytes over what is there, as the same owner. */
function damage(change: (bytes: Buffer) => Buffer): void {
  writeFileSync(file, change(readFileSync(file)));
}

describe("kept code", () => {
  test("comes back as it was written, with the number of runs", () => {
    expect(read()).toBeUndefined();
    expect(write(2)).toBe(true);
    expect(read()).toEqual({ code, runs: 2, isNewCopy: false });
    expect(statSync(file).mode & 0o777 & 0o133).toBe(0);
  });

  test("has a file of its own for each use, version of Node, and set of V8's flags", () => {
    expect(file).toContain(`agent-${process.version}-${process.arch}-`);
    expect(cacheFile(program, "run")).not.toBe(file);
    expect(dirname(file)).toBe(join(place.dir, "cache"));
  });

  test("is replaced by a later one", () => {
    write(1);
    expect(writeCode(file, now(), { code: Buffer.from("more"), runs: 2 })).toBe(true);
    expect(read()).toEqual({ code: Buffer.from("more"), runs: 2, isNewCopy: false });
    expect(readdirSync(dirname(file))).toHaveLength(1);
  });

  test("of another program of the same length is not used", () => {
    write();
    writeFileSync(program, "a programme");
    expect(read()).toBeUndefined();
  });

  test("of a program that was copied since is used: it has the same bytes", () => {
    write();
    writeFileSync(program, readFileSync(program));
    utimesSync(program, 1, 1);
    expect(read()).toEqual({ code, runs: 1, isNewCopy: true });
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ["is empty", () => Buffer.alloc(0)],
    ["was cut off", (bytes) => bytes.subarray(0, bytes.length - 1)],
    ["has a head alone", (bytes) => bytes.subarray(0, bytes.length - code.length - 8)],
    ["is longer", (bytes) => Buffer.concat([bytes, Buffer.from("x")])],
    ["has no end", (bytes) => bytes.fill(0, bytes.length - 8)],
    ["is another file", () => Buffer.from("x".repeat(200))],
  ])("that %s is not used", (_, change) => {
    write();
    damage(change);
    expect(read()).toBeUndefined();
  });

  test.each([0o664, 0o646, 0o666])("that others may write (mode %o) is not used", (mode) => {
    write();
    chmodSync(file, mode);
    expect(read()).toBeUndefined();
  });

  test("behind a symlink, or in a folder's place, is not used", () => {
    write();
    const elsewhere = join(place.dir, "elsewhere");
    renameSync(file, elsewhere);
    symlinkSync(elsewhere, file);
    expect(read()).toBeUndefined();
    file = join(place.dir, "folder");
    mkdirSync(file);
    expect(read()).toBeUndefined();
  });

  test.skipIf(process.geteuid?.() !== 0)(
    "of another user is not used, nor is any written into that user's folder",
    () => {
      write();
      chownSync(file, 4242, 4242);
      expect(read()).toBeUndefined();
      chownSync(dirname(file), 4242, 4242);
      expect(mayWrite(file)).toBe(false);
      expect(write()).toBe(false);
    },
  );
});

describe("nothing is written", () => {
  test.each([
    ["into a folder that nobody may write to, which root could", 0o555],
    ["into a folder that others may write to", 0o777],
    ["into a folder that the group may write to", 0o775],
  ])("%s", (_, mode) => {
    mkdirSync(dirname(file));
    chmodSync(dirname(file), mode);
    expect(mayWrite(file)).toBe(false);
    expect(write()).toBe(false);
    expect(readdirSync(dirname(file))).toEqual([]);
  });

  test("where the program's own folder is not to be written to", () => {
    chmodSync(place.dir, 0o555);
    expect(write()).toBe(false);
    chmodSync(place.dir, 0o755);
    expect(existsSync(dirname(file))).toBe(false);
  });

  test("through a symlink to another folder", () => {
    const elsewhere = join(place.dir, "elsewhere");
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, dirname(file));
    expect(write()).toBe(false);
    expect(readdirSync(elsewhere)).toEqual([]);
  });
});

describe("the folder", () => {
  test("loses what a killed process left in it, an hour later, and nothing that is being written", () => {
    write();
    const [old, fresh] = [".agent-x.code.1", ".agent-x.code.2"].map((name) => join(dirname(file), name));
    for (const part of [old, fresh]) writeFileSync(part as string, "");
    utimesSync(old as string, 1, 1);
    write();
    expect(readdirSync(dirname(file)).sort()).toEqual([".agent-x.code.2", file.slice(dirname(file).length + 1)]);
  });

  test("keeps eight files, the newest", () => {
    write();
    for (let i = 0; i < 12; i++) {
      const other = join(dirname(file), `run-v${i}.code`);
      writeFileSync(other, "");
      utimesSync(other, 1000 + i, 1000 + i);
    }
    write();
    const left = readdirSync(dirname(file));
    expect(left).toHaveLength(8);
    expect(left).toContain("run-v11.code");
    expect(left).not.toContain("run-v4.code");
    expect(read()).toBeDefined();
  });
});
