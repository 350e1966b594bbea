#!/usr/bin/env node
// Is this Node new enough for what follows? Written in syntax that Node 10 reads (scripts/build-collector.mjs): no import before that is known.
// SPDX-License-Identifier: MPL-2.0

import { exitCodes } from "./commands/exit-codes.js";
import { AGENT_VERSION_AT, MAGIC, REFUSAL_AT, REFUSED_NODE } from "./model/wire.js";

/** As package.json says under `engines`. */
const OLDEST = [20, 9];

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const [oldestMajor = 0, oldestMinor = 0] = OLDEST;
const [, , verb, ...args] = process.argv;
if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) import("./start/start.js");
else refuse();

function refuse(): void {
  const needed = `Node ${OLDEST.join(".")} or newer is needed`;
  const how = "get it from https://nodejs.org/en/download, or as docs/install.md says";
  console.error(`gst-pyroscope: ${needed}, and this is ${process.versions.node} (${process.execPath}): ${how}`);
  process.exitCode = (verb === "run" ? exitCodes.ownFailure : exitCodes.oldNode).code;
  const fd = args[args.indexOf("--fd") + 1];
  if (verb === "agent" && fd !== undefined) tellTracer(Number(fd)).catch(() => {});
}

/** An agent that the tracer has started has no terminal. The tracer has a log, and looks into the segment why nobody came. */
async function tellTracer(fd: number): Promise<void> {
  // Node 10 takes this file for CommonJS, and has no import().
  const { readSync, writeSync } = typeof module === "object" ? module.require("fs") : await import("node:fs");
  const head = Buffer.alloc(8);
  readSync(fd, head, 0, head.length, 0);
  if (head.toString("latin1") !== MAGIC) return;
  const word = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value, 0);
    return bytes;
  };
  writeSync(fd, word(major), 0, 4, AGENT_VERSION_AT);
  writeSync(fd, word(REFUSED_NODE), 0, 4, REFUSAL_AT);
}
