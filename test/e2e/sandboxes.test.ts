// What if the machine is a closed one? The pipeline runs as without us, what can be had is there, what cannot is counted and said.
// SPDX-License-Identifier: MPL-2.0

import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCapture } from "../../src/capture/reader.js";
import type { Summary } from "../../src/model/summary.js";
import { cpuShare } from "../helpers/busy-machine.js";
import {
  type Ended,
  element,
  pluginEnvironment,
  root,
  runToEnd,
  scratch,
  summaryOf,
  until,
  words,
} from "../helpers/pipelines.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
  chmodSync(place.dir, 0o777);
});
afterEach(() => place.dispose());

const pipeline =
  "fakesrc num-buffers=150 ! cpuburn name=hot ns=3000000 ! identity name=slow sleep-time=5000 ! fakesink name=sink";
const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"];
const succeeds = (command: string, args: string[]): boolean => spawnSync(command, args).status === 0;
const nobodySees = succeeds("setpriv", [...nobody, "test", "-r", `${root}build/plugin/libgstpyroscope.so`]);
const proc = "mount -t proc -o hidepid=2,subset=pid proc /proc";
const canHide = succeeds("unshare", ["-pfm", "sh", "-c", proc]);

/** Runs the pipeline behind `wrapper` with an agent of the tracer's own. */
async function inside(wrapper: string[]): Promise<{ end: Ended; dir: string }> {
  const dir = `${place.dir}/c`;
  const env = pluginEnvironment({
    GST_TRACERS: `pyroscope(capture=${dir},server-url=none,otlp-endpoint=none)`,
    GST_DEBUG: "pyroscope:3",
    GST_REGISTRY: `${place.dir}/registry`,
    HOME: place.dir,
  });
  const [command = "", ...args] = [...wrapper, "gst-launch-1.0", "-q", ...words(pipeline)];
  const end = await runToEnd(command, args, env);
  expect(end.code).toBe(0);
  expect(end.stderr).not.toMatch(/CRITICAL/);
  return { end, dir };
}

async function summaryIn(dir: string): Promise<Summary> {
  await until("a finished capture", async () => (await readCapture(dir).catch(() => null))?.complete || undefined);
  return summaryOf(dir);
}

const seccomp = (error: string, calls: string): string[] => [`${root}build/tests/seccomp`, error, calls, "--"];
const sum = (of: Record<string, number> | number[] | undefined): number =>
  Object.values(of ?? {}).reduce((a, b) => a + b, 0);
const near = (value: number | null | undefined, wanted: number, part: number): void => {
  expect((value ?? 0) / wanted).toBeGreaterThan(1 - part);
  expect((value ?? 0) / wanted).toBeLessThan(1 + part);
};

/** Counts are exact wherever there is a segment at all. */
function expectCounts(summary: Summary): void {
  for (const name of ["hot", "slow", "sink"]) expect(element(summary, name).buffersIn).toBe(150);
}
const burnedNs = 150 * 3e6;
const sleptNs = 150 * 5e6;

/** A sample may stand for several ticks on a busy machine, and fall beside them. */
function expectCpu(summary: Summary): void {
  const { "(none)": _, ...ofElements } = summary.profile.cpu?.byElement ?? {};
  near(sum(ofElements), burnedNs, Math.min(0.3, 0.25 / cpuShare(summary)));
  expect(element(summary, "hot").cpuNs).toBeGreaterThan(Math.max(0.4, 0.75 * cpuShare(summary)) * burnedNs);
}

/**
 * What the thread slept is there, and where it slept, but for what passed before the first look at it or after the last.
 * How long a machine lets it wait for a CPU besides is no matter of this wait.
 */
function expectWaits({ profile: { cpu, wall }, pipelines }: Summary): void {
  const elements = pipelines.flatMap((one) => one.elements);
  const passed = sum(elements.map((one) => one.exclusive?.sumNs ?? 0));
  const seen = sum(wall?.byElement) - (wall?.byElement["(none)"] ?? 0) + (cpu === null ? burnedNs : 0);
  const blocked = sum(elements.map((one) => one.blockedNs ?? 0));
  expect(blocked + Math.max(0, passed - seen)).toBeGreaterThan(0.9 * sleptNs);
  expect(blocked).toBeLessThan(1.1 * (passed - burnedNs) + 1e8);
  const unknown = sum(elements.map((one) => one.blockedOn?.unknown ?? 0));
  const slept = elements.find((one) => one.name === "slow")?.blockedOn?.clock_nanosleep ?? 0;
  expect(slept).toBeGreaterThan(0.9 * (blocked - unknown));
  expect(slept + unknown + Math.max(0, passed - seen)).toBeGreaterThan(0.5e9);
}

