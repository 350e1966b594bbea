// What do servers see when the agent dies, comes late, or is there already, and when the target becomes another program?
// SPDX-License-Identifier: MPL-2.0

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { slowness } from "../helpers/busy-machine.js";
import {
  agentsOf,
  cli,
  element,
  ended,
  isGone,
  pluginEnvironment,
  summaryOf,
  until,
  words,
} from "../helpers/pipelines.js";
import { agentOf, amounts, finished, placeOfEachTest, serversIn, start } from "../helpers/served.js";

const place = placeOfEachTest();
const canUnshare = spawnSync("unshare", ["-pf", "--mount-proc", "true"]).status === 0;
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

describe("an agent that is killed", () => {
  it("costs at most one window, counted; counts stay exact and no series of the target starts anew", async () => {
    const { collector, pyroscope } = place();
    const servers = { ...serversIn(place()), GST_PYROSCOPE_UPLOAD_INTERVAL: "2s" };
    const { pid, end } = start("fakesrc num-buffers=9000 ! cpuburn ns=1000000 ! fakesink", "pyroscope", servers);
    const first = await agentOf(pid);
    // Names are looked up in the first windows; from then on one is sent as soon as it is cut.
    const settledDown = () => collector.accepted > 0 && pyroscope.stored.length > 3 && pyroscope.openRequests === 0; // two a window
    await until("metrics and profiles of the first", () => settledDown() || undefined);
    await new Promise((wait) => setTimeout(wait, 1300)); // into the next window and past a drain of it: what nobody took is not lost
    const ofTarget = [
      "gstreamer.pad.latency.ns",
      "gstreamer.element.exclusive",
      "gstreamer.pad.buffers",
      "gstreamer.profiler.losses",
      "gstreamer.profiler.samples",
    ];
    const starts = () =>
      new Map(
        ofTarget.flatMap((metric) =>
          collector.points(metric).map((p) => [JSON.stringify([metric, p.attributes]), p.start]),
        ),
      );
    const before = starts();
    const cpuStart = collector.point("gstreamer.profiler.agent.cpu").start;
    process.kill(first, "SIGKILL");
    const second = await until("another agent", async () => (await agentsOf(pid)).find((agent) => agent !== first));
    expect((await end).code).toBe(0);
    const [gone, slow] = [performance.now(), slowness()];
    await until("the second agent's end", () => isGone(second) || undefined);
    expect(performance.now() - gone).toBeLessThan(10_000 + 2000 * (await slow));

    const after = starts();
    expect(before.size).toBeGreaterThan(10);
    for (const [series, begin] of before) expect([series, after.get(series)]).toEqual([series, begin]);
    expect(collector.point("gstreamer.profiler.agent.cpu").start).toBeGreaterThan(cpuStart); // its own figures do
    expect(collector.point("gstreamer.pad.latency.ns", { element: "fakesink0" }).count).toBe(9000);
    expect(collector.point("gstreamer.pad.latency.ns", { element: "cpuburn0" }).count).toBe(9000);
    expect(collector.violations).toEqual([]);

    const {
      written = 0,
      settled = 0,
      agent_lost = 0,
    } = amounts(collector.points("gstreamer.profiler.samples"), "outcome");
    expect(agent_lost).toBeGreaterThan(0);
    expect(agent_lost).toBeLessThanOrEqual(350); // one window of two seconds at 100 and 20 Hz, and what was on its way
    expect(settled + agent_lost).toBe(written);
    expect(collector.points("gstreamer.profiler.agent.dropped")).toEqual([]); // what was settled was delivered
    expect(collector.point("gstreamer.profiler.events", { event: "agent_restarts" }).value).toBe(1);
    const stored = Object.values(pyroscope.sumBy("element")).reduce((a, b) => a + b, 0);
    const blocked = sum(pyroscope.sumBy("blocked_on", "wall")) - (pyroscope.sumBy("blocked_on", "wall")[""] ?? 0);
    const ran = pyroscope.sumBy("blocked_on", "wall")[""] ?? 0;
    expect(ran).toBe(stored); // a wall profile holds what the CPU profile does
    expect(blocked).toBeGreaterThan(0);
    expect(stored).toBeLessThan(1.3 * 9000 * 1e6); // what it burned, once, and what the program needs besides
  });
});

const sum = (of: Record<string, number>): number => Object.values(of).reduce((a, b) => a + b, 0);

