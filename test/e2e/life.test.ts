// Does the last window arrive, however the process ends, and does nobody notice the profiler's own processes?
// SPDX-License-Identifier: MPL-2.0

import { spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { slowness } from "../helpers/busy-machine.js";
import { markedWith, processesMarked } from "../helpers/marked.js";
import {
  agentsOf,
  element,
  ended,
  isGone,
  pluginEnvironment,
  runToEnd,
  scratch,
  summaryOf,
  until,
  words,
} from "../helpers/pipelines.js";

const canUnshare = spawnSync("unshare", ["-pf", "--mount-proc", "true"]).status === 0;
const endless = "fakesrc is-live=true ! identity sleep-time=1000 ! cpuburn ns=500000 ! fakesink sync=false";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

/** The tracer starts its own agent, which captures to `dir` and sends nothing. */
const captured = (dir: string, more = ""): NodeJS.ProcessEnv =>
  pluginEnvironment({ GST_TRACERS: `pyroscope(capture=${dir},server-url=""${more})` });

/** Waits for a finished capture; the agent finishes by itself, at most 10 s after its target. */
async function finished(dir: string, timeoutMs = 60_000) {
  return until(
    `a finished capture in ${dir}`,
    async () => {
      const summary = await summaryOf(dir).catch(() => undefined);
      return summary?.complete ? summary : undefined;
    },
    timeoutMs,
  );
}

/** Starts an endless pipeline and waits until its segment has seen an agent and some seconds of data. */
async function running(dir: string) {
  const child = spawn("gst-launch-1.0", ["-q", ...words(endless)], { env: captured(dir), stdio: "ignore" });
  const pid = child.pid ?? -1;
  const [agent] = await until("an agent", async () => {
    const agents = await agentsOf(pid);
    return agents.length > 0 ? agents : undefined;
  });
  return { child, pid, agent: agent ?? -1 };
}

/** Of a process, in the kernel's ticks of a hundredth of a second. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13)
    .map(Number);
  return (user + system) / 100;
}

describe("the last window arrives", () => {
  it("of a pipeline of two buffers", async () => {
    const { code } = await runToEnd(
      "gst-launch-1.0",
      words("-q fakesrc num-buffers=2 ! fakesink"),
      captured(`${place.dir}/c`),
    );
    expect(code).toBe(0);
    expect(element(await finished(`${place.dir}/c`), "fakesink0").buffersIn).toBe(2);
  });

  it("at EOS, with the profile", async () => {
    const pipeline = "-q fakesrc num-buffers=500 ! cpuburn ns=2000000 ! fakesink";
    await runToEnd("gst-launch-1.0", words(pipeline), captured(`${place.dir}/c`));
    const summary = await finished(`${place.dir}/c`);
    expect(element(summary, "fakesink0").buffersIn).toBe(500);
    expect(summary.profile.cpu?.totalNs).toBeGreaterThan(0.85e9);
  });

  it.each(["SIGINT", "SIGTERM", "SIGKILL", "SIGSEGV"] as const)("after %s", async (signal) => {
    const { child, agent } = await running(`${place.dir}/c`);
    const end = ended(child);
    await until("some data, so that there is something to lose", () => cpuSeconds(child.pid ?? 0) > 0.6 || undefined);
    // gst-launch waits for a debugger when it crashes: a second, deadly signal ends the corpse.
    const slow = slowness();
    child.kill(signal);
    if (signal === "SIGSEGV") child.kill("SIGKILL");
    await end;
    const gone = performance.now();
    const summary = await finished(`${place.dir}/c`);
    expect(element(summary, "fakesink0").buffersIn).toBeGreaterThan(100);
    expect(summary.profile.cpu?.totalNs).toBeGreaterThan(0.1e9);
    await until("the agent's end", () => (isGone(agent) ? true : undefined));
    expect(performance.now() - gone).toBeLessThan(10_000 + 2000 * (await slow));
  });

  it("of an application that never calls gst_deinit and leaves by os._exit", async () => {
    const script = `
import os, gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
p = Gst.parse_launch("fakesrc num-buffers=123 ! fakesink")
p.set_state(Gst.State.PLAYING)
p.get_bus().timed_pop_filtered(10 * Gst.SECOND, Gst.MessageType.EOS)
os.sync()
import time
time.sleep(0.5)
os._exit(0)`;
    await runToEnd("/usr/bin/python3", ["-c", script], captured(`${place.dir}/c`));
    expect(element(await finished(`${place.dir}/c`), "fakesink0").buffersIn).toBe(123);
  });

  // The agent dies with PID 1, and the tracer waits a second for it: less than a machine may need to start Node while it does
  // something else. So it has some tries.
  async function buffersInContainer(command: string[]): Promise<number> {
    for (let tries = 1; ; tries++) {
      const dir = `${place.dir}/c${tries}`;
      await runToEnd("unshare", ["-pf", "--mount-proc", ...command], captured(dir));
      const summary = await finished(dir, 3000).catch((error) => {
        if (tries === 8) throw error;
      });
      if (summary) return element(summary, "fakesink0").buffersIn;
    }
  }

  it.skipIf(!canUnshare)("when the target is PID 1 of a container", async () => {
    const command = ["gst-launch-1.0", "-q", ...words("fakesrc num-buffers=77 ! fakesink")];
    expect(await buffersInContainer(command)).toBe(77);
  });

  it.skipIf(!canUnshare)("when a shell is PID 1 of a container", async () => {
    const inner = "gst-launch-1.0 -q fakesrc num-buffers=78 ! fakesink; exit 0";
    expect(await buffersInContainer(["sh", "-c", inner])).toBe(78);
  });
});

describe("the agent", () => {
  it("is replaced when it is killed; counts stay exact and lost samples are counted", async () => {
    const pipeline = "-q fakesrc num-buffers=3000 ! cpuburn ns=2000000 ! fakesink";
    const child = spawn("gst-launch-1.0", words(pipeline), { env: captured(`${place.dir}/c`), stdio: "ignore" });
    const end = ended(child);
    const [first] = await until("an agent", async () =>
      (await agentsOf(child.pid ?? -1)).length > 0 ? agentsOf(child.pid ?? -1) : undefined,
    );
    await new Promise((wait) => setTimeout(wait, 3000));
    process.kill(first ?? -1, "SIGKILL");
    const second = await until("another agent", async () =>
      (await agentsOf(child.pid ?? -1)).find((pid) => pid !== first),
    );
    expect(second).not.toBe(first);
    await end;
    const summary = await finished(`${place.dir}/c`);
    expect(element(summary, "fakesink0").buffersIn).toBe(3000);
    const lost = summary.losses.agent_lost ?? 0;
    const kept = summary.profile.wall?.samples ?? 0; // of both kinds
    expect(summary.counters.agent_restarts).toBe(1);
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThanOrEqual(1300); // one window of 10 s at 100 Hz, and what the threads waited for
    expect(kept + lost).toBe((summary.counters.samples_written ?? 0) + (summary.counters.wall_written ?? 0));
  });

  it("is no child of the application, sends it no SIGCHLD and leaves no zombie", async () => {
    const script = `
import os, signal, time, gi
seen = []
signal.signal(signal.SIGCHLD, lambda *a: seen.append(1))
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
p = Gst.parse_launch("fakesrc num-buffers=3000 ! identity sleep-time=500 ! fakesink")
p.set_state(Gst.State.PLAYING)
bus = p.get_bus()
children = 0
while not bus.timed_pop_filtered(20 * Gst.MSECOND, Gst.MessageType.EOS):
    try:
        os.waitpid(-1, os.WNOHANG)
        children += 1
    except ChildProcessError:
        pass
print(len(seen), children)`;
    const { stdout, code } = await runToEnd("/usr/bin/python3", ["-c", script], captured(`${place.dir}/c`));
    expect(code).toBe(0);
    expect(stdout.trim()).toBe("0 0");
    expect(element(await finished(`${place.dir}/c`), "fakesink0").buffersIn).toBe(3000);
  });

  it("does not keep a pipe of its target open", async () => {
    const node = `${place.dir}/node`;
    writeFileSync(node, "#!/bin/sh\nexec sleep 3600\n", { mode: 0o755 });
    const env = pluginEnvironment({ ...markedWith(node), GST_PYROSCOPE_NODE: node, GST_TRACERS: "pyroscope" });
    const command = `gst-launch-1.0 fakesrc num-buffers=5 ! fakesink | tee ${place.dir}/log`;
    try {
      // tee ends when nobody holds the pipe any more.
      expect((await runToEnd("bash", ["-c", command], env)).code).toBe(0);
      expect(processesMarked(node), "it and its guard are still there").toHaveLength(2);
      expect(readFileSync(`${place.dir}/log`, "utf8")).toContain("EOS");
    } finally {
      for (const pid of processesMarked(node)) process.kill(pid, "SIGKILL");
    }
  });

  it("lets Ctrl-C end the target within a second", async () => {
    const { child } = await running(`${place.dir}/c`);
    const end = ended(child);
    const slow = slowness();
    const begin = Date.now();
    child.kill("SIGINT");
    await end;
    expect(Date.now() - begin).toBeLessThan(1000 * (await slow));
    await finished(`${place.dir}/c`);
  });
});
