// What does a viewer live through when a pipeline becomes slow? A live stream, its profile and the session service on this machine.
//   lab.mjs [--pipeline demo|x264|disk|ladder|chain] [--fault enc:burn=60ms@20s+30s] … [--data-dir DIR] [--port N]
// SPDX-License-Identifier: MPL-2.0
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { startBurners } from "./lab/burners.mjs";
import { makeHost, needElements } from "./lab/host.mjs";
import { pipelines } from "./lab/pipelines.mjs";
import { end, start, until } from "./lab/processes.mjs";
import { needReadable } from "./lab/readable-faults.mjs";
import { pipelineNamed, runningPipelines } from "./lab/running-pipelines.mjs";
import { shiftedClock } from "./lab/shifted-clock.mjs";
import { asProgram, root, StepFailed } from "./steps.mjs";

const service = `${root}packages/serve/dist/serve.js`;
/** More urgent than the pipeline, where this user may: the pipeline is to get too little. */
const BURNER_NICE = -5;

function needBuilds() {
  for (const file of [service, `${root}dist/cli.js`, `${root}build/plugin/libgstpyroscope.so`])
    if (!existsSync(file)) throw new StepFailed(`${file} is missing: run npm run setup && npm run build first.`);
}

/** "enc:burn=60ms@20s+30s" → what, how long after the start, and for how long (milliseconds; null: for good). */
export function timedFault(text) {
  const [, fault, after, lasts] = /^([^@]+)@(\d+(?:\.\d+)?)s(?:\+(\d+(?:\.\d+)?)s)?$/.exec(text) ?? [];
  if (fault === undefined)
    throw new StepFailed(
      `fault=${text} cannot be read: write what and when, for example enc:burn=60ms@20s, or enc:burn=60ms@20s+30s to end it after 30 s`,
    );
  return { fault, afterMs: Number(after) * 1000, lastsMs: lasts === undefined ? null : Number(lasts) * 1000 };
}

/**
 * Resolves when the streams can be played. `hear(line)` gets what the lab has to tell; `env` is the service's; `signal` ends the start;
 * `agentClock`: by how much the clock of the pipeline's machine is wrong, as "+20s".
 */
