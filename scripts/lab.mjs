// What does a viewer live through when a pipeline becomes slow? A live stream, its profile and the session service on this machine.
//   lab.mjs [--data-dir DIR] [--port N] [--fault enc:burn=60ms@20s] …
// SPDX-License-Identifier: MPL-2.0
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { faultsOf } from "./lab/host-faults.mjs";
import { description, host, makeHost, needElements, tracer } from "./lab/pipeline.mjs";
import { end, start, until } from "./lab/processes.mjs";
import { needReadable } from "./lab/readable-faults.mjs";
import { asProgram, root, StepFailed } from "./steps.mjs";

const service = `${root}packages/serve/dist/serve.js`;

function needBuilds() {
  for (const file of [service, `${root}dist/cli.js`, `${root}build/plugin/libgstpyroscope.so`])
    if (!existsSync(file)) throw new StepFailed(`${file} is missing: run npm run setup && npm run build first.`);
}

/** "enc:burn=60ms@20s" → what, and how long after the start (milliseconds). */
export function timedFault(text) {
  const [, fault, seconds] = /^([^@]+)@(\d+(?:\.\d+)?)s$/.exec(text) ?? [];
  if (fault === undefined)
    throw new StepFailed(`fault=${text} cannot be read: write what and when, for example enc:burn=60ms@20s`);
  return { fault, afterMs: Number(seconds) * 1000 };
}

/** Resolves when the stream can be played. `hear(line)` gets what the lab has to tell; `env` is the service's; `signal` ends the start. */
export async function startLab({ dataDir, port = 0, env = {}, hear = () => {}, signal }) {
  needBuilds();
  needElements();
  makeHost();
  const folder = join(dataDir, "hls");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const running = [];
  const stop = async () => {
    const [serve, pipeline, ...rest] = running;
    await Promise.all([
      serve && end(serve, () => serve.child.kill("SIGTERM")),
      pipeline && end(pipeline, () => pipeline.child.stdin.write("quit\n")),
      ...rest.map((one) => end(one, () => one.child.kill("SIGTERM"))),
    ]);
  };
  try {
    return { ...(await startParts({ dataDir, folder, port, env, hear, running, signal })), running, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts({ dataDir, folder, port, env, hear, running, signal }) {
  const args = [service, "--lab", "--port", String(port), "--data-dir", join(dataDir, "store"), "--origin", folder];
  const serve = start("the session service", process.execPath, args, { ipc: true, env });
  running.push(serve);
  const line = (before) => serve.lines.find((one) => one.startsWith(before))?.slice(before.length);
  const demo = await until("the session service answers", () => line("demo player: "), { processes: running, signal });
  const pipeline = start("the pipeline", host, [description(folder)], { env: tracer });
  running.push(pipeline);
  const tell = faultsOf(pipeline);
  const parts = { tell, serve, hear };
  serve.child.on("message", (message) => pass(message, parts));
  const url = line("listening on ");
  await until("a playlist", () => existsSync(join(folder, "playlist.m3u8")), { processes: running, signal });
  const cli = [`${root}dist/cli.js`, "live", String(pipeline.child.pid)];
  const page = start("the address of the live page", process.execPath, cli);
  running.push(page);
  const live = await until("the live page", () => page.lines.find((one) => one.startsWith("http")), {
    processes: [serve, pipeline, page],
    signal,
  });
  return { url, dashboard: line("dashboard: "), demo, live, metrics: `${url}/api/metrics`, tell };
}

/** A fault that was asked for at the service, which waits for the answer; without a line it is the service's own. */
async function pass({ id, fault, line }, { tell, serve, hear }) {
  const problem = line === null ? null : await tell(line);
  hear(problem === null ? `fault: ${JSON.stringify(fault)}` : `no fault: ${problem.reason}`);
  if (serve.child.connected) serve.child.send({ id, problem }, () => {}); // it may have ended; its end is what counts
}

export async function makeFault(url, fault) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${url}/lab/fault`, { method: "POST", headers, body: JSON.stringify({ fault }) });
  if (!answer.ok) throw new StepFailed(`fault=${fault}: ${(await answer.json()).reason}`);
}

function show(lab, dataDir) {
  console.log(`dashboard:    ${lab.dashboard}`);
  console.log(`demo player:  ${lab.demo}?autostart=1`);
  console.log(`live page:    ${lab.live}`);
  console.log(`metrics:      ${lab.metrics}`);
  console.log(`data:         ${dataDir}\nCtrl-C ends all of it; only the data stays.`);
}

function options(args) {
  const known = { "data-dir": { type: "string" }, port: { type: "string" }, fault: { type: "string", multiple: true } };
  try {
    return parseArgs({ args, options: known }).values;
  } catch (error) {
    throw new StepFailed(`${error.message.split(". ")[0]}; there are --data-dir, --port and --fault`, 2);
  }
}

await asProgram(import.meta.url, async (args) => {
  const values = options(args);
  const faults = (values.fault ?? []).map(timedFault);
  needBuilds();
  await needReadable(faults);
  const dataDir = resolve(values["data-dir"] ?? mkdtempSync(join(tmpdir(), "gst-pyroscope-lab-")));
  const wish = new AbortController();
  const asked = new Promise((done) => wish.signal.addEventListener("abort", () => done("asked")));
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(name, () => wish.abort());
  const lab = await startLab({ dataDir, port: values.port, hear: console.log, signal: wish.signal }).catch((error) => {
    if (!wish.signal.aborted) throw error;
  });
  if (lab === undefined) return; // all that was started has ended
  show(lab, dataDir);
  const failed = (error) => console.error(error.message);
  const timers = faults.map(({ fault, afterMs }) => setTimeout(() => makeFault(lab.url, fault).catch(failed), afterMs));
  const why = await Promise.race([asked, ...lab.running.slice(0, 2).map(({ name, ended }) => ended.then(() => name))]);
  for (const timer of timers) clearTimeout(timer);
  await lab.stop();
  if (why !== "asked") throw new StepFailed(`${why} has ended by itself: ${lab.running[0].errors.slice(-600)}`);
});
