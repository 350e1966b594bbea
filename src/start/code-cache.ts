// May the compiled code of a program be taken from a file, and who may have written that? V8 itself looks at little of it.
// SPDX-License-Identifier: MPL-2.0

import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

/** Beside the program, so that it goes with it. */
export const CACHE_FOLDER = "cache";
const MAGIC = "gstpyro1";
const HASH_BYTES = 32;
/** Magic, number of runs; of the program size, two times and hash. Behind the code the magic again: nothing was cut off. */
const TIMES_AT = MAGIC.length + 1;
const HASH_AT = TIMES_AT + 3 * 8;
const HEAD_BYTES = HASH_AT + HASH_BYTES;
/** Versions of Node and sets of flags that have one here. */
const MOST_FILES = 8;
const ABANDONED_MS = 3_600_000;
const OTHERS_WRITE = 0o022;
const OWNER_WRITES = 0o200;

export interface CachedCode {
  code: Buffer;
  /** After so many runs it was written: each knows a few functions more. */
  runs: number;
}

/** The file that is run. */
export interface ProgramFile {
  stat: BigIntStats;
  source: Uint8Array;
}

/** Of a name; V8 looks at what decides. */
const FLAGS_IN_NAME = 80;

/** Node, its processor and its flags are in the name: each has a file of its own. `use`: what the program does then. */
export function cacheFile(program: string, use: string): string {
  const flags = process.execArgv.join("").replaceAll(/[^\w.=]+/g, "-");
  const name = `${use}-${process.version}-${process.arch}${flags.slice(0, FLAGS_IN_NAME)}.code`;
  return join(dirname(program), CACHE_FOLDER, name);
}

const require = createRequire(import.meta.url);

/** Loading what hashes costs as much as all else here: only who writes does that, and who has another copy of the program. */
const hashOf = (bytes: Uint8Array): Buffer => {
  const { createHash } = require("node:crypto") as typeof import("node:crypto");
  return createHash("sha256").update(bytes).digest();
};

function timesOf({ size, mtimeNs, ctimeNs }: BigIntStats): Buffer {
  const bytes = Buffer.alloc(3 * 8);
  [size, mtimeNs, ctimeNs].forEach((value, i) => void bytes.writeBigUInt64LE(BigInt.asUintN(64, value), 8 * i));
  return bytes;
}

/**
 * Undefined: there is none, it is of another program, it is damaged, or somebody wrote it who could not have changed the program.
 * `isNewCopy`: the program has other times than when it was written, and the same bytes.
 */
export function readCode(file: string, program: ProgramFile): (CachedCode & { isNewCopy: boolean }) | undefined {
  const bytes = ofTheTrusted(file, program.stat);
  if (bytes === undefined || bytes.length <= HEAD_BYTES + MAGIC.length) return undefined;
  const end = bytes.length - MAGIC.length;
  if (bytes.toString("latin1", 0, MAGIC.length) !== MAGIC || bytes.toString("latin1", end) !== MAGIC) return undefined;
  const isNewCopy = !bytes.subarray(TIMES_AT, HASH_AT).equals(timesOf(program.stat));
  if (isNewCopy && !bytes.subarray(HASH_AT, HEAD_BYTES).equals(hashOf(program.source))) return undefined;
  return { code: bytes.subarray(HEAD_BYTES, end), runs: bytes[MAGIC.length] ?? 0, isNewCopy };
}

function ofTheTrusted(file: string, { uid }: BigIntStats): Buffer | undefined {
  let opened: number | undefined;
  try {
    opened = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const its = fstatSync(opened);
    const owners = [0, process.geteuid?.(), Number(uid)];
    if (!its.isFile() || (its.mode & OTHERS_WRITE) !== 0 || !owners.includes(its.uid)) return undefined;
    return readFileSync(opened);
  } catch {
    return undefined;
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}

/** Could it be written? Then it may be worth making. */
export function mayWrite(file: string): boolean {
  try {
    const folder = dirname(file);
    const its = lstatSync(folder, { throwIfNoEntry: false });
    return its === undefined ? isOurs(statSync(dirname(folder)), true) : isOurs(its);
  } catch {
    return false;
  }
}

/** By its mode, which root minds, too: a folder that nobody may write to is meant so. */
const isOurs = (its: Stats, parent = false): boolean =>
  its.isDirectory() &&
  its.uid === process.geteuid?.() &&
  (its.mode & OWNER_WRITES) !== 0 &&
  (parent || (its.mode & OTHERS_WRITE) === 0);

/** Whole or not at all, also when two do so at once. False: it is not to be, and that is all right. */
export function writeCode(file: string, program: ProgramFile, { code, runs }: CachedCode): boolean {
  const folder = dirname(file);
  try {
    if (!mayWrite(file)) return false;
    mkdirSync(folder, { mode: 0o755, recursive: true });
    if (!isOurs(lstatSync(folder))) return false;
    const magic = Buffer.from(MAGIC);
    const head = [magic, Buffer.from([Math.min(runs, 255)]), timesOf(program.stat), hashOf(program.source)];
    putThere(file, Buffer.concat([...head, code, magic]));
    sweep(folder);
    return true;
  } catch {
    return false;
  }
}

/** On the disk before it has its name: V8 would run what a machine that went down has left of it. */
function putThere(file: string, bytes: Buffer): void {
  const part = join(dirname(file), `.${basename(file)}.${process.pid}`);
  const opened = openSync(part, "wx", 0o644);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(opened, bytes, at);
    fsyncSync(opened);
    renameSync(part, file);
  } finally {
    closeSync(opened);
    rmSync(part, { force: true });
  }
}

/** What a process left that was killed at it, and what is of a Node that was long not seen. */
function sweep(folder: string): void {
  const files = readdirSync(folder).map((name) => ({ name, at: lstatSync(join(folder, name)).mtimeMs }));
  const whole = files.filter(({ name }) => !name.startsWith(".")).sort((a, b) => b.at - a.at);
  const abandoned = files.filter(({ name, at }) => name.startsWith(".") && at < Date.now() - ABANDONED_MS);
  for (const { name } of [...whole.slice(MOST_FILES), ...abandoned]) rmSync(join(folder, name), { force: true });
}