export async function startLab({
  dataDir,
  port = 0,
  pipeline = "demo",
  env = {},
  agentClock,
  hear = () => {},
  signal,
}) {
  pipelineNamed(pipeline);
  needBuilds();
  needElements();
  makeHost();
  const folder = join(dataDir, "hls");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const parts = { others: [], burners: null };
  const stop = async () => {
    await Promise.all([
      parts.serve && end(parts.serve, () => parts.serve.child.kill("SIGTERM")),
      parts.run?.stop(),
      parts.burners?.stop(),
      ...parts.others.map((one) => end(one, () => one.child.kill("SIGTERM"))),
    ]);
  };
  try {
    return { ...(await startParts({ dataDir, folder, port, pipeline, env, agentClock, hear, signal }, parts)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts({ dataDir, folder, port, pipeline, env, agentClock, hear, signal }, parts) {
  const args = [service, "--lab", "--port", String(port), "--data-dir", join(dataDir, "store"), "--origin", folder];
  const serve = start("the session service", process.execPath, args, { ipc: true, env });
  parts.serve = serve;
  const line = (before) => serve.lines.find((one) => one.startsWith(before))?.slice(before.length);
  const demo = await until("the session service answers", () => line("demo player: "), { processes: [serve], signal });
  const url = line("listening on ");
  const clock = agentClock === undefined ? {} : shiftedClock(agentClock, dataDir);
  const run = await runningPipelines({ name: pipeline, folder, service: url, env: clock });
  parts.run = run;
  run.start();
  serve.child.on("message", (message) => pass(message, parts, hear));
  await run.ready((processes) => ({ processes: [serve, ...processes], signal }));
  const live = await liveAddress(parts, signal);
  const players = run.streams.map(({ stream, playlist }) => ({
    stream,
    player: `${demo}?${new URLSearchParams({ autostart: "1", stream, source: `/live/${playlist}` })}`,
  }));
  const failed = Promise.race([run.failed, serve.ended.then(() => serve)]);
  return {
    url,
    dashboard: line("dashboard: "),
    players,
    live,
    metrics: `${url}/api/metrics`,
    tell: (line) => run.tell(line),
    failed,
  };
}

/** Of the process that writes the segments. Its agent may not have come so far, or be too busy to answer: it is asked again. */
function liveAddress({ serve, run, others }, signal) {
  const cli = [`${root}dist/cli.js`, "live", String(run.processes[0].child.pid)];
  const pages = [];
  const ask = () => {
    pages.unshift(start("the address of the live page", process.execPath, cli));
    others.push(pages[0]);
  };
  const found = () => {
    if (pages.length === 0 || pages[0].child.exitCode) ask();
    return pages[0].lines.find((one) => one.startsWith("http"));
  };
  const told = () => pages.map(({ errors }) => errors.trim()).find((text) => text !== "") ?? "";
  return until("the live page", found, { processes: [serve, ...run.processes], signal }).catch((error) => {
    throw new StepFailed(`${error.message} ${told()}`.trim());
  });
}

/** A fault that was asked for at the service, which waits for the answer; without a line it is the service's own, or this lab's. */
async function pass({ id, fault, line }, parts, hear) {
  if (fault.kind === "kill") parts.run.kill();
  await burn(fault, parts);
  const problem = line === null ? null : await parts.run.tell(line);
  hear(problem === null ? `fault: ${JSON.stringify(fault)}` : `no fault: ${problem.reason}`);
  const { child } = parts.serve;
  if (child.connected) child.send({ id, problem }, () => {}); // it may have ended; its end is what counts
}

async function burn(fault, parts) {
  if (fault.kind !== "burners" && fault.kind !== "none") return;
  await parts.burners?.stop();
  parts.burners = fault.kind === "burners" ? startBurners({ count: fault.count, nice: BURNER_NICE }) : null;
}

export async function makeFault(url, fault) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${url}/lab/fault`, { method: "POST", headers, body: JSON.stringify({ fault }) });
  if (!answer.ok) throw new StepFailed(`fault=${fault}: ${(await answer.json()).reason}`);
}

function show(lab, dataDir) {
  console.log(`dashboard:    ${lab.dashboard}`);
  for (const { player } of lab.players) console.log(`demo player:  ${player}`);
  console.log(`live page:    ${lab.live}`);
  console.log(`metrics:      ${lab.metrics}`);
  console.log(`data:         ${dataDir}\nCtrl-C ends all of it; only the data stays.`);
}

const help = `npm run lab -- [options]

  --pipeline NAME   what runs; demo without it:
${Object.entries(pipelines)
  .map(([name, { about }]) => `                      ${name.padEnd(8)}${about}`)
  .join("\n")}
  --fault WHAT@WHEN[+LENGTH]   several may be given; without a length it stays. For example:
                      enc:burn=60ms@20s       from the 20th second on each picture costs 60 ms of CPU time more
                      enc:sleep=1.5x@20s+30s  half a minute of waiting, 1.5 times as long as a picture may take
                      enc:lock=1.5x@20s       the same, waiting for a lock that another thread holds
                      source:gap=6s@20s       the source is silent once
                      net:rate=25kB/s@20s     the delivery is slow; net:stop and net:status=500 are worse
                      net:program-time=off@0s the playlist as hlssink2 writes it
                      disk:rate=1.5x@20s      with --pipeline disk; x264:content=snow@20s with --pipeline x264
                      host:burners=4@20s      other processes want the CPUs, before the pipeline where this user may
                      pipeline:kill@20s+15s   the pipeline's process is killed, and started again
                    Places of demo: pre and enc before the encoder, post after it, aud in the audio branch; of
                    ladder: enc-high, enc-mid, enc-low.
  --data-dir DIR    keeps the store there and goes on with it; otherwise in a new folder
  --port N          of the session service; otherwise a free one`;

function options(args) {
  const text = { type: "string" };
  const known = { "data-dir": text, port: text, pipeline: text, fault: { ...text, multiple: true } };
  try {
    return parseArgs({ args, options: { ...known, help: { type: "boolean" } } }).values;
  } catch (error) {
    throw new StepFailed(`${error.message.split(". ")[0]}; --help shows what there is`, 2);
  }
}

function timersOf(faults, url) {
  const timers = [];
  const at = (ms, fault) =>
    timers.push(setTimeout(() => makeFault(url, fault).catch((error) => console.error(error.message)), ms));
  for (const { fault, afterMs, lastsMs } of faults) {
    at(afterMs, fault);
    if (lastsMs !== null) at(afterMs + lastsMs, "none");
  }
  return { clear: () => timers.forEach(clearTimeout) };
}

await asProgram(import.meta.url, async (args) => {
  const values = options(args);
  if (values.help) return console.log(help);
  const faults = (values.fault ?? []).map(timedFault);
  needBuilds();
  await needReadable(faults);
  const dataDir = resolve(values["data-dir"] ?? mkdtempSync(join(tmpdir(), "gst-pyroscope-lab-")));
  const wish = new AbortController();
  const asked = new Promise((done) => wish.signal.addEventListener("abort", () => done(null)));
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(name, () => wish.abort());
  const { port, pipeline } = values;
  const lab = await startLab({ dataDir, port, pipeline, hear: console.log, signal: wish.signal }).catch((error) => {
    if (!wish.signal.aborted) throw error;
  });
  if (lab === undefined) return; // all that was started has ended
  show(lab, dataDir);
  const timers = timersOf(faults, lab.url);
  const failed = await Promise.race([asked, lab.failed]);
  timers.clear();
  await lab.stop();
  if (failed !== null) throw new StepFailed(`${failed.name} has ended by itself: ${failed.errors.slice(-600)}`);
});
