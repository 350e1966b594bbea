// What if the host may have little of something? It runs as without us, and reads once why it is not profiled, or less.
// SPDX-License-Identifier: MPL-2.0

import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
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

const factories = ["pyroscope", "oteltracer", "otel-tracer", "prometheus-latency-tracer", "prom-latency"];
const pipeline = words("gst-launch-1.0 -q fakesrc num-buffers=20 ! fakesink");
const quiet = { GST_DEBUG: "pyroscope:2", GST_DEBUG_NO_COLOR: "1", GST_PYROSCOPE_SERVER_URL: "none" };
const under = (tracers: string): NodeJS.ProcessEnv =>
  pluginEnvironment({ ...quiet, GST_PYROSCOPE_OTLP_ENDPOINT: "none", ...(tracers && { GST_TRACERS: tracers }) });
/** A user of its own for each run: agents that still deliver count against the next one's limit. */
let users = 61_000;
const nobody = (): string[] => {
  const ids = [`--reuid=${++users}`, `--regid=${users}`];
  return ["setpriv", ...ids, "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"];
};
const [setpriv = "", ...asNobody] = [...nobody(), "test", "-r", `${root}build/plugin/libgstpyroscope.so`];
const nobodySees = spawnSync(setpriv, asNobody).status === 0;

/** GStreamer's own registry, which is larger than some of the limits, is written before. */
beforeAll(async () => {
  await runToEnd("gst-inspect-1.0", ["fakesrc"]);
  const registry = pluginEnvironment().GST_REGISTRY ?? "";
  chmodSync(registry, 0o644);
  chmodSync(dirname(registry), 0o755);
});

const limited = (limit: string, env: NodeJS.ProcessEnv, command = pipeline): Promise<Ended> =>
  runToEnd("prlimit", [limit, ...command], { ...env, GST_REGISTRY_UPDATE: "no" });

/** How the host ends without us; asked once, whatever the factory. */
const bareEnds = new Map<string, Promise<Ended>>();
function bareEnd(limit: string): Promise<Ended> {
  const end = bareEnds.get(limit) ?? limited(limit, under(""));
  bareEnds.set(limit, end);
  return end;
}

/** With us it must be the same at each step. */
async function asWithout(limits: string[], tracers: string): Promise<Ended[]> {
  const ends: Ended[] = [];
  for (const limit of limits) {
    const bare = await bareEnd(limit);
    const ours = await limited(limit, under(tracers));
    expect({ limit, code: ours.code, signal: ours.signal, out: ours.stdout, err: ours.stderr }).toEqual({
      limit,
      code: bare.code,
      signal: bare.signal,
      out: bare.stdout,
      err: expect.anything(),
    });
    if (bare.code === 0) ends.push(ours);
  }
  return ends;
}

const said = (ends: Ended[], sentence: RegExp): number => ends.filter((end) => sentence.test(end.stderr)).length;
/** GStreamer itself may warn at such limits, we but once. */
const warnings = (end: Ended): number => end.stderr.match(/WARN +pyroscope /g)?.length ?? 0;

describe.each(factories)("under %s", (factory) => {
  it("a limit of file sizes below our segment does not end a host", async () => {
    const { code, signal, stderr } = await limited("--fsize=1000000", under(factory));
    expect([code, signal]).toEqual([0, null]);
    expect(stderr.match(/profiling is off/g)).toHaveLength(1);
    expect(stderr).toContain("the limit of file sizes (ulimit -f) is too small");
  });

  it("a limit of address space ends no host that lives without us", async () => {
    const steps = [60, 90, 120, 160, 220, 300, 400, 600].map((mega) => `--as=${mega * 1024 * 1024}`);
    const lived = await asWithout(steps, factory);
    expect(
      said(lived, /profiling is off: the limit of address space \(ulimit -v\) leaves less than 256 MB/),
    ).toBeGreaterThan(0);
    for (const end of lived) expect(warnings(end)).toBeLessThanOrEqual(1);
  });

  it("nor does a limit of data", async () => {
    const steps = [24, 40, 64, 80, 120, 200].map((mega) => `--data=${mega * 1024 * 1024}`);
    const lived = await asWithout(steps, factory);
    expect(said(lived, /profiling is off: the limit of data \(ulimit -d\) leaves less than 64 MB/)).toBeGreaterThan(0);
  });

  it("nor one of descriptors: the last ones are the host's", async () => {
    const steps = [5, 6, 7, 8, 9, 10, 12, 16, 24, 40, 64].map((count) => `--nofile=${count}`);
    const lived = await asWithout(steps, factory);
    expect(said(lived, /profiling is off: the limit of descriptors \(ulimit -n\) leaves less than 32/)).toBeGreaterThan(
      0,
    );
    expect(said(lived, /profiling is off/)).toBeLessThan(lived.length);
  });

  it("nor those of locked memory, of signals and of the stack", async () => {
    await asWithout(["--memlock=0", "--sigpending=0", "--stack=262144"], factory);
  });

  it.runIf(nobodySees)("nor one of threads", async () => {
    for (const count of [3, 4, 5, 8]) {
      const run = (tracers: string): Promise<Ended> => {
        const args = ["10", ...nobody(), "prlimit", `--nproc=${count}`, ...pipeline];
        return runToEnd("timeout", args, { ...under(tracers), GST_REGISTRY_UPDATE: "no", HOME: "/nonexistent" });
      };
      const bare = await run("");
      const ours = await run(factory);
      expect([count, ours.code, ours.signal]).toEqual([count, bare.code, bare.signal]);
      if (bare.code === 0)
        expect(said([ours], /profiling is off: the limit of processes \(ulimit -u\) is below 64/)).toBe(1);
      expect(warnings(ours)).toBeLessThanOrEqual(1);
    }
  });
});

