// What do threads wait for? Wall profiles of real pipelines whose waits are known beforehand, and what they cost nobody.
// SPDX-License-Identifier: MPL-2.0

import { spawn, spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCapture } from "../../src/capture/reader.js";
import { cpuShare, idleShare, lateNs, slowness } from "../helpers/busy-machine.js";
import {
  cli,
  element,
  ended,
  pluginEnvironment,
  profiled,
  root,
  runToEnd,
  scratch,
  summaryOf,
  words,
} from "../helpers/pipelines.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

const sum = (of: Record<string, number> | null | undefined): number =>
  Object.values(of ?? {}).reduce((a, b) => a + b, 0);

describe("a wall profile", () => {
  it("shows a sink that waits for the clock there, for more than nine tenths of its time", async () => {
    const dir = `${place.dir}/c`;
    const pipeline =
      "videotestsrc num-buffers=120 ! video/x-raw,framerate=30/1 ! queue ! videoconvert ! fakesink name=sink sync=true";
    const { summary } = await profiled(pipeline, dir);
    const { wall } = await readCapture(dir);
    const samples = (wall?.stacks.samples ?? []).filter(({ path }) => path === "pipeline0/sink");
    const all = samples.reduce((ns, one) => ns + one.ns, 0);
    const frames = wall?.stacks.frames ?? [];
    const inClock = samples.filter(
      ({ stack, blockedOn }) => blockedOn !== "" && stack.some((id) => frames[id]?.name === "gst_clock_id_wait"),
    );
    const waits = inClock.reduce((ns, one) => ns + one.ns, 0);
    expect(all + lateNs(summary)).toBeGreaterThan(3.5e9);
    expect((waits + lateNs(summary)) / all).toBeGreaterThan(0.9);
    const sink = element(summary, "sink");
    // What was measured buffer by buffer, and what was seen.
    const offCpuNs = (sink.exclusive?.sumNs ?? 0) - sink.cpuNs;
    expect(((sink.blockedNs ?? 0) + lateNs(summary)) / offCpuNs).toBeGreaterThan(0.9);
    expect(sum(sink.blockedOn)).toBe(sink.blockedNs);
    expect(idleShare(summary, "sink")).toBeGreaterThan(0.9);
    expect(sink.blockedNs).toBeLessThan(1.05 * (sink.wallNs ?? 0) + lateNs(summary));
  });

  it("adds up: for each thread CPU time and waits are the time that passed, and elements sum to the total", async () => {
    const pipeline =
      "fakesrc name=src num-buffers=400 ! cpuburn name=hot ns=4000000 ! queue name=q max-size-buffers=20 ! identity name=slow sleep-time=10000 ! fakesink";
    const { summary } = await profiled(pipeline, `${place.dir}/c`);
    const { wall, cpu } = summary.profile;
    expect(wall?.reachedRoot).toBeGreaterThan(0.9 * cpuShare(summary) * (wall?.samples ?? 0));
    expect(sum(wall?.byElement)).toBeCloseTo(wall?.totalNs ?? 0, -3);
    expect(wall?.runningNs).toBeCloseTo(cpu?.totalNs ?? 0, -3);
    expect((wall?.runningNs ?? 0) + (wall?.readyNs ?? 0) + (wall?.blockedNs ?? 0)).toBe(wall?.totalNs);
    expect(sum(wall?.blockedOn)).toBe(wall?.blockedNs);
    for (const e of summary.pipelines.flatMap((p) => p.elements))
      expect([e.name, sum(e.blockedOn)]).toEqual([e.name, e.blockedNs]);
    // The queue's thread lives as long as the last buffer, its element sleeps all that time.
    const slow = element(summary, "slow");
    const late = lateNs(summary) / (slow.exclusive?.sumNs ?? 1);
    const slept = slow.blockedOn?.clock_nanosleep ?? 0;
    expect(Math.abs(slept / (slow.exclusive?.sumNs ?? 1) - 1)).toBeLessThan(0.05 + late);
    // The source's thread is held back by the queue once that is full: for 366 of 400 buffers, 6 ms each.
    const q = element(summary, "q");
    const heldNs = q.exclusive?.sumNs ?? 0;
    expect(heldNs + lateNs(summary)).toBeGreaterThan(1.8e9);
    expect((q.blockedOn?.futex ?? 0) + lateNs(summary)).toBeGreaterThan(0.8 * heldNs);
    // Nothing of a run without losses is printed as one.
    const { wall_unfinished: unfinished = 0 } = summary.losses;
    expect(unfinished).toBeLessThanOrEqual(0.01 * (summary.counters.wall_written ?? 0));
    const { text } = { text: await reportText(`${place.dir}/c`) };
    expect(text).toMatch(/slow .* \d+ %/);
    expect(text).toMatch(/Wall time of all threads: [^)]* in\s+clock_nanosleep/);
  });

  it("is not taken with wall-rate=0, nor where no stacks are wanted at all", async () => {
    const pipeline = "fakesrc num-buffers=100 ! identity sleep-time=3000 ! fakesink";
    for (const flags of [
      ["--wall-rate", "0"],
      ["--sample-rate", "0"],
    ]) {
      const { summary } = await profiled(pipeline, `${place.dir}/${flags[0]}`, flags);
      expect(summary.profile.wall).toBeNull();
      expect(summary.counters.wall_written).toBe(0);
      expect(element(summary, "identity0").blockedOn).toBeNull();
    }
    const { summary } = await profiled(pipeline, `${place.dir}/both`, ["--sample-rate", "0", "--wall-rate", "50"]);
    expect(sum(summary.profile.wall?.blockedOn)).toBeGreaterThan(0.25e9);
    expect(summary.profile.cpu).toBeNull();
  });
});

