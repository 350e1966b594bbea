// What does a person see who mistypes something? The pipeline runs, one line says what was ignored and what is used.
// SPDX-License-Identifier: MPL-2.0

import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cli, pluginEnvironment, root, runToEnd, scratch } from "../helpers/pipelines.js";

const pipeline = ["-q", "fakesrc", "num-buffers=10", "!", "fakesink"];

/** Lines of our category, whatever GStreamer puts around them. */
const said = (stderr: string): string[] => stderr.split("\n").filter((line) => line.includes("pyroscope"));

async function withTracer(tracer: string, more: Record<string, string> = {}) {
  const env = pluginEnvironment({ GST_TRACERS: tracer, GST_PYROSCOPE_HOST_PID: String(process.pid), ...more });
  return runToEnd("gst-launch-1.0", pipeline, env);
}

describe("parameters of the tracer", () => {
  it.each([
    ["an unknown key", "pyroscope(colour=red)", /unknown parameter colour/],
    ["a misspelt key", "pyroscope(sample-rat=100)", /unknown parameter sample-rat \(did you mean sample-rate\?\)/],
    ["a rate that is no number", "pyroscope(sample-rate=fast)", /sample-rate=fast is not a whole number.*using.*100/],
    ["a negative rate", "pyroscope(sample-rate=-5)", /sample-rate=-5 is outside.*using.*100/],
    ["an enormous rate", "pyroscope(sample-rate=1000000)", /sample-rate=1000000 is outside.*using.*100/],
    ["a rate of 0", "pyroscope(sample-rate=0)", /sample-rate=0/],
    ["an engine that does not exist", "pyroscope(timing=magic)", /timing=magic is not one of.*using.*wrap/],
    [
      "a boolean that is none",
      "pyroscope(stop-agent-on-dispose=perhaps)",
      /stop-agent-on-dispose=perhaps.*using.*true/,
    ],
  ])("says once what was ignored and what is used: %s", async (_, tracer, message) => {
    const { code, stderr } = await withTracer(tracer);
    expect(code).toBe(0);
    const lines = said(stderr).filter((line) => message.test(line));
    expect(lines, stderr).toHaveLength(1);
  });

  it.each([
    ["no parentheses", "pyroscope"],
    ["empty parentheses", "pyroscope()"],
    ["a missing parenthesis", "pyroscope(sample-rate=50"],
    ["unquoted tags", "pyroscope(tags=env=dev,team=video,sample-rate=50)"],
    ["quoted tags", 'pyroscope(tags="env=dev,team=video")'],
    ["blanks", "pyroscope( sample-rate = 50 , tags = a=b )"],
  ])("takes %s without a word", async (_, tracer) => {
    const { code, stderr } = await withTracer(tracer);
    expect(code).toBe(0);
    expect(said(stderr)).toEqual([]);
  });

  it("never prints a secret", async () => {
    const { code, stderr } = await withTracer("pyroscope(server-url=http://anna:s3cret@localhost:1/p,sample-rate=x)", {
      GST_DEBUG: "pyroscope:9",
    });
    expect(code).toBe(0);
    expect(stderr).not.toContain("s3cret");
  });

  it("says that there is no agent, once, and times the buffers all the same", async () => {
    const env = pluginEnvironment({ GST_TRACERS: "pyroscope", GST_PYROSCOPE_AGENT: "/nowhere/agent" });
    const { code, stderr } = await runToEnd("gst-launch-1.0", pipeline, env);
    expect(code).toBe(0);
    expect(said(stderr).filter((line) => line.includes("no agent"))).toHaveLength(1);
  });

  it("does nothing at all under GST_PYROSCOPE_DISABLE=1", async () => {
    const { code, stderr } = await withTracer("pyroscope(sample-rate=7)", { GST_PYROSCOPE_DISABLE: "1" });
    expect(code).toBe(0);
    expect(said(stderr)).toEqual([]);
  });
});

describe("the command", () => {
  const command = (...args: string[]) => runToEnd(process.execPath, [cli, ...args], pluginEnvironment());

  it.each([
    ["run without a command", ["run"], 125, /which command/],
    ["run with one that does not exist", ["run", "--", "no-such-program"], 127, /no-such-program/],
    ["run with a plain file", ["run", "--", `${root}README.md`], 126, /README/],
  ])("%s: one clear line and a code of its own", async (_, args, code, message) => {
    const place = scratch();
    const ended = await command(
      ...args.flatMap((arg) => (arg === "run" ? ["run", "--capture", `${place.dir}/c`] : [arg])),
    );
    place.dispose();
    expect(ended.code).toBe(code);
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect(ended.stderr).toMatch(message);
  });

  it("run says that a command without GStreamer showed none", async () => {
    const place = scratch();
    const ended = await command("run", "--capture", `${place.dir}/c`, "--", "true");
    place.dispose();
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/no GStreamer activity seen/);
  });

  it("report tells missing, empty, truncated and foreign directories apart", async () => {
    const place = scratch();
    mkdirSync(`${place.dir}/empty`);
    mkdirSync(`${place.dir}/truncated`);
    writeFileSync(`${place.dir}/truncated/capture.json`, '{"format": "gst-pyroscope-capt');
    mkdirSync(`${place.dir}/foreign`);
    writeFileSync(`${place.dir}/foreign/holiday.jpg`, "no capture");
    const codes = new Set<number | null>();
    for (const name of ["missing", "empty", "truncated", "foreign"]) {
      const ended = await command("report", `${place.dir}/${name}`);
      expect(ended.code).not.toBe(0);
      expect(ended.stderr.trim().split("\n"), ended.stderr).toHaveLength(1);
      codes.add(ended.code);
    }
    place.dispose();
    expect(codes.size).toBe(4);
  });
});
