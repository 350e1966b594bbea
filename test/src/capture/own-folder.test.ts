// Is a folder ours alone, is each file in it whole or the old one, and is no link followed?
import {
  closeSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { isPart, newPart, OwnFolder, replaceFile } from "../../../src/capture/own-folder.js";
import { scratch } from "../../helpers/scratch.js";

const closing: OwnFolder[] = [];
afterEach(() => {
  for (const folder of closing.splice(0)) folder.close();
});
function made(dir = scratch("own")): { dir: string; folder: OwnFolder } {
  const folder = OwnFolder.make(dir);
  closing.push(folder);
  return { dir, folder };
}
const mode = (path: string) => statSync(path).mode & 0o7777;
const unsafe = (detail: string) => expect.objectContaining({ code: "ERR_CAPTURE_UNSAFE", detail });
function problemOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("a folder", () => {
  it("is made with all above it, for nobody else's eyes; one that is there keeps its mode", () => {
    const { dir } = made(join(scratch("above"), "a", "b"));
    expect([mode(dir), mode(join(dir, ".."))]).toEqual([0o700, 0o700]);
    const there = scratch("there");
    mkdirSync(there, { mode: 0o755 });
    made(there);
    expect(mode(there)).toBe(0o755);
  });

  it("is no link, no file, and is there", () => {
    const { dir } = made();
    symlinkSync(dir, `${dir}-link`);
    writeFileSync(join(dir, "file"), "");
    expect(problemOf(() => OwnFolder.open(`${dir}-link`))).toEqual(unsafe("a symbolic link"));
    expect(problemOf(() => OwnFolder.open(join(dir, "file")))).toMatchObject({ code: "ENOTDIR" });
    expect(problemOf(() => OwnFolder.open(join(dir, "none")))).toMatchObject({ code: "ENOENT" });
  });

  it("stays the same one where it is moved and another one takes its name", async () => {
    const { dir, folder } = made();
    renameSync(dir, `${dir}-moved`);
    mkdirSync(dir);
    await folder.replace("file", "x");
    expect([readdirSync(dir), readdirSync(`${dir}-moved`)]).toEqual([[], ["file"]]);
  });

  it("has folders in it, which it does not reach through a link either", async () => {
    const { dir, folder } = made();
    const inner = folder.makeFolder("inner");
    closing.push(inner);
    expect([mode(join(dir, "inner")), inner.path]).toEqual([0o700, `${dir}/inner`]);
    symlinkSync(join(dir, "inner"), join(dir, "link"));
    expect(problemOf(() => folder.folder("link"))).toEqual(unsafe("a symbolic link"));
    await inner.replace("file", "x");
    await folder.removeFolder("inner"); // it is not empty
    await folder.removeFolder("none");
    expect(readdirSync(join(dir, "inner"))).toEqual(["file"]);
    await inner.remove("file");
    await inner.remove("file");
    await folder.removeFolder("inner");
    expect(await folder.names()).toEqual(["link"]);
  });
});

describe("a file", () => {
  it("is replaced as a whole, with nothing beside it, and for nobody else's eyes", async () => {
    const { dir, folder } = made();
    await folder.replace("file", "old");
    await folder.replace("file", Buffer.from([0, 255]));
    expect([...readFileSync(join(dir, "file"))]).toEqual([0, 255]);
    expect([mode(join(dir, "file")), readdirSync(dir)]).toEqual([0o600, ["file"]]);
  });

  it("that is a link is replaced, not followed", async () => {
    const { dir, folder } = made();
    writeFileSync(`${dir}-victim`, "secret");
    symlinkSync(`${dir}-victim`, join(dir, "file"));
    await folder.replace("file", "new");
    expect([readFileSync(`${dir}-victim`, "utf8"), readFileSync(join(dir, "file"), "utf8")]).toEqual(["secret", "new"]);
  });

  it("stays when it cannot be replaced, and nothing is left of the new one", async () => {
    const { dir, folder } = made();
    mkdirSync(join(dir, "file"));
    await expect(folder.replace("file", "x")).rejects.toMatchObject({ code: "EISDIR" });
    expect(readdirSync(dir)).toEqual(["file"]);
  });

  it("is read up to a limit; a link, a folder and what is not there are none", async () => {
    const { dir, folder } = made();
    await folder.replace("file", "12345");
    symlinkSync("file", join(dir, "link"));
    mkdirSync(join(dir, "inner"));
    expect((await folder.read("file", 5))?.toString()).toBe("12345");
    for (const [name, most] of [
      ["file", 4],
      ["link", 9],
      ["inner", 9e9],
      ["none", 9],
    ] as const)
      expect(await folder.read(name, most)).toBeNull();
  });

  it("is appended to, new or old, unless it has another name too or leads elsewhere", () => {
    const { dir, folder } = made();
    for (const text of ["a", "b"]) {
      const fd = folder.append("log");
      writeSync(fd, text);
      closeSync(fd);
    }
    expect([readFileSync(join(dir, "log"), "utf8"), mode(join(dir, "log"))]).toEqual(["ab", 0o600]);
    linkSync(join(dir, "log"), join(dir, "other"));
    symlinkSync("log", join(dir, "link"));
    mkdirSync(join(dir, "inner"));
    expect(problemOf(() => folder.append("log"))).toEqual(unsafe("it has other names"));
    expect(problemOf(() => folder.append("link"))).toEqual(unsafe("a symbolic link"));
    expect(problemOf(() => folder.append("inner"))).toMatchObject({ code: "EISDIR" });
  });
});

it("names of what is in the making are known as such, and never the same", () => {
  const names = Array.from({ length: 100 }, newPart);
  expect(new Set(names).size).toBe(100);
  expect(names.every(isPart)).toBe(true);
  expect(["capture.json", "x.part-1", "part-1"].some(isPart)).toBe(false);
});

it("a page that a person named is replaced; a link or a folder of that name is left alone", async () => {
  const { dir } = made();
  const page = join(dir, "page.html");
  await replaceFile(page, "one");
  await replaceFile(page, "two");
  expect(readFileSync(page, "utf8")).toBe("two");
  symlinkSync(page, join(dir, "link.html"));
  for (const name of ["link.html", "../own"])
    await expect(replaceFile(join(dir, name), "x")).rejects.toEqual(unsafe("no regular file"));
  expect(readFileSync(page, "utf8")).toBe("two");
});
