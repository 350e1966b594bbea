// What does this look like on a real pipeline? Sets up, builds, profiles video and audio encoders for ten seconds.
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.mjs";
import { setUp } from "./setup.mjs";
import { asProgram, readText, root, step } from "./steps.mjs";

/** Arguments of gst-launch-1.0 in a file of gstreamer/pipelines: words, and lines that start with # are comments. */
export function pipelineArguments(text) {
  return text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join(" ")
    .split(/\s+/)
    .filter(Boolean);
}

await asProgram(import.meta.url, async () => {
  await step("set-up", () => setUp("demo"));
  await build({ tests: false });
  const pipeline = pipelineArguments(readText("gstreamer/pipelines/demo.txt"));
  const capture = join(mkdtempSync(join(tmpdir(), "gst-pyroscope-demo-")), "capture");
  console.log("== profiling the pipeline of gstreamer/pipelines/demo.txt for about ten seconds");
  const args = [join(root, "dist/cli.js"), "run", "--capture", capture, "--", "gst-launch-1.0", "-q", ...pipeline];
  const command = spawn(process.execPath, args, { stdio: "inherit" });
  process.on("SIGINT", () => {}); // the terminal tells the command itself; we wait for it
  process.exitCode = await new Promise((resolve) => command.on("close", (code) => resolve(code ?? 1)));
});