describe("a seccomp profile that refuses", () => {
  it("process_vm_readv: stacks of blocked threads are read another way", async () => {
    for (const error of ["EPERM", "ENOSYS"]) {
      const { dir } = await inside(seccomp(error, "process_vm_readv"));
      const summary = await summaryIn(dir);
      expectCounts(summary);
      expectCpu(summary);
      expectWaits(summary);
    }
  });

  it("timer_create: no CPU samples, everything else is there", async () => {
    const { dir } = await inside(seccomp("EPERM", "timer_create"));
    const summary = await summaryIn(dir);
    expectCounts(summary);
    expectWaits(summary);
    expect(summary.profile.cpu).toBeNull();
    expect(summary.losses.timer_denied).toBeGreaterThan(0);
  });

  it("memfd_create: the tracer turns itself off with one sentence", async () => {
    const { end } = await inside(seccomp("ENOSYS", "memfd_create"));
    expect(end.stderr.match(/profiling is off: no shared memory/g)).toHaveLength(1);
  });

  it("mincore, membarrier and pidfd_open: samples all the same", async () => {
    const { dir } = await inside(seccomp("EPERM", "membarrier,pidfd_open"));
    const summary = await summaryIn(dir);
    expectCounts(summary);
    expectCpu(summary);
    const { dir: other } = await inside(seccomp("EPERM", "mincore"));
    const without = await summaryIn(other);
    expectCounts(without);
    expectCpu(without);
  });
});

describe("a user", () => {
  it.runIf(nobodySees)("without any privilege has samples of both kinds", async () => {
    const { dir } = await inside(["setpriv", ...nobody, "--no-new-privs"]);
    const summary = await summaryIn(dir);
    expectCounts(summary);
    expectCpu(summary);
    expectWaits(summary);
  });

  it("without room for signals (RLIMIT_SIGPENDING) has no CPU samples, counted, and waits with stacks", async () => {
    const { dir } = await inside(["prlimit", "--sigpending=0:0"]);
    const summary = await summaryIn(dir);
    expectCounts(summary);
    expectWaits(summary);
    expect(summary.losses.timer_denied).toBeGreaterThan(0);
    const asleep = element(summary, "slow").blockedOn?.clock_nanosleep;
    expect(summary.profile.wall?.blockedOn?.clock_nanosleep).toBeGreaterThanOrEqual(asleep ?? Number.NaN);
  });

  it.runIf(canHide)("with other processes' /proc hidden (hidepid, subset=pid) has samples of both kinds", async () => {
    const { dir } = await inside(["unshare", "-pfm", "sh", "-c", `${proc} && exec "$@"`, "sh"]);
    const summary = await summaryIn(dir);
    expectCounts(summary);
    expectCpu(summary);
    expectWaits(summary);
  });
});

describe("a host that starts programs all the time", () => {
  it("by vfork, posix_spawn and fork loses no child and no sample", async () => {
    const dir = `${place.dir}/c`;
    const program = [
      "import gi, os, subprocess, sys, threading, time",
      "gi.require_version('Gst', '1.0')",
      "from gi.repository import Gst",
      "Gst.init(None)",
      "p = Gst.parse_launch(sys.argv[1])",
      "p.set_state(Gst.State.PLAYING)",
      "end = time.monotonic() + 1.5",
      "started = 0",
      "while time.monotonic() < end:",
      "    subprocess.run(['true'], check=True)", // vfork where Python has it
      "    pid = os.posix_spawn('/bin/true', ['true'], os.environ)",
      "    assert os.waitpid(pid, 0)[1] == 0",
      "    pid = os.fork()",
      "    if pid == 0: os._exit(0)",
      "    assert os.waitpid(pid, 0)[1] == 0",
      "    started += 3",
      "p.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.EOS)",
      "p.set_state(Gst.State.NULL)",
      "del p",
      "Gst.deinit()",
      "print(started)",
    ].join("\n");
    const env = pluginEnvironment({
      GST_TRACERS: `pyroscope(sample-rate=250,wall-rate=100,capture=${dir},server-url=none,otlp-endpoint=none)`,
    });
    const { code, stdout, stderr } = await runToEnd("/usr/bin/python3", ["-c", program, pipeline], env);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(Number(stdout)).toBeGreaterThan(0);
    const summary = await summaryIn(dir);
    expectCounts(summary);
    expectCpu(summary);
    expect(summary.losses.malformed).toBe(0);
  });
});
