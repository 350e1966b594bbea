// Are there descriptors enough to start with? The modules of the program take a descriptor each while they are read, more than some limits leave.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { systemCode } from "../capture/errors.js";
import { exitCodes } from "./exit-codes.js";

/** For `run`: Node's own, those of the modules, and those that the tracer wants to see left in the command. */
const DESCRIPTORS = 64;

const underRun = process.argv[2] === "run";
const allowed = descriptorLimit();
if (underRun && allowed < DESCRIPTORS) refuse();
else await start();

async function start(): Promise<void> {
  try {
    await import("./program.js");
  } catch (error) {
    if (systemCode(error) !== "EMFILE") throw error;
    refuse();
  }
}

function refuse(): void {
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
