// Does the command line say in one sentence what is wrong and what to do, with the exit code that the README promises?
// SPDX-License-Identifier: MPL-2.0

import { spawn, spawnSync } from "node:child_process";
import { closeSync, copyFileSync, mkdirSync, openSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { cli, ended, pluginEnvironment, runToEnd, words } from "../helpers/pipelines.js";
import { sampleCapture, writeSample } from "../helpers/sample-capture.js";
import { encoders } from "../helpers/sample-elements.js";
import { scratch } from "../helpers/scratch.js";

function said(args: string[], cwd = dirname(scratch())) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { cwd, encoding: "utf8" });
  return { code: status, out: stdout, lines: stderr.trimEnd().split("\n") };
}

async function captureIn(folder: string, name: string): Promise<string> {
  return writeSample(join(folder, name), sampleCapture("pipeline0", encoders));
}

test.each([
  [["symbols", "nosuch"], 2, /nosuch: there is no such file or directory; give a process id/],
  [["symbols", "4194305"], 2, /there is no such process; pgrep -a gst lists some$/],
  [["agent", "--pid", "4194305"], 2, /process 4194305 does not exist; pgrep -a gst lists some$/],
  [["agent", "--pid", String(process.pid)], 2, /has no tracer: start it with GST_TRACERS=pyroscope/],
  [["agent"], 2, /one of --fd and --pid is needed \(--help shows what there is\)$/],
  [["help", "nosuch"], 2, /there is no command nosuch \(--help shows what there is\)$/],
  [["help", "reports"], 2, /there is no command reports \(did you mean report\?\) \(--help/],
  [["nosuch"], 2, /unknown command 'nosuch' \(--help shows what there is\)$/],
  [["run", "--nosuch", "true"], 125, /unknown option '--nosuch' \(--help shows what there is\)$/],
  [["run", "--capture", "/proc/x", "true"], 125, /cannot write a capture to \/proc\/x \(ENOENT\); name another/],
  [["report"], 3, /there is no capture here; name one: gst-pyroscope report DIR$/],
  [["report", "nosuch"], 3, /nosuch: there is no such directory$/],
  [["symbolize", "nosuch"], 3, /nosuch: there is no such directory$/],
  [["symbolize"], 2, /missing required argument 'dir' \(--help shows what there is\)$/],
  [["report", "a", "b"], 2, /one capture at a time: gst-pyroscope report a, then b \(--help/],
])("%j ends with %d and one sentence", (args, code, sentence) => {
  const ended = said(args);
  expect(ended).toMatchObject({ code, out: "", lines: [expect.stringMatching(sentence)] });
  expect(ended.lines[0]).toMatch(/^gst-pyroscope: /);
});

test("report takes the newest capture here, and says which", async () => {
  const folder = dirname(scratch());
  const older = await captureIn(folder, "z-older");
  await captureIn(folder, "a-newer");
  utimesSync(join(older, "capture.json"), 1, 1);
  const newest = said(["report"], folder);
  expect(newest).toMatchObject({ code: 0, lines: ["gst-pyroscope: the newest capture here is a-newer"] });
  expect(newest.out).toContain("x264enc0 burns");
  const out = newest.out.replace("symbolize a-newer", "symbolize .");
  expect(said(["report"], older)).toMatchObject({ code: 0, lines: [""], out });
});

test("report of a page names the capture that it belongs to, or what a page is for", async () => {
  const folder = dirname(scratch());
  const dir = await captureIn(folder, "capture");
  const page = join(dir, "capture.json");
  const what = "this is not a directory";
  const advice = `gst-pyroscope: ${page}: ${what}, but a file of a capture: gst-pyroscope report ${dir}`;
  expect(said(["report", page])).toMatchObject({ code: 3, out: "", lines: [advice] });
  mkdirSync(join(folder, "mail"));
  const alone = join(folder, "mail/report.html");
  copyFileSync(page, alone);
  expect(said(["report", alone]).lines).toEqual([
    `gst-pyroscope: ${alone}: ${what}; report takes the directory of a capture, and a browser its page`,
  ]);
});

test("two runs that begin in one second have a capture each", async () => {
  const folder = dirname(scratch());
  const command = ["run", "--", "gst-launch-1.0", "-q", ...words("videotestsrc num-buffers=20 ! jpegenc ! fakesink")];
  const start = () => spawn(process.execPath, [cli, ...command], { cwd: folder, env: pluginEnvironment() });
  const runs = [start(), start()];
  const ends = await Promise.all(runs.map((child) => ended(child)));
  expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  const found = readdirSync(folder).map((dir) => basename(dir));
  expect(found).toHaveLength(2);
  for (const { pid } of runs) expect(found.filter((name) => name.endsWith(`Z-${pid}`))).toHaveLength(1);
});

test("few descriptors are a sentence before a command starts, and are enough for what starts none", () => {
  const few = (verb: string) =>
    spawnSync("sh", ["-c", `ulimit -n 24; exec "$0" "$@"`, process.execPath, cli, verb, "true"], { encoding: "utf8" });
  const sentence = "the limit of descriptors is 24, and 64 are enough: raise it with ulimit -n, or where it is set";
  expect(few("run")).toMatchObject({ status: 125, stdout: "", stderr: `gst-pyroscope: ${sentence}\n` });
  expect(few("report")).toMatchObject({
    status: 3,
    stdout: "",
    stderr: "gst-pyroscope: true: there is no such directory\n",
  });
});

test("a program that goes into the background is named, with what to do instead", async () => {
  const daemon = `
import os, time
if os.fork(): os._exit(0)
os.setsid()
for fd in range(3): os.close(fd)
time.sleep(60)`;
  const args = [cli, "run", "--capture", scratch(), "--", "python3", "-c", daemon];
  const { code, stderr } = await runToEnd(process.execPath, args, pluginEnvironment());
  const sentence =
    /^gst-pyroscope: no GStreamer activity seen in python3, which left pid (\d+) running in the background, unprofiled: keep that in the foreground, or start it with what gst-pyroscope env prints\n$/;
  const [, pid = ""] = sentence.exec(stderr) ?? [];
  expect([code, stderr]).toEqual([0, expect.stringMatching(sentence)]);
  expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).toContain("os.setsid()");
  process.kill(Number(pid));
});

test("run ends a pipeline after --duration, children of a shell too, with its report", async () => {
  const dir = scratch();
  const script = "gst-launch-1.0 -q videotestsrc is-live=true ! jpegenc ! fakesink; exit 7";
  const args = [cli, "run", "--capture", dir, "--duration", "4s", "--", "sh", "-c", script];
  const { stderr } = await runToEnd(process.execPath, args, pluginEnvironment());
  expect(stderr).toMatch(/^gst-pyroscope: --duration is over: the command is interrupted\n/);
  expect(stderr).toContain(`Report: ${dir}/report.html`);
  expect(JSON.parse(said(["report", dir, "--json"]).out)).toMatchObject({ complete: true });
});

test("a standard output that is full is told in one sentence", async () => {
  const dir = await captureIn(dirname(scratch()), "full");
  const full = openSync("/dev/full", "w");
  for (const args of [
    ["report", dir],
    ["export", dir, "--format", "csv", "--output", "-"],
    ["diff", dir, dir],
  ]) {
    const { status, stderr } = spawnSync(process.execPath, [cli, ...args], {
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([8, "gst-pyroscope: the standard output cannot be written (ENOSPC)\n"]);
  }
  closeSync(full);
});
