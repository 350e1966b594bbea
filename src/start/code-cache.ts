// May the compiled code of a program be taken from a file, and who may have written that? V8 itself looks at little of it.
// SPDX-License-Identifier: MPL-2.0

import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { cachedDataVersionTag } from "node:v8";

/** Beside the program, so that it goes with it. */
export const CACHE_FOLDER = "cache";
const MAGIC = "gstpyro1";
const HASH_BYTES = 32;
/** Magic, number of runs, hash of the program, hash of the code. */
const HEAD_BYTES = MAGIC.length + 1 + 2 * HASH_BYTES;
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

/** Node, its processor and its flags are in the name: each has a file of its own. `use`: what the program does then. */
export function cacheFile(program: string, use: string): string {
  const tag = cachedDataVersionTag().toString(16);
  return join(dirname(program), CACHE_FOLDER, `${use}-${process.version}-${process.arch}-${tag}.code`);
}

export const hashOf = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

/** Undefined: there is none, it is of another program, it is damaged, or somebody wrote it who could not have changed the program. */
export function readCode(file: string, program: Stats, hash: Buffer): CachedCode | undefined {
  const bytes = ofTheTrusted(file, program);
  if (bytes === undefined || bytes.length <= HEAD_BYTES || bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) return;
  const [ofProgram, ofCode] = [HEAD_BYTES - 2 * HASH_BYTES, HEAD_BYTES - HASH_BYTES];
  if (!bytes.subarray(ofProgram, ofCode).equals(hash)) return;
  const code = bytes.subarray(HEAD_BYTES);
  if (!bytes.subarray(ofCode, HEAD_BYTES).equals(hashOf(code))) return;
  return { code, runs: bytes[MAGIC.length] ?? 0 };
}

function ofTheTrusted(file: string, program: Stats): Buffer | undefined {
  let opened: number | undefined;
  try {
    opened = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const its = fstatSync(opened);
    const owners = [0, process.geteuid?.(), program.uid];
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
    return isOurs(lstatSync(folder, { throwIfNoEntry: false }) ?? statSync(dirname(folder)), true);
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
export function writeCode(file: string, hash: Buffer, { code, runs }: CachedCode): boolean {
  const folder = dirname(file);
  const part = join(folder, `.${basename(file)}.${process.pid}`);
  try {
    if (!mayWrite(file)) return false;
    mkdirSync(folder, { mode: 0o755, recursive: true });
    if (!isOurs(lstatSync(folder))) return false;
    const head = Buffer.concat([Buffer.from(MAGIC), Buffer.from([Math.min(runs, 255)]), hash, hashOf(code)]);
    try {
      writeFileSync(part, Buffer.concat([head, code]), { flag: "wx", mode: 0o644 });
      renameSync(part, file);
    } finally {
      rmSync(part, { force: true });
    }
    sweep(folder);
    return true;
  } catch {
    return false;
  }
}

/** What a process left that was killed at it, and what is of a Node that was long not seen. */
function sweep(folder: string): void {
  const files = readdirSync(folder).map((name) => ({ name, at: lstatSync(join(folder, name)).mtimeMs }));
  const whole = files.filter(({ name }) => !name.startsWith(".")).sort((a, b) => b.at - a.at);
  const abandoned = files.filter(({ name, at }) => name.startsWith(".") && at < Date.now() - ABANDONED_MS);
  for (const { name } of [...whole.slice(MOST_FILES), ...abandoned]) rmSync(join(folder, name), { force: true });
}
