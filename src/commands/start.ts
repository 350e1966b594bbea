// Are there descriptors enough to start with? The modules of the program take a descriptor each while they are read, more than some limits leave.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { systemCode } from "../capture/errors.js";
import { exitCodes } from "./exit-codes.js";

/** For `run`: Node's own, those of the modules, and those that the tracer wants to see left in the command. */
const DESCRIPTORS = 64;

const underRun = process.argv[2] === "run";

/** The whole program: what was typed is done. */
export async function start(): Promise<void> {
  const allowed = descriptorLimit();
  if (underRun && allowed < DESCRIPTORS) return refuse(allowed);
  try {
    const { runProgram } = await import("./program.js");
    await runProgram();
  } catch (error) {
    if (systemCode(error) !== "EMFILE") throw error;
    refuse(allowed);
  }
}

/** Loads what a verb needs at once, and does nothing (src/start). */
export async function prepare(verb: string): Promise<void> {
  const { load } = await import("./prepare.js");
  await load(verb);
}

function refuse(allowed: number): void {
  const sentence = `the limit of descriptors is ${allowed}, and ${DESCRIPTORS} are enough: raise it with ulimit -n, or where it is set`;
  console.error(`gst-pyroscope: ${sentence}`);
  process.exitCode = (underRun ? exitCodes.ownFailure : exitCodes.failed).code;
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
