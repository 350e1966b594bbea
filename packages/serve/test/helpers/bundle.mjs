// How do tests and commands get a program out of TypeScript files of packages/serve, without a build?
// SPDX-License-Identifier: MPL-2.0
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const serve = fileURLToPath(new URL("../../", import.meta.url));
let folder = "";
/** @type {Promise<URL> | undefined} */
let worker;

/** For test runners, which end their processes so that "exit" is not seen. */
export const removeBundles = () => {
  if (folder) rmSync(folder, { recursive: true, force: true });
  folder = "";
  worker = undefined;
};

/** A temporary folder in which packages are found; it goes with the process. */
const bundleFolder = () => {
  if (folder) return folder;
  folder = mkdtempSync(join(tmpdir(), "gst-pyroscope-serve-"));
  symlinkSync(join(serve, "../../node_modules"), join(folder, "node_modules"));
  process.once("exit", removeBundles);
  return folder;
};

/** @param {string} entry a file of packages/serve @param {string} name of the bundle @returns {Promise<URL>} */
export const bundle = async (entry, name) => {
  const outfile = join(bundleFolder(), name);
  await build({
    entryPoints: [join(serve, entry)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["better-sqlite3", "esbuild", "vitest"],
    logLevel: "warning",
  });
  return pathToFileURL(outfile);
};

/** For `openStore({ worker })`; made once for each process. @returns {Promise<URL>} */
export const storeWorker = () => {
  worker ??= bundle("src/store/sqlite/worker.ts", "store-worker.js");
  return worker;
};
