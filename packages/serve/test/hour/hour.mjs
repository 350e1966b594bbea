// Do memory and files stay flat over an hour of players? node hour.mjs [--minutes N] [--per-second N]
// SPDX-License-Identifier: MPL-2.0
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { bundle, storeWorker } from "../helpers/bundle.mjs";

const MB = 1_048_576;

/** The figures of each simulated minute. */
export async function liveThrough({ minutes, perSecond }) {
  const [program, worker] = [await bundle("test/hour/live-through.ts", "live-through.js"), await storeWorker()];
  const directory = mkdtempSync(join(tmpdir(), "gst-pyroscope-hour-"));
  const args = [program, worker].map((url) => fileURLToPath(url));
  const child = await promisify(execFile)(process.execPath, [...args, directory, String(minutes), String(perSecond)]);
  return child.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** Compares the last third with the third before it: growth without an end shows there, warming up does not. */
export function growth(figures) {
  const third = Math.floor(figures.length / 3);
  const largest = (name, from, to) => Math.max(...figures.slice(from, to).map((one) => one[name]));
  const grown = (name) => largest(name, -third) - largest(name, -2 * third, -third);
  return { rssMb: grown("rss") / MB, fileMb: grown("fileBytes") / MB, largestWalMb: largest("walBytes", 0) / MB };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = { minutes: { type: "string" }, "per-second": { type: "string" } };
  const { values } = parseArgs({ options });
  const figures = await liveThrough({
    minutes: Number(values.minutes ?? 60),
    perSecond: Number(values["per-second"] ?? 500),
  });
  for (const { minute, rss, walBytes, fileBytes, ...counts } of figures) {
    const sizes = [rss, walBytes, fileBytes].map((bytes) => (bytes / MB).toFixed(1));
    console.log(`minute ${minute}: memory ${sizes[0]} MB, WAL ${sizes[1]} MB, file ${sizes[2]} MB`, counts);
  }
  const found = growth(figures);
  console.log("in the last third:", found);
  assert.ok(found.rssMb < 20 && found.fileMb < 5 && found.largestWalMb <= 65, "memory and files are flat");
}