describe("an agent that comes late", () => {
  const noAgent = { GST_PYROSCOPE_AGENT: "/nowhere" };
  const late = (pid: number, ...flags: string[]) => {
    const child = spawn(
      process.execPath,
      [cli, "agent", "--pid", String(pid), "--server-url", "none", "--otlp-endpoint", "none", ...flags],
      { env: pluginEnvironment(), stdio: ["ignore", "pipe", "pipe"] },
    );
    running.push(child);
    return child;
  };

  it("finds the segment by pid and knows all names and counts from the start; a second one is told that it is taken", async () => {
    const { dir } = place();
    const { child, pid, end } = start(
      "fakesrc num-buffers=4000 ! identity name=first ! cpuburn ns=1000000 ! fakesink name=last",
      "pyroscope",
      noAgent,
    );
    running.push(child);
    await new Promise((wait) => setTimeout(wait, 1000)); // the late in "late": nothing is proven by it
    const agent = late(pid, "--capture", dir);
    const agentEnd = ended(agent);
    await until("a reader", async () => (await summaryOf(dir).catch(() => undefined)) !== undefined || undefined);
    const second = await ended(late(pid));
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(
      /^gst-pyroscope: error: another agent reads this segment already code=ERR_SEGMENT_BUSY\n$/,
    );
    const { stderr } = await end;
    expect(stderr).toMatch(/no agent/);
    expect((await agentEnd).code).toBe(0);
    const summary = await finished(dir);
    expect(summary.pipelines[0]?.elements.map(({ name }) => name).sort()).toEqual([
      "cpuburn0",
      "fakesrc0",
      "first",
      "last",
    ]);
    expect([element(summary, "first").buffersIn, element(summary, "last").buffersIn]).toEqual([4000, 4000]);
    const lost = (summary.losses.ring_full ?? 0) + (summary.losses.agent_lost ?? 0);
    expect(lost).toBe(0);
    expect(summary.profile.cpu?.samples).toBe(summary.counters.samples_written);
  });

  it("says why when there is no segment or no process", async () => {
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    running.push(child);
    const none = await ended(late(child.pid ?? -1));
    expect(none).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("has no tracer: start it with GST_TRACERS=pyroscope"),
    });
    const gone = await ended(late(2 ** 22 - 1));
    expect(gone).toMatchObject({ code: 2, stderr: expect.stringContaining("does not exist; pgrep -a gst lists some") });
  });
});

describe("a target", () => {
  const script = `
import os, sys, time, gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
def play(n):
    p = Gst.parse_launch("fakesrc num-buffers=%d ! identity sleep-time=1000 ! fakesink" % n)
    p.set_state(Gst.State.PLAYING)
    p.get_bus().timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.EOS)
    p.set_state(Gst.State.NULL)
play(321)
if sys.argv[1] == "exec":
    os.execvp("sleep", ["sleep", "60"])
os.closerange(3, 256)
play(1500)
os._exit(0)`;
  const python = (how: string, dir: string) => {
    const env = pluginEnvironment({
      GST_TRACERS: `pyroscope(capture=${dir},server-url="")`,
      GST_PYROSCOPE_OTLP_ENDPOINT: "none",
    });
    const child = spawn("/usr/bin/python3", ["-c", script, how], { env, stdio: ["ignore", "pipe", "inherit"] });
    running.push(child);
    return child;
  };

  it("that becomes another program by exec has ended for its agent, which delivers and leaves", async () => {
    const { dir } = place();
    const child = python("exec", dir);
    const agent = await agentOf(child.pid ?? -1);
    const summary = await finished(dir);
    expect(element(summary, "fakesink0").buffersIn).toBe(321);
    await until("the agent's end", () => isGone(agent) || undefined);
    expect(isGone(child.pid ?? -1)).toBe(false);
  });

  it("that closes our descriptor is served on, because it still writes", async () => {
    const { dir } = place();
    const child = python("close", dir);
    await agentOf(child.pid ?? -1);
    await ended(child);
    const summary = await finished(dir);
    expect(
      summary.pipelines
        .flatMap(({ elements }) => elements)
        .filter(({ factory }) => factory === "fakesink")
        .map(({ buffersIn }) => buffersIn),
    ).toEqual([321, 1500]);
    expect(summary.counters.agent_restarts).toBe(0);
  });

  it.skipIf(!canUnshare)("in a pid namespace of its own is followed to its end", async () => {
    const { dir } = place();
    const inner = [
      "unshare",
      "-pf",
      "--mount-proc",
      "gst-launch-1.0",
      "-q",
      ...words("fakesrc num-buffers=3000 ! identity sleep-time=1000 ! fakesink"),
    ];
    const child = spawn(process.execPath, [cli, "run", "--capture", dir, "--", ...inner], {
      env: pluginEnvironment(),
      stdio: "ignore",
    });
    expect((await ended(child)).code).toBe(0);
    const summary = await finished(dir);
    expect(element(summary, "fakesink0").buffersIn).toBe(3000);
  });
});
