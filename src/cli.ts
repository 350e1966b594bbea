#!/usr/bin/env node
// Can this program be started at all? Looks before its modules are read, each of which takes a descriptor.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { exitCodes } from "./commands/exit-codes.js";

/** Node's own, those of the modules that it reads at once, and those that the tracer wants to see left. */
const DESCRIPTORS = 64;

const allowed = descriptorLimit();
if (allowed >= DESCRIPTORS) await import("./commands/program.js");
else {
  console.error(
    `gst-pyroscope: the limit of descriptors is ${allowed}, and ${DESCRIPTORS} are needed: raise it with ulimit -n 1024, or where it is set`,
  );
  process.exitCode = (process.argv[2] === "run" ? exitCodes.ownFailure : exitCodes.failed).code;
}

/** Infinity too where nobody says. */
function descriptorLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return Number(soft ?? Number.POSITIVE_INFINITY);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
