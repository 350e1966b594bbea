// May a capture be in the way of another one, or of what servers shall get? Real commands, a real service.
// SPDX-License-Identifier: MPL-2.0

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { cli, element, pluginEnvironment, runToEnd, summaryOf, until, words } from "../helpers/pipelines.js";
import { placeOfEachTest, serversIn } from "../helpers/served.js";

const place = placeOfEachTest();
const burning = "fakesrc num-buffers=300 ! cpuburn name=hot ns=1000000 ! fakesink";
const launch = ["gst-launch-1.0", "-q", ...words(burning)];

const run = (...flags: string[]) => runToEnd(process.execPath, [cli, "run", ...flags, "--", ...launch]);

it("a finished capture is only replaced where that is asked for, and nothing runs where it is not", async () => {
  const dir = join(place().dir, "capture");
  expect((await run("--capture", dir)).code).toBe(0);
  const first = readFileSync(join(dir, "capture.json"), "utf8");
  const proof = join(place().dir, "it-ran");
  const again = await runToEnd(process.execPath, [cli, "run", "--capture", dir, "--", "touch", proof]);
  expect([again.code, again.stderr]).toEqual([
    125,
    `gst-pyroscope: ${dir}: there is a capture already; another directory or --replace is needed\n`,
  ]);
  expect(existsSync(proof)).toBe(false);
  expect(readFileSync(join(dir, "capture.json"), "utf8")).toBe(first);
  expect((await run("--capture", dir, "--replace")).code).toBe(0);
  expect(readFileSync(join(dir, "capture.json"), "utf8")).not.toBe(first);
  expect(element(await summaryOf(dir), "hot").buffersIn).toBe(300);
});

it("a service whose capture cannot be opened is served all the same", async () => {
  const dir = join(place().dir, "foreign");
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "letter.txt"), "mine");
  const env = pluginEnvironment({ ...serversIn(place()), GST_TRACERS: "pyroscope", GST_PYROSCOPE_CAPTURE: dir });
  const { code } = await runToEnd("gst-launch-1.0", launch.slice(1), env);
  expect(code).toBe(0);
  await until("profiles", () => place().pyroscope.stored.length > 0 || undefined);
  expect(readdirSync(dir)).toEqual(["letter.txt"]);
});

it("a service that starts again has a new capture in the place of the old one", async () => {
  const dir = join(place().dir, "capture");
  const env = pluginEnvironment({
    GST_TRACERS: "pyroscope",
    GST_PYROSCOPE_CAPTURE: dir,
    GST_PYROSCOPE_CAPTURE_MAX_SIZE: "32MiB",
    GST_PYROSCOPE_SERVER_URL: "none",
    GST_PYROSCOPE_OTLP_ENDPOINT: "none",
  });
  const pids = new Set<number>();
  for (let start = 1; start <= 2; start++) {
    expect((await runToEnd("gst-launch-1.0", launch.slice(1), env)).code).toBe(0);
    const summary = await until(`capture ${start}`, async () => {
      const read = await summaryOf(dir).catch(() => undefined);
      return read?.complete && !pids.has(read.target.pid) ? read : undefined;
    });
    pids.add(summary.target.pid);
    expect(element(summary, "hot").buffersIn).toBe(300);
  }
  expect(readdirSync(dir).filter((name) => name.startsWith("process-"))).toEqual([]);
});
