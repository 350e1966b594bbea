// Does the host stay as it was over time, with no server anywhere? A live pipeline, its agent, their memory each ten seconds.
// SPDX-License-Identifier: MPL-2.0
//   node test/bench/soak.mjs [--minutes 10]
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { findSegments } from "../../dist/attach/segments.js";
import { median } from "./measure.mjs";

const root = new URL("../../", import.meta.url).pathname;
const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } } });
const EVERY_MS = 10_000;
const WARM_UP_MS = 60_000;
const BAR_BYTES = 1 << 20;
const durationMs = Number(values.minutes) * 60_000;
if (!(durationMs >= 2 * WARM_UP_MS)) throw new Error("at least two minutes: the first one is the warm-up");

const pipeline =
  "videotestsrc is-live=true ! video/x-raw,width=640,height=360,framerate=30/1 ! videoconvert ! x264enc speed-preset=veryfast tune=zerolatency ! queue ! fakesink " +
  "audiotestsrc is-live=true samplesperbuffer=160 ! audio/x-raw,rate=16000 ! audioconvert ! audioresample ! queue ! fakesink";

/** RSS does not change when another process that shares a library ends; PSS does, and is what the process costs. */
function look(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) * 1024;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { rss: bytes("Rss"), pss: bytes("Pss"), cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100 };
}

function agentOf(target) {
  const inode = findSegments(target).places[0]?.inode;
  if (inode === undefined) return undefined;
  const others = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== target);
  return others.map(Number).find((pid) => findSegments(pid).places.some((place) => place.inode === inode));
}

function listens(port) {
  return new Promise((done) => {
    const socket = connect({ host: "localhost", port });
    socket.once("connect", () => done(true)).once("error", () => done(false)).once("connect", () => socket.destroy());
  });
}

/** Medians of three looks, so that one page more or less decides nothing. */
const growth = (looks, of) => median(looks.slice(-3).map(of)) - median(looks.slice(0, 3).map(of));

const scratch = mkdtempSync(join(tmpdir(), "gst-pyroscope-soak-"));
const env = { ...process.env, GST_PLUGIN_PATH: join(root, "build/plugin"), GST_REGISTRY: join(scratch, "registry.bin") };
for (const name of Object.keys(env)) if (/^(GST_PYROSCOPE_|PYROSCOPE_|OTEL_|GST_DEBUG)/.test(name)) delete env[name];
for (const port of [4040, 4317]) if (await listens(port)) throw new Error(`something listens on ${port}: the soak is about servers that are down`);

const child = spawn("gst-launch-1.0", ["-q", ...pipeline.split(" ")], { env: { ...env, GST_TRACERS: "pyroscope" }, stdio: "ignore" });
const ended = new Promise((done) => child.once("exit", (code, signal) => done({ code, signal })));
const looks = [];
const agents = new Set();
try {
  const begin = performance.now();
  await pause(5000);
  for (let due = begin + EVERY_MS; due <= begin + durationMs; due += EVERY_MS) {
    await pause(Math.max(0, due - performance.now()));
    const agent = agentOf(child.pid);
    if (agent !== undefined) agents.add(agent);
    const seconds = Math.round((performance.now() - begin) / 1000);
    looks.push({ seconds, target: look(child.pid), agent: agent === undefined ? null : look(agent) });
    process.stderr.write(`soak: ${seconds} s of ${durationMs / 1000}\n`);
  }
} finally {
  child.kill("SIGINT");
}
const { code } = await ended;
rmSync(scratch, { recursive: true, force: true });

const warm = looks.filter(({ seconds }) => seconds * 1000 >= WARM_UP_MS);
const withAgent = warm.filter(({ agent }) => agent !== null);
const last = looks.at(-1);
const cpu = (of) => (of(withAgent.at(-1)).cpuSeconds - of(withAgent[0]).cpuSeconds) / (withAgent.at(-1).seconds - withAgent[0].seconds);
const report = {
  minutes: Number(values.minutes),
  exitCode: code,
  agents: agents.size,
  target: { rss: last.target.rss, pss: last.target.pss, rssGrowth: growth(warm, (one) => one.target.rss), pssGrowth: growth(warm, (one) => one.target.pss) },
  agent: {
    rss: last.agent?.rss,
    rssMax: Math.max(...withAgent.map(({ agent }) => agent.rss)),
    rssGrowth: growth(withAgent, ({ agent }) => agent.rss),
    percentOfCore: 100 * cpu(({ agent }) => agent),
  },
  barBytes: BAR_BYTES,
  holds: code === 0 && agents.size === 1 && growth(warm, (one) => one.target.rss) <= BAR_BYTES,
  looks,
};
console.log(JSON.stringify(report, null, 1));
process.exitCode = report.holds ? 0 : 1;
