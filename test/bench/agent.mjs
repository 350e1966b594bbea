// What does the agent cost, and do the samples add up to what the kernel says? One minute of eight busy threads.
// SPDX-License-Identifier: MPL-2.0
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pss } from "./measure.mjs";
import { openServers } from "./servers.mjs";

const ticksPerSecond = Number(spawnSync("getconf", ["CLK_TCK"], { encoding: "utf8" }).stdout);
const threads = 8;

function busy() {
  const one = `videotestsrc pattern=smpte ! video/x-raw,width=320,height=240 ! videoconvert ! video/x-raw,format=RGB ! videoscale ! video/x-raw,width=640,height=480 ! fakesink`;
  return Array.from({ length: threads }, () => one).join(" ").split(" ");
}

export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

export function status(pid, name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024;
}

/** Starts a command under `run`, which is the agent; `watch` gets its pid. */
async function underRun(root, env, options, command, watch) {
  const dir = mkdtempSync(join(tmpdir(), "gst-pyroscope-bench-"));
  const own = { ...env };
  delete own.GST_TRACERS;
  delete own.GST_PYROSCOPE_AGENT;
  const cli = `${root}dist/cli.js`;
  try {
    const capture = join(dir, "c");
    const child = spawn(process.execPath, [cli, "run", ...options, "--capture", capture, "--", ...command], { env: own, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
    });
    const ended = new Promise((done) => child.once("close", done));
    const watched = await watch(child.pid);
    const code = await ended;
    if (code !== 0) throw new Error(`exit code ${code}: ${said}`);
    const report = spawnSync(process.execPath, [cli, "report", capture, "--json"], { env: own, maxBuffer: 1 << 28, encoding: "utf8" });
    return { watched, summary: JSON.parse(report.stdout), capture: JSON.parse(readFileSync(join(capture, "capture.json"), "utf8")) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** --foreground: without it timeout interrupts its group too, and a second interrupt ends gst-launch before its EOS. */
const launch = (seconds) => ["timeout", "--foreground", "--preserve-status", "-s", "INT", String(seconds), "gst-launch-1.0", "-q", "-e", ...busy()];

/**
 * Share of a core between two instants in mid-run: neither the start of Node nor the report at the end is in it. What the
 * target has of the CPU in the same time, at one sample each period, is how many samples there were.
 */
async function steadyCost(agent, target) {
  await pause(12_000);
  const look = () => ({ cpu: cpuSeconds(agent), of: target === undefined ? 0 : cpuSeconds(target), at: performance.now() });
  const before = look();
  await pause(20_000);
  const after = look();
  const seconds = (after.at - before.at) / 1000;
  return {
    shareOfACore: (after.cpu - before.cpu) / seconds,
    coresOfTarget: (after.of - before.of) / seconds,
    rssBytes: status(agent, "VmRSS"),
    highestRssBytes: status(agent, "VmHWM"),
    pssBytes: pss(agent).all,
  };
}

/** Not one of ours on the way to the agent: between two forks and the new program they hold the segment, too. */
function isNode(pid) {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === readlinkSync("/proc/self/exe");
  } catch {
    return false; // gone
  }
}

/** Another process that maps the segment of the target. */
export async function agentOf(target, root) {
  const { findSegments } = await import(`${root}dist/attach/segments.js`);
  for (let tries = 0; tries < 100; tries++, await pause(100)) {
    const inode = findSegments(target).places[0]?.inode;
    const others = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== target);
    const holds = (pid) => isNode(pid) && findSegments(pid).places.some((place) => place.inode === inode);
    const agent = inode === undefined ? undefined : others.map(Number).find(holds);
    if (agent !== undefined) return agent;
  }
  throw new Error("the tracer started no agent");
}

/** The agent that the tracer starts for a service: gRPC and OpenTelemetry are in it. */
async function spawned(root, env, rate) {
  const { GST_PYROSCOPE_AGENT: _, ...own } = env;
  const child = spawn("gst-launch-1.0", ["-q", ...busy()], { env: { ...own, GST_TRACERS: `pyroscope(sample-rate=${rate})` }, stdio: "ignore" });
  const ended = new Promise((done) => child.once("exit", done));
  try {
    const { coresOfTarget, ...cost } = await steadyCost(await agentOf(child.pid, root), child.pid);
    return { threads, samplesPerSecond: coresOfTarget * rate, ...cost };
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

/** Of eight busy threads, as many samples as this machine has CPU for; the row `steady` has 800 a second on any. */
export async function agentRow(environment, root) {
  const row = { unit: "of one core, bytes" };
  const said = (name, figures) => {
    row[name] = figures;
    process.stderr.write(`agent: ${name}: ${(figures.shareOfACore * 100).toFixed(2)} % of a core\n`);
  };
  for (const rate of [100, 250]) {
    const { watched, summary } = await underRun(root, environment(""), ["--sample-rate", String(rate)], launch(35), steadyCost);
    const { coresOfTarget: _, ...cost } = watched;
    const samplesPerSecond = summary.profile.cpu.samples / (summary.target.durationNs / 1e9);
    said(`run, ${rate} Hz`, { threads, samplesPerSecond, ...cost, ringFull: summary.losses.ring_full });
  }
  for (const rate of [100, 250]) said(`spawned, servers down, ${rate} Hz`, await spawned(root, environment(""), rate));
  const servers = await openServers();
  try {
    const env = { ...environment(""), ...servers.environment };
    const cost = await spawned(root, env, 100);
    const { profiles, metrics } = await servers.taken();
    said("spawned, servers up, 100 Hz", { ...cost, taken: { profiles, metrics } });
  } finally {
    servers.close();
  }
  return row;
}

export async function sumsRow(environment, root) {
  const { summary, capture } = await underRun(root, environment(""), ["--sample-rate", "100"], launch(60), () => {});
  const { cpu } = summary.profile;
  const registered = capture.target.registeredCpuNs;
  process.stderr.write("sums: a minute\n");
  return {
    unit: "ratios over a minute",
    samples: cpu.samples,
    weightsOfRegistered: cpu.totalNs / registered,
    registeredOfProcess: registered / capture.target.processCpuNs,
    byElementOfTotal: Object.values(cpu.byElement).reduce((sum, ns) => sum + ns, 0) / cpu.totalNs,
    reachedRoot: cpu.reachedRoot / cpu.samples,
    losses: Object.fromEntries(Object.entries(summary.losses).filter(([, count]) => count !== 0)),
  };
}
