// How do the processes of one of the lab's pipelines run, die by a fault, come back, and hear of faults?
// SPDX-License-Identifier: MPL-2.0
import { createSocket } from "node:dgram";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { StepFailed } from "../steps.mjs";
import { host, tracer } from "./host.mjs";
import { faultsOf } from "./host-faults.mjs";
import { pipelines } from "./pipelines.mjs";
import { end, start, until } from "./processes.mjs";

/** Which pipeline is meant; its name is a person's. */
export function pipelineNamed(name) {
  if (Object.hasOwn(pipelines, name)) return pipelines[name];
  throw new StepFailed(`pipeline=${name} is unknown: there are ${Object.keys(pipelines).join(", ")}`, 2);
}

/** A UDP port that is free at present. */
function freePort() {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4").once("error", reject);
    socket.bind(0, "127.0.0.1", () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

/** Nothing is started yet. `folder`: where the segments go; `service`: address of the session service; `env`: more variables. */
export async function runningPipelines({ name, folder, service, env = {} }) {
  // A location with one of these would end its word.
  if (/["\\]/.test(folder)) throw new StepFailed(`data-dir=${folder}: a quote or a backslash cannot be in its name`);
  const { processes, streams } = pipelineNamed(name);
  return new RunningPipelines({ folder, service, env, streams, parts: processes({ folder, port: await freePort() }) });
}

class RunningPipelines {
  #folder;
  #service;
  #env;
  #parts;
  #running = [];
  #failed;
  #isKilled = false;

  constructor({ folder, service, env, streams, parts }) {
    Object.assign(this, { streams });
    this.#folder = folder;
    this.#service = service;
    this.#env = env;
    this.#parts = parts;
    /** Resolves to the name of a process that ended by itself. */
    this.failed = new Promise((resolve) => (this.#failed = resolve));
  }

  get processes() {
    return this.#running.map(({ process }) => process);
  }

  start() {
    for (const { playlist } of this.streams) mkdirSync(dirname(join(this.#folder, playlist)), { recursive: true });
    for (const part of this.#parts) this.#begin(part);
  }

  #begin(part) {
    const { name, graph, stream, slowDisk = false } = part;
    const env = { ...tracer({ stream, service: this.#service }), ...this.#env };
    const process = start(name, host, [...(slowDisk ? ["--slow-disk"] : []), graph], { env });
    const entry = { part, process, tell: faultsOf(process), isExpected: false };
    this.#running.push(entry);
    process.ended.then(() => !entry.isExpected && this.#failed(process));
  }

  /** Until each stream can be played. */
  async ready(more) {
    const playlists = this.streams.map(({ playlist }) => join(this.#folder, playlist));
    await until("a playlist", () => playlists.every((file) => existsSync(file)), more(this.processes));
  }

  /** A line for whichever process has the place; resolves to null, or to why not. */
  async tell(line) {
    if (line === "none" && this.#isKilled) this.#revive();
    const answers = [];
    for (const { tell } of this.#running) {
      const problem = await tell(line);
      if (problem === null && line !== "none") return null;
      answers.push(problem);
    }
    const problems = answers.filter((problem) => problem !== null);
    if (problems.length < answers.length) return null;
    return problems.find(({ status }) => status !== 404) ?? problems[0] ?? { status: 503, reason: "no pipeline runs" };
  }

  /** Without a chance to say anything: the process that writes the segments. */
  kill() {
    const [first] = this.#running;
    if (this.#isKilled || first === undefined) return;
    this.#isKilled = true;
    first.isExpected = true;
    first.process.child.kill("SIGKILL");
  }

  /** A new process has a new playlist; players start anew, too. */
  #revive() {
    this.#isKilled = false;
    const { part } = this.#running.shift();
    for (const { playlist } of this.streams) rmSync(join(this.#folder, playlist), { force: true });
    this.#begin(part);
    this.#running.unshift(this.#running.pop());
  }

  async stop() {
    for (const entry of this.#running) entry.isExpected = true;
    await Promise.all(this.processes.map((one) => end(one, () => one.child.stdin.write("quit\n"))));
  }
}
