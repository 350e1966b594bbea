// Do times follow a wall clock that is set while we run, and is a target alive whose clocks are others than ours?
// SPDX-License-Identifier: MPL-2.0

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CaptureWriter } from "../../src/capture/writer.js";
import { FakeCollector } from "../helpers/fake-collector.js";
import { FakePyroscope } from "../helpers/fake-pyroscope.js";
import { cli, element, pluginEnvironment, runToEnd, scratch, until } from "../helpers/pipelines.js";
import { sampleFacts } from "../helpers/sample-capture.js";
import { finished, serversIn, start } from "../helpers/served.js";

const HOUR_MS = 3_600_000;
let place: { dir: string; dispose: () => void };
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

/** The agent as it is, on a machine whose wall clock this test sets. */
function machine() {
  const [program, preload, file] = ["agent", "preload.mjs", "offset"].map((name) => join(place.dir, name)) as [
    string,
    string,
    string,
  ];
  let offsetMs = 0;
  const set = (ms: number) => {
    offsetMs = ms;
    writeFileSync(file, String(ms));
  };
  set(0);
  const clock = `const real = Date.now; Date.now = () => real() + Number(readFileSync(${JSON.stringify(file)}, "utf8") || 0);`;
  writeFileSync(preload, `import { readFileSync } from "node:fs";\n${clock}\n`);
  const words = [process.execPath, "--import", preload, cli].join(" ");
  writeFileSync(program, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  return { program, set, now: () => Date.now() + offsetMs };
}

describe("a wall clock that is set", () => {
  it("takes profiles, metrics and spans along, forwards and back; durations and starts stay", {
    timeout: 120_000,
  }, async () => {
    const { program, set, now } = machine();
    const pyroscope = await FakePyroscope.start({ nowNs: () => BigInt(now()) * 1_000_000n });
    const collector = await FakeCollector.start();
    const dir = join(place.dir, "capture");
    const variables = { ...serversIn({ pyroscope, collector }), GST_PYROSCOPE_AGENT: program };
    const began = performance.now();
    const { child, end } = start(
      "fakesrc ! cpuburn ns=1000000 ! fakesink",
      `pyroscope(capture=${dir},span-ratio="0.05")`,
      variables,
    );
    const isNow = (ns: bigint): boolean => Math.abs(Number(ns / 1_000_000n) - now()) < HOUR_MS / 2;
    const buffers = () => collector.point("gstreamer.pad.buffers", { element: "fakesink0" });
    const arrived = async (what: string) => {
      await until(
        `profiles ${what}`,
        () => pyroscope.stored.filter((one) => isNow(one.timeNanos)).length > 2 || undefined,
      );
      const points = () => collector.points("gstreamer.pad.buffers");
      await until(`metrics ${what}`, () => (points().length > 1 && isNow(buffers().time)) || undefined);
      await until(`spans ${what}`, () => collector.spans.some((span) => isNow(span.start)) || undefined);
    };
    try {
      await arrived("at first");
      const first = buffers();
      set(2 * HOUR_MS);
      await arrived("two hours later");
      expect(buffers().start).toBe(first.start);
      collector.startsUnknown = true;
      set(-2 * HOUR_MS);
      await arrived("two hours before");
      expect(buffers().value).toBeGreaterThan(first.value);
      expect([first.start, 0n]).toContain(buffers().start); // a start that has not come yet is not said
      set(0);
      await arrived("again");
      expect(collector.violations).toEqual([]);
      expect(buffers().start).toBe(first.start);
    } finally {
      child.kill("SIGINT");
      await end;
    }
    const { target } = await finished(dir);
    expect(target.durationNs).toBeLessThan((performance.now() - began) * 1e6);
    const lines = (name: string) =>
      readFileSync(join(dir, name), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { startUnixNs: string; atNs: number; durationNs: number; kind: string });
    for (const { atNs, durationNs } of [...lines("profiles.ndjson"), ...lines("spans.ndjson")]) {
      expect(atNs).toBeGreaterThanOrEqual(0);
      expect(atNs + durationNs).toBeLessThanOrEqual(target.durationNs + 2e9);
    }
    const cpu = lines("profiles.ndjson").filter(({ kind }) => kind === "cpu");
    expect(new Set(cpu.map(({ startUnixNs }) => startUnixNs)).size).toBe(cpu.length);
    for (const { durationNs } of cpu) expect(durationNs).toBeLessThan(60e9);
    await Promise.all([pyroscope.stop(), collector.stop()]);
  });
});

const space = ["unshare", "-T", "-f", "--boottime", "100000", "--monotonic", "50000"] as const;
const canUnshare = spawnSync(space[0], [...space.slice(1), "true"]).status === 0;

describe.skipIf(!canUnshare)("a target in another time namespace", () => {
  const pipeline = "videotestsrc num-buffers=90 ! video/x-raw,framerate=30/1 ! fakesink sync=true";

  it("writes a capture that nobody outside takes away", async () => {
    const dir = join(place.dir, "capture");
    const env = pluginEnvironment({ GST_TRACERS: `pyroscope(capture=${dir})` });
    const longer = ["gst-launch-1.0", "-q", ...pipeline.replace("=90", "=240").split(" ")];
    const run = runToEnd(space[0], [...space.slice(1), ...longer], env);
    await until("a capture", () => existsSync(join(dir, "capture.json")) || undefined);
    const other = await CaptureWriter.create(dir, sampleFacts());
    expect(other.dir).toBe(join(dir, "process-2")); // beside it, for it is being written
    other.close();
    expect((await run).code).toBe(0);
    expect(element(await finished(dir), "fakesink0").buffersIn).toBe(240);
  });

  it("is served to its last buffer by an agent outside, and its times are ours", async () => {
    const dir = join(place.dir, "capture");
    const command = [...space, "gst-launch-1.0", "-q", ...pipeline.split(" ")];
    const env = pluginEnvironment({ GST_PYROSCOPE_SPAN_RATIO: "1" });
    const before = Date.now();
    const run = await runToEnd(process.execPath, [cli, "run", "--capture", dir, "--", ...command], env);
    expect(run.code, run.stderr).toBe(0);
    const summary = await finished(dir);
    expect(element(summary, "fakesink0").buffersIn).toBe(90);
    expect(summary.target.durationNs).toBeGreaterThan(2.5e9);
    expect(summary.target.durationNs).toBeLessThan((Date.now() - before) * 1e6);
    const spans = readFileSync(join(dir, "spans.ndjson"), "utf8").trim().split("\n");
    for (const line of spans) {
      const ms = Number(JSON.parse(line).startUnixNs) / 1e6;
      expect(ms).toBeGreaterThan(before - 1000);
      expect(ms).toBeLessThan(Date.now() + 1000);
    }
  });
});
