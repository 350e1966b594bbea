// Does sending take longer while 200 pages follow the live stream, and one of them never reads?
//
//   node packages/serve/test/load/followers.mjs [--rounds 6] [--seconds 5] [--followers 200] [--rate 200] [--json]
//
// Two services get the same events in one run. In turn the followers are those of the one that is measured, and of its twin: so the
// machine has the same to do in both rounds, and only what they cost the service itself makes a difference. Exit code 1: a follower missed a frame or got one twice, or a request was not answered 202.
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const me = fileURLToPath(import.meta.url);
const program = fileURLToPath(new URL("../../dist/serve.js", import.meta.url));
const headers = { "X-MTrace-Token": "demo-token" };
const BATCH = 10;
/** The kernel's unit in /proc, milliseconds. */
const JIFFY_MS = 10;

const text = { type: "string" };
const { values } = parseArgs({
  options: { rounds: text, seconds: text, followers: text, rate: text, follow: text, json: { type: "boolean" } },
});
const number = (name, usual) => Number(values[name] ?? usual);
const [rounds, seconds] = [number("rounds", 6), number("seconds", 5)];
const [followers, rate] = [number("followers", 200), number("rate", 200)];
const agent = new Agent({ keepAlive: true });

/** What the process of the followers does: counts frames until its input ends, then tells each one's number. */
async function follow(url) {
  const counts = await Promise.all(Array.from({ length: followers }, () => followOne(url)));
  neverReads(url);
  console.log("ready");
  process.stdin.resume();
  await once(process.stdin, "end");
  const frames = counts.map(({ ids }) => ids);
  console.log(JSON.stringify({ frames: frames.map((ids) => ids.length), steady: frames.every(isSteady) }));
  process.exit(0);
}

const isSteady = (ids) => ids.slice(1).every((id, index) => id === ids[index] + 1);

function followOne(url) {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/api/stream-sessions/stream`, { headers }, (answer) => {
      const ids = [];
      let rest = "";
      answer.setEncoding("latin1").on("data", (piece) => {
        const frames = (rest + piece).split("\n\n");
        rest = frames.pop();
        for (const frame of frames) if (frame.startsWith("id: ")) ids.push(Number.parseInt(frame.slice(4), 10));
      });
      resolve({ ids });
    });
    asked.once("error", reject).end();
  });
}

function neverReads(url) {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) }, () => {
    socket.pause();
    socket.write(`GET /api/stream-sessions/stream HTTP/1.1\r\nHost: ${host}\r\nX-MTrace-Token: demo-token\r\n\r\n`);
  });
}

/** A line of the child's output that matches. */
async function lineOf(child, pattern) {
  let printed = "";
  for await (const piece of child.stdout) {
    printed += piece;
    const found = pattern.exec(printed);
    if (found !== null) return found;
  }
  throw new Error(`the process ended without ${pattern}: ${printed}`);
}

async function started() {
  const folder = mkdtempSync(join(tmpdir(), "serve-followers-"));
  const limits = ["--rate-limit-capacity", "1000000000", "--rate-limit-refill", "1000000000"];
  const args = [program, "--lab", "--port", "0", "--data-dir", folder, ...limits];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(child, "close");
  const [, url] = await lineOf(child, /listening on (\S+)\n/);
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, pid: child.pid, stop };
}

function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * JIFFY_MS;
}

const event = (session_id) => ({
  ...{ event_name: "metrics_sampled", project_id: "demo", session_id, client_timestamp: new Date().toISOString() },
  ...{ sdk: { name: "followers", version: "1.0.0" }, meta: { buffer_ms: 6500 } },
});

/** Milliseconds until the answer; NaN: it was not 202. */
function post(url) {
  const at = performance.now();
  const body = JSON.stringify({ schema_version: "1.0", events: Array.from({ length: BATCH }, () => event("s")) });
  return new Promise((resolve) => {
    const asked = request(`${url}/api/playback-events`, { method: "POST", agent, headers }, (answer) => {
      const { statusCode } = answer;
      answer.resume().once("end", () => resolve(statusCode === 202 ? performance.now() - at : Number.NaN));
    });
    asked.once("error", () => resolve(Number.NaN)).end(body);
  });
}

/** At times that were set before, however long answers take. */
async function round(url, twin) {
  const [took, others] = [[], []];
  const begin = performance.now();
  const total = Math.round((seconds * rate) / BATCH);
  for (let sent = 0; sent < total; sent++) {
    const due = begin + (sent * BATCH * 1000) / rate;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    took.push(post(url));
    others.push(post(twin));
  }
  await Promise.all(others);
  return Promise.all(took);
}

/** `followed`: one of the two. */
async function roundWithFollowers(url, twin, followed) {
  // Pages are on other machines: here their work is done while nobody else wants the processor.
  const args = ["-n", "19", process.execPath, me, "--follow", followed, "--followers", String(followers)];
  const child = spawn("nice", args, { stdio: "pipe" });
  child.stdout.setEncoding("utf8");
  child.stderr.pipe(process.stderr);
  let printed = "";
  child.stdout.on("data", (piece) => (printed += piece));
  const until = async (holds) => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const subscribers = async () => (await (await fetch(`${followed}/api/status`, { headers })).json()).subscribers;
  await until(() => printed.includes("ready\n"));
  await until(async () => (await subscribers()) === followers + 1);
  const took = await round(url, twin);
  await new Promise((resolve) => setTimeout(resolve, 500)); // frames are gathered for 20 ms
  child.stdin.end();
  await once(child, "close");
  await until(async () => (await subscribers()) === 0);
  return { took, ...JSON.parse(printed.replace("ready\n", "")) };
}

async function measure() {
  const [service, twin] = [await started(), await started()];
  const [without, withThem] = [
    { took: [], cpuMs: 0, followed: twin.url },
    { took: [], cpuMs: 0, followed: service.url },
  ];
  let isWhole = true;
  for (let at = 0; at < rounds * 2; at++) {
    const side = at % 2 === 0 ? without : withThem;
    const before = cpuMs(service.pid);
    const { took, frames, steady } = await roundWithFollowers(service.url, twin.url, side.followed);
    side.cpuMs += cpuMs(service.pid) - before;
    side.took.push(...took);
    isWhole &&= steady && frames.length === followers && frames.every((count) => count === took.length * BATCH);
  }
  await Promise.all([service.stop(), twin.stop()]);
  return { without: figures(without), with: figures(withThem), isWhole };
}

function figures({ took, cpuMs: cpu }) {
  const sorted = took.filter((ms) => !Number.isNaN(ms)).sort((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.floor(sorted.length * share)] * 100) / 100;
  return {
    requests: took.length,
    failed: took.length - sorted.length,
    p50Ms: at(0.5),
    p90Ms: at(0.9),
    p99Ms: at(0.99),
    cpuMs: cpu,
  };
}

if (values.follow !== undefined) await follow(values.follow);
const found = await measure();
const ratio = (name) => Math.round((found.with[name] / found.without[name]) * 1000) / 1000;
const result = { followers, ...found, p50Ratio: ratio("p50Ms"), p99Ratio: ratio("p99Ms"), machineLoad: loadavg()[0] };
console.log(values.json ? JSON.stringify(result) : result);
process.exitCode = found.isWhole && found.with.failed + found.without.failed === 0 ? 0 : 1;
