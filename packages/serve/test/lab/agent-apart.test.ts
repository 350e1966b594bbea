// Does the profiler's agent start and record without loading a single module of the session service?
// SPDX-License-Identifier: MPL-2.0
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { bundleProgram } from "../../../../scripts/bundles.mjs";
import { temporaryFolder } from "../helpers/folders.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** What only the packages have: their own files, and the libraries that no file of the profiler imports. */
const ofPackages =
  /\/packages\/|gst-pyroscope-(serve|player)|@gst-pyroscope\/|better-sqlite3|cml-cmcd|typebox|prom-client/;

test("a recording loads files of the profiler only, as V8 counts them", () => {
  const folder = temporaryFolder();
  const seen = join(folder, "seen");
  mkdirSync(seen);
  const pipeline = ["gst-launch-1.0", "-q", "videotestsrc", "num-buffers=30", "!", "fakesink"];
  const env = { ...process.env, NODE_V8_COVERAGE: seen };
  const args = [join(root, "dist/cli.js"), "run", "--", ...pipeline];
  const done = spawnSync(process.execPath, args, { cwd: folder, env, encoding: "utf8" });
  expect(done.status, done.stderr).toBe(0);
  const urls = readdirSync(seen).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(seen, name), "utf8")) as { result: { url: string }[] };
    return result.map(({ url }) => url).filter((url) => url.startsWith("file:"));
  });
  expect(urls.some((url) => url.endsWith("/dist/cli.js"))).toBe(true);
  expect(urls.filter((url) => ofPackages.test(url))).toEqual([]);
});

test("nor is one in the file that is all of the program", async () => {
  const made = await bundleProgram(temporaryFolder());
  const paths = made.flatMap((one) => Object.keys(one?.inputs ?? {}));
  expect(paths.length).toBeGreaterThan(100);
  expect(paths.filter((path) => ofPackages.test(`/${path}`))).toEqual([]);
});
