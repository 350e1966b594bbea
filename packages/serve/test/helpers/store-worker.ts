// How do tests get the bundle that the threads with SQLite run, without a build?
// SPDX-License-Identifier: MPL-2.0
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const serve = fileURLToPath(new URL("../../", import.meta.url));
let folder: string | undefined;

/** A temporary folder in which packages are found; it goes with the process. */
const bundleFolder = (): string => {
  if (folder) return folder;
  const made = mkdtempSync(join(tmpdir(), "gst-pyroscope-serve-"));
  symlinkSync(join(serve, "../../node_modules"), join(made, "node_modules"));
  process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  folder = made;
  return made;
};

/** Bundles a file of packages/serve, and says where it is. */
export const bundle = async (entry: string, name: string): Promise<URL> => {
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

let worker: Promise<URL> | undefined;

/** For `openStore({ worker })`; made once for each test file. */
export const storeWorker = (): Promise<URL> => {
  worker ??= bundle("src/store/sqlite/worker.ts", "store-worker.js");
  return worker;
};
