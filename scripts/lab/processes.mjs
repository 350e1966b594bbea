// How does the lab start its processes, read what they say, and end them all in time?
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { StepFailed } from "../steps.mjs";

/** From the wish to end until a process is killed. */
const END_MS = 2500;

/** Starts a program in a process group of its own: Ctrl-C in the terminal reaches the lab alone, which ends them in order. */
export function start(name, program, args, { env = {}, ipc = false } = {}) {
  const stdio = ["pipe", "pipe", "pipe", ...(ipc ? ["ipc"] : [])];
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio, detached: true });
  const lines = [];
  const said = { name, child, lines, errors: "" };
  let rest = "";
  child.stdout.on("data", (piece) => {
    const parts = (rest + piece).split("\n");
    rest = parts.pop();
    lines.push(...parts);
  });
  child.stderr.on("data", (piece) => (said.errors = (said.errors + piece).slice(-4000)));
  child.stdin.on("error", () => {}); // it has ended; its end is what counts
  said.ended = new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(signal ?? code));
  });
  return said;
}

/** Until it holds; a process that ends meanwhile is an error with the last lines that it printed, and so is the wish to end. */
export async function until(what, holds, { processes = [], ms = 60_000, signal } = {}) {
  const end = Date.now() + ms;
  for (;;) {
    if (signal?.aborted) throw new StepFailed(`ended while waiting: ${what}`);
    const found = await holds();
    if (found) return found;
    for (const { name, child, errors } of processes)
      if (child.exitCode !== null || child.signalCode !== null) throw new StepFailed(`${name} has ended: ${errors}`);
    if (Date.now() > end) throw new StepFailed(`not within ${ms / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Resolves when it has ended; killed when it takes too long. */
export async function end({ child, ended }, ask) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  ask();
  const late = setTimeout(() => child.kill("SIGKILL"), END_MS);
  await ended;
  clearTimeout(late);
}
