// Does the tar of this machine list and unpack what was packed, to the byte?
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type TarEntry, tar } from "../../../src/export/tar.js";
import { bytesOf } from "../../helpers/export-capture.js";
import { scratch } from "../../helpers/scratch.js";

test("contents of every length around a block, from memory and from files", async () => {
  const dir = scratch("work");
  mkdirSync(dir);
  const contents = [0, 1, 511, 512, 513, 70_000].map((n) => Buffer.alloc(n, "x"));
  const entries = contents.flatMap((content, i): TarEntry[] => {
    const file = join(dir, `source-${i}`);
    writeFileSync(file, content);
    return [
      { name: `packed/memory-${i}`, content },
      { name: `packed/file-${i}`, content: { file } },
    ];
  });
  const archive = join(dir, "a.tar");
  writeFileSync(archive, await bytesOf(tar(entries)));
  const listed = execFileSync("tar", ["tf", archive], { encoding: "utf8" }).trim().split("\n");
  expect(listed).toEqual(entries.map(({ name }) => name));
  execFileSync("tar", ["xf", archive, "-C", dir], { stdio: "pipe" });
  for (const [i, content] of contents.entries())
    for (const kind of ["memory", "file"])
      expect(readFileSync(join(dir, `packed/${kind}-${i}`)).equals(content)).toBe(true);
});

test("a name that has no room is refused", async () => {
  await expect(bytesOf(tar([{ name: "x".repeat(101), content: Buffer.alloc(0) }]))).rejects.toThrow(
    "longer than a name",
  );
});
