// Do stacks reach the root, and what does a sample cost in the handler? Six real pipelines through `run` and `report`.
// SPDX-License-Identifier: MPL-2.0
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "./measure.mjs";

export const names = ["convert", "x264", "audio", "jpeg", "vpx", "libav"];

/** The pipeline of an example file: comments start with #. */
export function pipelineOf(root, name) {
  const text = readFileSync(`${root}gstreamer/pipelines/${name}.txt`, "utf8");
  const words = text.split("\n").filter((line) => !line.startsWith("#")).join(" ").trim();
  return words.split(/\s+/);
}

function profile(root, env, name, rate) {
  const dir = mkdtempSync(join(tmpdir(), "gst-pyroscope-bench-"));
  const cli = [`${root}dist/cli.js`];
  const own = { ...env };
  delete own.GST_TRACERS;
  delete own.GST_PYROSCOPE_AGENT;
  try {
    const command = ["gst-launch-1.0", "-q", ...pipelineOf(root, name)];
    const run = spawnSync(process.execPath, [...cli, "run", "--sample-rate", String(rate), "--capture", join(dir, "c"), "--", ...command], { env: own });
    if (run.status !== 0) throw new Error(`${name}: ${run.stderr}`);
    const report = spawnSync(process.execPath, [...cli, "report", join(dir, "c"), "--json"], { env: own, maxBuffer: 1 << 28 });
    return JSON.parse(report.stdout);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function figures(summary) {
  const { cpu } = summary.profile;
  const { losses, overhead } = summary;
  return {
    samples: cpu.samples,
    reachedRoot: cpu.reachedRoot / cpu.samples,
    inferred: cpu.inferred / cpu.samples,
    noTable: losses.no_table,
    truncated: losses.truncated,
    framesNamed: cpu.framesNamed / cpu.frames,
    handlerNsP50: overhead.handlerNsP50,
    handlerNsP99: overhead.handlerNsP99,
    sampledOfProcessCpu: cpu.totalNs / summary.target.processCpuNs,
  };
}

export async function samplingRows(environment, root) {
  const at = {};
  for (const rate of [100, 1000]) {
    at[`${rate} Hz`] = {};
    for (const name of names) {
      at[`${rate} Hz`][name] = figures(profile(root, environment(""), name, rate));
      process.stderr.write(`sampling: ${name} at ${rate} Hz\n`);
    }
    const all = Object.values(at[`${rate} Hz`]);
    at[`${rate} Hz`].medianHandlerNsP50 = median(all.map((one) => one.handlerNsP50));
    at[`${rate} Hz`].medianHandlerNsP99 = median(all.map((one) => one.handlerNsP99));
  }
  return at;
}