const reportText = async (dir: string): Promise<string> =>
  (await runToEnd(process.execPath, [cli, "report", dir])).stdout;

describe("a source with a timeout", () => {
  it("times out as often as without the tracer, sampled on and off CPU at full rate", async () => {
    const env = pluginEnvironment({
      GST_TRACERS: "pyroscope(sample-rate=1000,wall-rate=250,server-url=none,otlp-endpoint=none)",
    });
    const child = spawn("gst-launch-1.0", ["-m", ...words("fdsrc fd=0 timeout=50000 ! fakesink")], {
      env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let timeouts = 0;
    let begin = 0; // at the first one: the program itself may take long to begin
    const enough = new Promise<void>((done) => {
      child.stdout.on("data", (text: Buffer) => {
        begin ||= performance.now();
        timeouts += text.toString().split("GstFdSrcTimeout").length - 1;
        if (timeouts >= 41) done();
      });
    });
    const end = ended(child);
    const slow = slowness();
    await enough;
    const took = performance.now() - begin;
    child.stdin.end();
    expect((await end).code).toBe(0);
    // A signal would begin the wait anew, and there are 250 a second: of 50 ms none would ever end.
    expect(took / 2000).toBeLessThan(1.5 * (await slow));
  });
});

const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
const seen = [...nobody, "test", "-r", `${root}build/plugin/libgstpyroscope.so`];
const nobodySees = spawnSync("setpriv", seen).status === 0;
const canUnmount = spawnSync("unshare", ["-m", "umount", "-l", "/proc"]).status === 0;

describe("where a thread's state may not be read", () => {
  const pipeline = "fakesrc num-buffers=150 ! identity name=slow sleep-time=10000 ! fakesink";
  const inside = (dir: string) => `pyroscope(capture=${dir},server-url=none,otlp-endpoint=none)`;

  it.runIf(nobodySees)("a process that is not dumpable has its waits by element, without stacks", async () => {
    chmodSync(place.dir, 0o777);
    const dir = `${place.dir}/c`;
    const program = [
      "import ctypes, gi, sys",
      "gi.require_version('Gst', '1.0')",
      "from gi.repository import Gst",
      "Gst.init(None)",
      "ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)",
      "p = Gst.parse_launch(sys.argv[1])",
      "p.set_state(Gst.State.PLAYING)",
      "p.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.EOS)",
      "p.set_state(Gst.State.NULL)",
      "del p",
      "Gst.deinit()",
    ].join("\n");
    const env = pluginEnvironment({ GST_TRACERS: inside(dir), HOME: place.dir, GST_REGISTRY: `${place.dir}/registry` });
    const { code, stderr } = await runToEnd(
      "setpriv",
      [...nobody, "--no-new-privs", "/usr/bin/python3", "-c", program, pipeline],
      env,
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const summary = await summaryOf(dir);
    const slow = element(summary, "slow");
    expect(summary.losses.wall_denied).toBeGreaterThan(10);
    expect(((slow.blockedOn?.unknown ?? 0) + lateNs(summary)) / (slow.exclusive?.sumNs ?? 1)).toBeGreaterThan(0.85);
  });

  it.runIf(canUnmount)("a host without /proc runs on as if nothing were", async () => {
    const dir = `${place.dir}/c`;
    const env = pluginEnvironment({ GST_TRACERS: inside(dir) });
    const launch = `umount -l /proc && exec gst-launch-1.0 -q ${pipeline}`;
    const { code } = await runToEnd("unshare", ["-m", "sh", "-c", launch], env);
    expect(code).toBe(0);
  });
});
