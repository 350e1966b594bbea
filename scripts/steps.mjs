// How does a long piece of work say what it does? One line before and one after each step, the tools' own output between.
// SPDX-License-Identifier: MPL-2.0
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../", import.meta.url));

/** A step that failed; `code` becomes the exit code. Its reason was printed. */
export class StepFailed extends Error {
  constructor(message, code = 1) {
    super(message);
    this.code = code;
  }
}

/** Runs a program in the project's folder; its output is ours. */
export function run(program, args, { env = {}, allowFailure = false } = {}) {
  const { status, signal, error } = spawnSync(program, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
  const how = error ? error.message : signal ? `ended by ${signal}` : `exit code ${status}`;
  if ((error || status !== 0) && !allowFailure) throw new StepFailed(`${program} ${args.join(" ")}: ${how}`);
  return status === 0 && !error;
}

/** Runs beside what comes next; its output is shown when it is over and has failed. */
export function beside(title, program, args, env = {}) {
  const ended = new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => reject(new StepFailed(`${program}: ${error.message}`)));
    child.on("close", (code) => {
      if (code !== 0) return reject(new StepFailed(`${title}: exit code ${code}\n${output.slice(-4000)}`));
      console.log(`== ${title}: done`); // seen when the steps beside it let us look: not how long it took
      resolve();
    });
  });
  ended.catch(() => undefined); // told to who waits for it
  return ended;
}

/** Runs to the end and answers with what it printed; the last lines of its output are in the error when it fails. */
export function quietly(command, args, { shown = [command, ...args].join(" "), ...options } = {}) {
  const done = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  const output = `${done.stdout ?? ""}${done.stderr ?? ""}`.split("\n").slice(-40).join("\n");
  if (done.error) throw new StepFailed(`${command}: ${done.error.message}`);
  if (done.status !== 0) throw new StepFailed(`${shown}: exit code ${done.status}\n${output}`);
  return done.stdout;
}

/** What a program prints; undefined when it is missing or fails. */
export function ask(program, args) {
  const { status, stdout, error } = spawnSync(program, args, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 1 << 28,
  });
  return error || status !== 0 ? undefined : stdout;
}

/** A program that came with the npm packages. */
export function tool(name) {
  return `${root}node_modules/.bin/${name}`;
}

export async function step(title, work) {
  const began = Date.now();
  console.log(`== ${title}`);
  const result = await work();
  console.log(`== ${title}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return result;
}

/** Runs `main` when its file is the program, and turns a failed step into one line and an exit code. */
export async function asProgram(url, main) {
  if (process.argv[1] === undefined || fileURLToPath(url) !== realpathSync(process.argv[1])) return;
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    console.error(error.message);
    process.exitCode = error.code;
  }
}

export function readText(path) {
  try {
    return readFileSync(root + path, "utf8");
  } catch {
    return undefined;
  }
}