describe("a host with a capture", () => {
  let place: ReturnType<typeof scratch>;
  let hosts = 0;
  beforeEach(() => {
    place = scratch();
  });
  afterEach(() => place.dispose());

  /** `what` in alone-host: a pipeline beside a thread that must not be touched. */
  async function host(what: string[], limit: string[] = [], options = ""): Promise<{ end: Ended; dir: string }> {
    const dir = `${place.dir}/${hosts++}`;
    const command = [...limit, `${root}build/tests/alone_host`, ...what];
    const end = await runToEnd(command[0] ?? "", command.slice(1), under(`pyroscope(capture=${dir}${options})`));
    return { end, dir };
  }
  const without = (...what: string[]): Promise<Ended> => runToEnd(`${root}build/tests/alone_host`, what, under(""));
  async function summaryIn(dir: string): Promise<Summary> {
    await until("a finished capture", async () => (await readCapture(dir).catch(() => null))?.complete || undefined);
    return summaryOf(dir);
  }
  const leftAlone = /WARN +pyroscope .*are left alone: they are neither sampled nor looked at/g;

  it.each([["strict"], ["strict", "late"], ["filter"], ["filter", "late"]])(
    "whose thread is in a sandbox (%s %s) has it left alone, counted and said",
    async (...what) => {
      const { end, dir } = await host(what);
      expect(end).toMatchObject({ code: 0, signal: null, stdout: "eos 1 works 1 ended 1\n" });
      expect(end.stderr.match(leftAlone)).toHaveLength(1);
      const summary = await summaryIn(dir);
      expect(summary.losses.left_alone).toBe(1);
      expect(element(summary, "sink").buffersIn).toBe(150);
      const sampled = Object.keys(summary.profile.cpu?.byThread ?? {}).includes("alone");
      expect(sampled).toBe(what.includes("late"));
    },
  );

  it("under a filter that all its threads have is profiled", async () => {
    const filter = [`${root}build/tests/seccomp`, "EPERM", "membarrier", "--"];
    const { end, dir } = await host(["none"], filter);
    expect(end).toMatchObject({ code: 0, signal: null });
    const summary = await summaryIn(dir);
    expect(summary.losses.left_alone ?? 0).toBe(0);
    expect(summary.profile.cpu?.byThread.alone).toBeGreaterThan(0.5e9 * cpuShare(summary));
  });

  it("whose pushing thread may not read the time is not ended by us", async () => {
    const { end } = await host(["no-clock-push"]);
    expect(end).toMatchObject({ code: 0, signal: null });
  });

  it("whose other thread may not read the time is sampled all the same", async () => {
    for (const what of [["no-clock"], ["no-clock", "late"]]) {
      const { end, dir } = await host(what);
      expect(end).toMatchObject({ code: 0, signal: null, stdout: "eos 1 works 1 ended 1\n" });
      const summary = await summaryIn(dir);
      expect(summary.profile.cpu?.byThread.alone).toBeGreaterThan(0.2e9 * cpuShare(summary));
    }
  });

  it("whose pushing thread loses its clock later is ended, a limit that the README names with its way out", async () => {
    expect(await without("no-clock-push", "late")).toMatchObject({ code: 0, signal: null });
    expect((await host(["no-clock-push", "late"])).end.signal).toBe("SIGSEGV");
    const { end } = await host(["no-clock-push", "late"], [], ",timing=off,sample-rate=0");
    expect(end).toMatchObject({ code: 0, signal: null });
  });

  it("whose memory ends loses its profile, not its life", async () => {
    const sentence = "profiling has ended: this process has no memory left";
    for (let tries = 1; ; tries++) {
      const { end, dir } = await host(["no-memory"]);
      expect(end).toMatchObject({ code: 0, signal: null });
      // There is none for a second, in which a busy machine may not let us look.
      if (!end.stderr.includes(sentence) && tries < 5) continue;
      expect(end.stderr.split(sentence)).toHaveLength(2);
      expect((await summaryIn(dir)).losses.memory_out).toBe(1);
      return;
    }
  });

  it("whose descriptors are few keeps half of them from events of perf", async () => {
    const { end, dir } = await host(["none"], ["prlimit", "--nofile=64"], ",engine=perf");
    expect(end).toMatchObject({ code: 0, signal: null });
    const summary = await summaryIn(dir);
    expect(summary.profile.cpu?.byThread.alone).toBeGreaterThan(0.3e9 * cpuShare(summary));
  });

  it("whose user has no room for timers has no CPU samples, counted and said once", async () => {
    const { end, dir } = await host(["none"], ["prlimit", "--sigpending=0:0"]);
    expect(end).toMatchObject({ code: 0, signal: null });
    expect(end.stderr.match(/there is no room for their timers \(ulimit -i\)/g)).toHaveLength(1);
    expect((await summaryIn(dir)).losses.timer_denied).toBeGreaterThan(0);
  });
});
