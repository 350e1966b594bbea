// What does the service say where SQLite is installed but was never compiled?
// SPDX-License-Identifier: MPL-2.0
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "../helpers/folders.js";
import { program } from "../helpers/service.js";

const modules = realpathSync(fileURLToPath(new URL("../../../../node_modules", import.meta.url)));

test("a sentence that ends, and names npm run setup", () => {
  const folder = temporaryFolder();
  const copy = join(folder, "dist/serve.js");
  mkdirSync(dirname(copy));
  copyFileSync(program, copy);
  copyFileSync(join(dirname(program), "../package.json"), join(folder, "package.json"));
  for (const part of ["lib", "package.json"])
    cpSync(join(modules, "better-sqlite3", part), join(folder, "node_modules/better-sqlite3", part), {
      recursive: true,
    });
  for (const needed of ["bindings", "file-uri-to-path"])
    symlinkSync(join(modules, needed), join(folder, "node_modules", needed));
  const args = [copy, "token", "list", "--store", "better-sqlite3", "--data-dir", join(folder, "data")];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect([status, stdout, existsSync(join(folder, "data"))]).toEqual([1, "", false]);
  expect(stderr).toMatch(/npm run setup, .*\(Could not locate the bindings file\)\n$/);
});
