// Is every acknowledged event kept when the process is killed under load, at any instant? node kill.mjs [--times N] [--seed N] [--server]
// SPDX-License-Identifier: MPL-2.0
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle, storeWorker } from "../helpers/bundle.mjs";

const builtServer = fileURLToPath(new URL("../../dist/serve.js", import.meta.url));
export const isBuilt = existsSync(builtServer);
const startMs = 2000;

/** Random numbers in [0, 1), the same for the same seed. @param {number} seed */
const randomOf = (seed) => () => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return (seed >>> 8) / 2 ** 24;
};

/** The first line that begins so. @param {import("node:readline").Interface} lines @param {string} start */
const lineOf = (lines, start) =>
  new Promise((resolve, reject) => {
    lines.on("line", (line) => line.startsWith(start) && resolve(line.slice(start.length).trim()));
    lines.once("close", () => reject(new Error(`the process ended before it printed "${start}"`)));
  });

const start = (args) => {
  const began = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  return { began, child, ended: once(child, "close"), lines: createInterface({ input: child.stdout }), acks: [] };
};

/** The store alone, in a process that loads it. */
const storeTarget = async () => {
  const [program, worker] = [await bundle("test/kill/store-under-load.ts", "load.js"), await storeWorker()];
  return async (directory, round) => {
    const run = start([fileURLToPath(program), fileURLToPath(worker), directory, String(round)]);
    run.lines.on("line", (line) => {
      const [, sessionId, first, count] = /^ack (\S+) (\d+) (\d+)$/.exec(line) ?? [];
      if (sessionId) run.acks.push({ sessionId, first: Number(first), count: Number(count) });
    });
    await lineOf(run.lines, "ready");
    return { ...run, tookMs: performance.now() - run.began };
  };
};

const bodyOf = (sessionId, first) => {
  const common = { project_id: "demo", session_id: sessionId, event_name: "segment_loaded" };
  const sdk = { name: "kill", version: "1" };
  const client_timestamp = new Date().toISOString();
  const events = Array.from({ length: 10 }, (_, i) => ({
    ...common,
    client_timestamp,
    sdk,
    sequence_number: first + i,
  }));
  return JSON.stringify({ schema_version: "1.0", events });
};

/** Sends batches until the server is no more. */
const sendTo = async (address, sessionId, acks) => {
  const headers = { "content-type": "application/json", "x-mtrace-token": "demo-token" };
  for (let first = 0; ; first += 10) {
    const body = bodyOf(sessionId, first);
    const answer = await fetch(`${address}/api/playback-events`, { method: "POST", headers, body }).catch(() => null);
    if (!answer) return;
    if (answer.status === 202) acks.push({ sessionId, first, count: 10 });
    await answer.text().catch(() => "");
  }
};

/** The built service, over HTTP. */
const serverTarget = async () => async (directory, round) => {
  const limits = ["--rate-limit-capacity", "1000000", "--rate-limit-refill", "1000000"];
  const run = start([builtServer, "--lab", "--port", "0", "--data-dir", directory, ...limits]);
  const address = await lineOf(run.lines, "listening on ");
  const tookMs = performance.now() - run.began;
  for (let i = 0; i < 10; i++) void sendTo(address, `kill-${round}-${i}`, run.acks);
  return { ...run, tookMs };
};

const until = async (condition, ended) => {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!condition() && !over) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** How long a start takes on this machine at this moment, in an empty directory. */
const emptyStartMs = async (target) => {
  const directory = mkdtempSync(join(tmpdir(), "gst-pyroscope-kill-"));
  const { child, ended, tookMs } = await target(directory, "empty");
  child.kill("SIGKILL");
  await ended;
  rmSync(directory, { recursive: true, force: true });
  return tookMs;
};

/**
 * Each process goes on in the directory that the killed one left. A start may take 2 s; on a machine that is so busy
 * that it takes longer, four times as long as one in an empty directory takes right then.
 */
export async function kill({ times = 20, seed = 1, server = false, say = (_line) => {} } = {}) {
  const { verify } = await import(String(await bundle("test/kill/verify.ts", "verify.js")));
  const target = await (server ? serverTarget() : storeTarget());
  const directory = mkdtempSync(join(tmpdir(), "gst-pyroscope-kill-"));
  const random = randomOf(seed);
  const result = { kills: 0, acknowledged: 0, kept: 0, slowestStartMs: 0 };
  let run = await target(directory, 0);
  try {
    let newestIngest = 0;
    for (let round = 1; round <= times; round++) {
      const { acks, child, ended } = run;
      await until(() => acks.length >= 20, ended);
      await new Promise((resolve) => setTimeout(resolve, random() * 400));
      assert.ok(
        child.kill("SIGKILL") && acks.length >= 20,
        "the process was alive and acknowledged until it was killed",
      );
      await ended;
      run = await target(directory, round);
      const found = verify(directory, acks, newestIngest);
      const acknowledged = acks.reduce((sum, { count }) => sum + count, 0);
      say(
        `kill ${round}: ${acknowledged} events acknowledged, all kept of ${found.events}; start ${run.tookMs.toFixed(0)} ms`,
      );
      if (run.tookMs > startMs) {
        const emptyMs = await emptyStartMs(target);
        assert.ok(run.tookMs <= 4 * emptyMs, `a start took ${run.tookMs} ms, one in an empty directory ${emptyMs} ms`);
      }
      result.slowestStartMs = Math.max(result.slowestStartMs, run.tookMs);
      result.kills++;
      result.acknowledged += acknowledged;
      result.kept = found.events;
      newestIngest = found.newestIngest;
    }
    return result;
  } finally {
    run.child.kill("SIGKILL");
    await run.ended;
    rmSync(directory, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = { times: { type: "string" }, seed: { type: "string" }, server: { type: "boolean" } };
  const { times = "20", seed = String(Date.now() % 1e6), server = false } = parseArgs({ options }).values;
  console.log(`${times} kills of ${server ? "the service" : "the store"}, seed ${seed}`);
  const result = await kill({ times: Number(times), seed: Number(seed), server, say: console.log });
  console.log(`every acknowledged event was kept: ${JSON.stringify(result)}`);
}
