// What does the agent cost, and do the samples add up to what the kernel says? One minute of eight busy threads.
// SPDX-License-Identifier: MPL-2.0
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const ticksPerSecond = Number(spawnSync("getconf", ["CLK_TCK"], { encoding: "utf8" }).stdout);
const threads = 8;

function busy() {
  const one = `videotestsrc pattern=smpte ! video/x-raw,width=320,height=240 ! videoconvert ! video/x-raw,format=RGB ! videoscale ! video/x-raw,width=640,height=480 ! fakesink`;
  return Array.from({ length: threads }, () => one).join(" ").split(" ");
}

function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function highestRss(pid) {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024;
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

const launch = (seconds) => ["timeout", "--preserve-status", "-s", "INT", String(seconds), "gst-launch-1.0", "-q", "-e", ...busy()];

/** Share of a core between two instants in mid-run: neither the start of Node nor the report at the end is in it. */
async function steadyCost(pid) {
  await pause(12_000);
  const before = { cpu: cpuSeconds(pid), at: performance.now() };
  await pause(20_000);
  const share = (cpuSeconds(pid) - before.cpu) / ((performance.now() - before.at) / 1000);
  return { share, rss: highestRss(pid) };
}

/**
 * A machine with fewer than eight cores gives eight busy threads fewer ticks than 800 a second; the rate is raised until
 * it does, up to the kernel's own tick. Both the share and the samples it was measured at are said.
 */
export async function agentRow(environment, root) {
  const row = { unit: "of one core, bytes" };
  for (const rate of [100, 250]) {
    const { watched, summary } = await underRun(root, environment(""), ["--sample-rate", String(rate)], launch(35), steadyCost);
    row[`${rate} Hz`] = {
      threads,
      samplesPerSecond: summary.profile.cpu.samples / (summary.target.durationNs / 1e9),
      shareOfACore: watched.share,
      rssBytes: watched.rss,
      ringFull: summary.losses.ring_full,
    };
    process.stderr.write(`agent: ${rate} Hz\n`);
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
