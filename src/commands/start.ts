// Are there descriptors enough to start a command with? And what is the program, once it is loaded?
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { exitCodes } from "./exit-codes.js";

/** For `run`: Node's own, the agent's, and those that the tracer wants to see left in the command. */
const DESCRIPTORS = 64;

/** The whole program: what was typed is done. */
export async function start(): Promise<void> {
  const allowed = process.argv[2] === "run" ? descriptorLimit() : Number.POSITIVE_INFINITY;
  if (allowed < DESCRIPTORS) return refuse(allowed);
  const { runProgram } = await import("./program.js");
  await runProgram();
}

/** Loads what a verb needs at once, and does nothing (src/start). */
export async function prepare(verb: string): Promise<void> {
  const { load } = await import("./prepare.js");
  await load(verb);
}

function refuse(allowed: number): void {
  const sentence = `the limit of descriptors is ${allowed}, and ${DESCRIPTORS} are enough: raise it with ulimit -n, or where it is set`;
  console.error(`gst-pyroscope: ${sentence}`);
  process.exitCode = exitCodes.ownFailure.code;
}

/** Infinity also where the limit cannot be read. */
function descriptorLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return Number(soft ?? Number.POSITIVE_INFINITY);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
