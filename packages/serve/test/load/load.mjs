// How many events a second does the built service take, is each accepted one in the store, and what does it cost the machine?
//
//   node packages/serve/test/load/load.mjs [--seconds 60] [--rate 5000] [--batch 10] [--sessions 500] [--sockets 64] [--json]
//   node packages/serve/test/load/load.mjs --burst   15 000 events a second for 20 s, and for 4 s of them the disk does not take a byte
//
// Sends at times that were set before, however long answers take. Exit code 1: rows and answers do not agree, or an answer was
// neither 202 nor the 503 of a service that has too much to write; in a burst also: no 503 came, or more than 300 MB were used.
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import Better from "better-sqlite3";

const program = fileURLToPath(new URL("../../dist/serve.js", import.meta.url));
const HEADERS = { "X-MTrace-Token": "demo-token" };
const TICK_MS = 10;
/** Of a burst: when the disk stops, and for how long. */
const [HELD_FROM_MS, HELD_MS] = [3000, 4000];
/** Of a service that is sent more than it can store. */
const MOST_MB = 300;
/** The kernel's unit in /proc, milliseconds. */
const JIFFY_MS = 10;

const [text, flag] = [{ type: "string" }, { type: "boolean" }];
const { values } = parseArgs({
  options: { seconds: text, rate: text, batch: text, sessions: text, sockets: text, json: flag, burst: flag },
});
const usual = values.burst
  ? { seconds: 20, rate: 15_000, batch: 100, sockets: 1000 }
  : { seconds: 60, rate: 5000, batch: 10, sockets: 64 };
const seconds = Number(values.seconds ?? usual.seconds);
const rate = Number(values.rate ?? usual.rate);
const size = Number(values.batch ?? usual.batch);
const sessions = Number(values.sessions ?? 500);

const agent = new Agent({ keepAlive: true, maxSockets: Number(values.sockets ?? usual.sockets) });

/** The service with a folder of its own and without a rate limit. */
async function started() {
  const folder = mkdtempSync(join(tmpdir(), "serve-load-"));
  const limits = ["--rate-limit-capacity", "1000000000", "--rate-limit-refill", "1000000000"];
  const args = [program, "--lab", "--port", "0", "--data-dir", folder, ...limits];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const url = await new Promise((resolve, reject) => {
    let printed = "";
    child.once("close", (code) => reject(new Error(`the service ended with ${code}`)));
    child.stdout.on("data", (piece) => {
      printed += piece;
      const [, address] = /listening on (\S+)\n/.exec(printed) ?? [];
      if (address !== undefined) resolve(address);
    });
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, pid: child.pid, folder, stop };
}

/** Milliseconds of CPU of all its threads. */
function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * JIFFY_MS;
}

/** The most memory that it had, MB. */
function peakMb(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
}

/** Another program holds the lock of those who write, for less time than the service waits for it: nothing is committed meanwhile. */
function holdDisk(folder) {
  const db = new Better(join(folder, "sessions.sqlite"));
  db.exec("BEGIN IMMEDIATE");
  setTimeout(() => {
    db.exec("ROLLBACK");
    db.close();
  }, HELD_MS);
}

const sequences = new Map();

function body(number) {
  const session_id = `load-${number % sessions}`;
  const first = sequences.get(session_id) ?? 0;
  sequences.set(session_id, first + size);
  const events = Array.from({ length: size }, (_, index) => ({
    event_name: index === 0 ? "segment_loaded" : "metrics_sampled",
    project_id: "demo",
    session_id,
    client_timestamp: new Date().toISOString(),
    sequence_number: first + index,
    sdk: { name: "load", version: "1.0.0" },
    meta: { stream_id: "demo", buffer_ms: 6500, live_latency_ms: 8400, "network.kind": "segment" },
  }));
  return JSON.stringify({ schema_version: "1.0", events });
}

/** Resolves to its status, 0: no answer. */
function post(url, text) {
  return new Promise((resolve) => {
    const asked = request(`${url}/api/playback-events`, { method: "POST", agent, headers: HEADERS }, (answer) => {
      answer.resume().once("end", () => resolve(answer.statusCode));
    });
    asked.once("error", () => resolve(0)).end(text);
  });
}

async function send(url) {
  const total = Math.round((rate * seconds) / size);
  const [statuses, took, waiting] = [{}, [], new Set()];
  const begin = performance.now();
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - begin) / 1000) * (rate / size)));
    for (; sent < due; sent++) {
      const at = performance.now();
      const one = post(url, body(sent)).then((status) => {
        statuses[status] = (statuses[status] ?? 0) + 1;
        took.push(performance.now() - at);
        waiting.delete(one);
      });
      waiting.add(one);
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(waiting);
  return { statuses, took: took.sort((a, b) => a - b), wallMs: performance.now() - begin };
}

const service = await started();
const before = cpuMs(service.pid);
if (values.burst) setTimeout(() => holdDisk(service.folder), HELD_FROM_MS);
const { statuses, took, wallMs } = await send(service.url);
const cpu = cpuMs(service.pid) - before;
const status = await (await fetch(`${service.url}/api/status`, { headers: HEADERS })).json();
const memory = peakMb(service.pid);
await service.stop();

const at = (share) => Math.round((took[Math.floor(took.length * share)] ?? 0) * 10) / 10;
const accepted = (statuses[202] ?? 0) * size;
const dropped = (statuses[503] ?? 0) * size;
const result = {
  sent: took.length * size,
  accepted,
  rows: status.store.events,
  dropped,
  droppedByMetrics: status.counters.mtrace_dropped_events_total,
  statuses,
  eventsPerSecond: Math.round((accepted / wallMs) * 1000),
  p50Ms: at(0.5),
  p99Ms: at(0.99),
  cpuCores: Math.round((cpu / wallMs) * 1000) / 1000,
  cpuMicrosPerEvent: Math.round((cpu * 1000) / Math.max(1, accepted)),
  peakMb: Math.round(memory),
  eventsPerCommit: Math.round(status.store.events / Math.max(1, status.store.commits)),
  machineLoad: loadavg()[0],
};
const agrees = result.rows === accepted && dropped === result.droppedByMetrics && accepted + dropped === result.sent;
console.log(values.json ? JSON.stringify(result) : result);
const isBounded = memory <= MOST_MB && dropped > 0;
process.exitCode = agrees && (isBounded || !values.burst) ? 0 : 1;
