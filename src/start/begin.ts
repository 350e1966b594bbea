// How is one large file run in little time? V8's compiled code of it is kept from run to run.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import * as vm from "node:vm";
import { cacheFile, mayWrite, readCode, writeCode } from "./code-cache.js";
import { lazily } from "./lazy-modules.js";

/** TABLE: verbs that are started often, and V8's flags then (native/process/find-agent.cc): each set has code of its own. */
const kept: Record<string, string[]> = { agent: ["--single-threaded", "--max-semi-space-size=1"], run: [] };
/** The first runs each compile something that those before had no use for. */
const ENOUGH_RUNS = 2;
/** Much later V8 has forgotten what ran at the start only. */
const SAVE_MS = 25_000;
/** In the place of a verb: nothing is done, but the code of the verb behind it kept; without one, of all of the table. */
const PREPARE = "prepare-start";

/** What program.cjs exports (src/commands/start.ts). */
interface Program {
  start: () => Promise<void>;
  prepare: (verb: string) => Promise<void>;
}

/** `program`: path of the file with everything. */
export function begin(program: string, [verb = "", prepared = ""]: string[]): Promise<void> {
  if (verb === PREPARE) return prepared === "" ? prepareAll() : prepare(program, prepared);
  if (!Object.hasOwn(kept, verb)) return loaded(program).exports.start();
  const file = cacheFile(program, verb);
  const { exports, save, knows } = loaded(program, file);
  if (!knows && mayWrite(file)) onceItRan(save);
  return exports.start();
}

/** A Node for each set of flags. What cannot be kept is made by the first runs, or by each of them. */
async function prepareAll(): Promise<void> {
  const { spawnSync } = await import("node:child_process");
  const [node, own = ""] = process.argv as [string, string?];
  for (const [verb, flags] of Object.entries(kept))
    spawnSync(node, [...flags, own, PREPARE, verb], { stdio: "ignore" });
}

async function prepare(program: string, verb: string): Promise<void> {
  const file = cacheFile(program, verb);
  const { exports, save } = loaded(program, file);
  await exports.prepare(verb);
  save(0);
}

/** At the end the whole run is known; a process that is killed has none. */
function onceItRan(save: () => void): void {
  let saved = false;
  const once = (): void => {
    if (!saved) save();
    saved = true;
  };
  setTimeout(once, SAVE_MS).unref();
  process.once("exit", (code) => {
    if (code === 0) once();
  });
}

/** Runs the file. `knows`: its compiled code is that of enough runs; `save` keeps what there is after this one. */
function loaded(program: string, file?: string) {
  const of = { stat: statSync(program, { bigint: true }), source: readFileSync(program) };
  const cached = file === undefined ? undefined : readCode(file, of);
  const script = new vm.Script(wrapped(of.source), {
    filename: program,
    ...(cached && { cachedData: cached.code }),
  });
  const runs = cached === undefined || script.cachedDataRejected === true ? 0 : cached.runs;
  const knows = runs >= ENOUGH_RUNS && cached?.isNewCopy === false;
  const save = (after = runs + 1): void => {
    if (file !== undefined) writeCode(file, of, { code: script.createCachedData(), runs: after });
  };
  const module = { exports: {} as Program };
  const require = lazily(createRequire(program));
  const importOutside = (name: string): Promise<unknown> => import(name);
  script.runInThisContext()(module.exports, require, module, program, dirname(program), importOutside);
  return { exports: module.exports, knows, save };
}

/** In the first line, so that lines of a stack trace are those of the file; which is ASCII. */
const wrapped = (source: Buffer): string =>
  `(function(exports,require,module,__filename,__dirname,importOutside){${source.toString("latin1")}\n})`;
