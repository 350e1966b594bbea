// Which engine samples, does it reach the rate, and do both tell the same?
// SPDX-License-Identifier: MPL-2.0

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCapture } from "../../src/capture/reader.js";
import type { Summary } from "../../src/model/summary.js";
import { cli, pluginEnvironment, profiled, root, runToEnd, scratch, until, words } from "../helpers/pipelines.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

const burning = "fakesrc num-buffers=1500 ! cpuburn name=one ns=1000000 ! cpuburn name=two ns=500000 ! fakesink";
const engineOf = (dir: string): string => JSON.parse(readFileSync(`${dir}/capture.json`, "utf8")).settings.engine;
const rate = ({ profile }: Summary): number => (profile.cpu?.samples ?? 0) / ((profile.cpu?.totalNs ?? 0) / 1e9);
const share = ({ profile }: Summary, name: string): number =>
  (profile.cpu?.byElement[`pipeline0/${name}`] ?? 0) / (profile.cpu?.totalNs ?? 1);

/** Not so in many sandboxes; the tracer says it. */
const probe = scratch();
await profiled("fakesrc num-buffers=300 ! cpuburn ns=1000000 ! fakesink", `${probe.dir}/c`, ["--engine", "perf"]);
const permitted = engineOf(`${probe.dir}/c`).startsWith("perf:");
probe.dispose();
const hasPerf = permitted && spawnSync("perf", ["stat", "-e", "task-clock", "true"], { stdio: "ignore" }).status === 0;

describe("an engine", () => {
  it.runIf(permitted)("of perf takes 900 to 1000 samples a CPU second, whose weights are the CPU time", async () => {
    const dir = `${place.dir}/c`;
    const { summary } = await profiled(burning, dir, ["--engine", "perf", "--sample-rate", "1000"]);
    expect(rate(summary)).toBeGreaterThan(900);
    expect(rate(summary)).toBeLessThan(1000);
    expect((summary.profile.cpu?.totalNs ?? 0) / summary.target.processCpuNs).toBeGreaterThan(0.95);
    expect((summary.profile.cpu?.totalNs ?? 0) / summary.target.processCpuNs).toBeLessThan(1.01);
    expect(engineOf(dir)).toBe("perf: engine=perf asks for it");
    const { stdout } = await runToEnd(process.execPath, [cli, "report", dir]);
    expect(stdout).toContain("Sampled by perf: engine=perf asks for it.");
    // Three standard deviations of a share of a third among so many samples.
    const n = summary.profile.cpu?.samples ?? 1;
    expect(Math.abs(share(summary, "two") - 1 / 3)).toBeLessThan(3 * Math.sqrt(2 / 9 / n) + 0.02);
  });

  it.runIf(permitted)("is perf's for a rate beyond the tick, and the timers' within it", async () => {
    const beyond = await profiled(burning, `${place.dir}/beyond`, ["--sample-rate", "1000"]);
    expect(engineOf(`${place.dir}/beyond`)).toMatch(/^perf: 1000 Hz is beyond the kernel's tick of \d+ Hz$/);
    const within = await profiled(burning, `${place.dir}/within`);
    expect(engineOf(`${place.dir}/within`)).toMatch(/^timer: 100 Hz is within the kernel's tick of \d+ Hz$/);
    await profiled(burning, `${place.dir}/timer`, ["--engine", "timer", "--sample-rate", "1000"]);
    expect(engineOf(`${place.dir}/timer`)).toMatch(
      /^timer: up to \d+ samples a second, the kernel's tick, of the 1000 Hz$/,
    );
    const n = within.summary.profile.cpu?.samples ?? 1;
    // Shares by element agree within sampling error, of which the timers' is the larger.
    for (const name of ["one", "two"]) {
      const difference = share(beyond.summary, name) - share(within.summary, name);
      expect(Math.abs(difference)).toBeLessThan(3 * Math.sqrt(0.25 / n) + 0.02);
    }
  });

  it("is the timers' where perf is refused, and says why", async () => {
    const dir = `${place.dir}/c`;
    const env = pluginEnvironment({
      GST_TRACERS: `pyroscope(engine=perf,sample-rate=1000,capture=${dir},server-url=none,otlp-endpoint=none)`,
      GST_DEBUG: "pyroscope:3",
    });
    const refused = ["EPERM", "perf_event_open", "--", "gst-launch-1.0", "-q", ...words(burning)];
    const { code, stderr } = await runToEnd(`${root}build/tests/seccomp`, refused, env);
    expect(code).toBe(0);
    const why =
      /timer: up to \d+ samples a second, the kernel's tick, of the 1000 Hz; perf events are refused here: Operation not permitted/;
    expect(stderr).toMatch(why);
    await until("a capture", async () => (await readCapture(dir).catch(() => null))?.complete || undefined);
    expect(engineOf(dir)).toMatch(why);
  });

  it.runIf(hasPerf)("agrees with perf record by module", async () => {
    const pipeline =
      "videotestsrc num-buffers=1200 ! video/x-raw,width=640,height=480 ! videoscale ! video/x-raw,width=320,height=240 ! fakesink";
    const dir = `${place.dir}/c`;
    await profiled(pipeline, dir, ["--engine", "perf", "--sample-rate", "1000"]);
    const data = `${place.dir}/perf.data`;
    const record = [
      "record",
      "-q",
      "-e",
      "cpu-clock:u",
      "-F",
      "1000",
      "-o",
      data,
      "--",
      "gst-launch-1.0",
      "-q",
      ...words(pipeline),
    ];
    execFileSync("perf", record, { stdio: "ignore", env: pluginEnvironment() });
    const text = execFileSync("perf", ["report", "-i", data, "--stdio", "-q", "--sort", "dso"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const theirs = new Map<string, number>();
    for (const [, percent, name = ""] of text.matchAll(/([\d.]+)%\s+(\S+)/g))
      theirs.set(kind(name), (theirs.get(kind(name)) ?? 0) + Number(percent) / 100);
    const { cpu } = await readCapture(dir);
    const ours = new Map<string, number>();
    for (const { stack, ns } of cpu?.stacks.samples ?? []) {
      const leaf = cpu?.stacks.frames[stack.at(-1) ?? -1];
      const module = kind(leaf?.module || leaf?.name || "");
      ours.set(module, (ours.get(module) ?? 0) + ns / (cpu?.totalNs ?? 1));
    }
    for (const [name, theirShare] of theirs) {
      if (theirShare < 0.05) continue;
      expect(Math.abs((ours.get(name) ?? 0) - theirShare), `${name}: ${theirShare}`).toBeLessThan(0.06);
    }
  });
});

/** Generated code has other names with perf. */
const kind = (name: string): string =>
  /orcexec|orc jit|^\[/.test(name) ? "(generated)" : name.replace(/^.*\//, "").replace(/\.so.*$/, ".so");
