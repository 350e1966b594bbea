// Are debug files found by their build-id alone, in any layout, and is one of another build never taken?
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadNative } from "../../../src/native.js";
import { BuildIdFolder } from "../../../src/symbols/build-id-folder.js";
import { scratch } from "../../helpers/scratch.js";

const native = loadNative();
const made = dirname(scratch());
const path = "/usr/lib/libgood.so.1";
let buildId = "";
const file = (name: string): string => join(made, name);

beforeAll(() => {
  writeFileSync(file("good.c"), "int good(int x) { return 3 * x; }");
  const run = (program: string, ...args: string[]) => execFileSync(program, args, { cwd: made, encoding: "utf8" });
  const build = ["-shared", "-fPIC", "-Wl,--build-id=sha1", "good.c"];
  run("cc", "-g", ...build, "-o", "whole.so");
  run("cc", "-g", "-DOTHER=1", "-O2", ...build, "-o", "other.so");
  run("objcopy", "--only-keep-debug", "whole.so", "kept");
  run("objcopy", "--strip-all", "whole.so", "stripped.so");
  buildId = /Build ID: (\w+)/.exec(run("readelf", "-n", "whole.so"))?.[1] ?? "";
});

/** A folder with copies of what was built, by their names in it. */
async function opened(files: Record<string, string>) {
  const folder = scratch("folder");
  mkdirSync(folder);
  for (const [name, from] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(file(from), join(folder, name));
  }
  const seen: number[] = [];
  const found = await BuildIdFolder.open(folder, [{ path, buildId }], native, (count) => seen.push(count));
  expect(seen).toEqual(Object.keys(files).map((_, i) => i + 1));
  return { folder, found };
}

describe("a file", () => {
  it.each(["libgood.so.1", "usr/lib/debug/.build-id/ab/cdef.debug", "a/b/c/some file.bin"])(
    "is found as %s",
    async (name) => {
      const { folder, found } = await opened({ [name]: "kept", "notes.txt": "good.c" });
      expect([found.file(buildId), found.others]).toEqual([join(folder, name), []]);
    },
  );

  it("with lines goes before the stripped module, and one that was never stripped before both", async () => {
    const two = await opened({ "a/stripped.so": "stripped.so", "b/kept": "kept" });
    expect(two.found.file(buildId)).toBe(join(two.folder, "b/kept"));
    const three = await opened({ "a/stripped.so": "stripped.so", "b/kept": "kept", "c/whole.so": "whole.so" });
    expect(["b/kept", "c/whole.so"].map((name) => join(three.folder, name))).toContain(three.found.file(buildId));
  });

  it("is found through a link to it, and a link to a folder leads nowhere, least of all in a circle", async () => {
    const folder = scratch("folder");
    mkdirSync(folder);
    symlinkSync(file("kept"), join(folder, "link"));
    symlinkSync(folder, join(folder, "circle"));
    symlinkSync(join(folder, "nosuch"), join(folder, "broken"));
    const found = await BuildIdFolder.open(folder, [{ path, buildId }], native);
    expect(found.file(buildId)).toBe(join(folder, "link"));
  });
});

describe("a file of another build", () => {
  it.each(["libgood.so.1", "libgood.debug", "x/libgood.so.1.2.3.debug"])(
    "called %s is told by its name, and not used",
    async (name) => {
      const { folder, found } = await opened({ [name]: "other.so" });
      expect(found.file(buildId)).toBe("");
      expect(found.others).toMatchObject([{ path: join(folder, name), module: path, moduleBuildId: buildId }]);
      expect(found.others[0]?.buildId).toMatch(/^[0-9a-f]{40}$/);
    },
  );

  it("is not worth a word where the right one lies beside it, or where it is called otherwise", async () => {
    expect((await opened({ "libgood.so.1": "other.so", kept: "kept" })).found.others).toEqual([]);
    expect((await opened({ "libx.so": "other.so" })).found.others).toEqual([]);
  });
});

it("a folder that is not there is an error, one without files has none", async () => {
  await expect(BuildIdFolder.open("/nosuch", [], native)).rejects.toMatchObject({ code: "ENOENT" });
  const { found } = await opened({});
  expect(found.file(buildId)).toBe("");
});
