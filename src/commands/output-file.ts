// How does a file that a person named get written piece by piece? Whole or not at all, never over another one unasked.
// SPDX-License-Identifier: MPL-2.0

import { once } from "node:events";
import { constants } from "node:fs";
import { link, lstat, open } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { Writable } from "node:stream";
import { systemCode } from "../capture/errors.js";
import { newPart, OwnFolder } from "../capture/own-folder.js";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
/** A capture is for its user alone; so is what was made of it. */
const MODE = 0o600;

type Pieces = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** Says why there may be no such file; "" = there may. */
export async function whyNotWritten(file: string, force: boolean): Promise<string> {
  const there = await lstat(file).catch(() => null);
  if (there === null) return "";
  if (!there.isFile()) return "is there, and is no regular file: name another one with -o";
  return force ? "" : "is there already: --force writes over it, -o names another one";
}

/** Resolves to its size. The file has its name once it is whole; what fails leaves nothing behind. */
export async function writePieces(file: string, pieces: Pieces, force: boolean): Promise<number> {
  const path = resolve(file);
  const folder = OwnFolder.named(dirname(path));
  const part = newPart();
  try {
    const bytes = await written(folder.at(part), pieces);
    if (force) await folder.settle(part, basename(path));
    else await named(folder, part, basename(path));
    return bytes;
  } finally {
    await folder.remove(part).catch(() => undefined);
    folder.close();
  }
}

/** A link fails where a file has come meanwhile; not all file systems have links. */
async function named(folder: OwnFolder, part: string, name: string): Promise<void> {
  try {
    await link(folder.at(part), folder.at(name));
  } catch (error) {
    if (!WITHOUT_LINKS.includes(systemCode(error))) throw error;
    await folder.settle(part, name);
  }
}

const WITHOUT_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

async function written(path: string, pieces: Pieces): Promise<number> {
  const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, MODE);
  let bytes = 0;
  try {
    for await (const piece of gathered(pieces)) {
      await handle.writeFile(piece);
      bytes += piece.length;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

/** Waits for whoever reads; a reader that has gone ends it. */
export async function sendPieces(out: Writable, pieces: Pieces): Promise<void> {
  for await (const piece of gathered(pieces)) {
    if (out.destroyed || out.errored) return;
    if (!out.write(piece))
      await Promise.race([once(out, "drain"), once(out, "close"), once(out, "error")]).catch(() => []);
  }
}

const PIECE = 128 * 1024;

/** Larger pieces: a line each would be a system call each. */
async function* gathered(pieces: Pieces): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    const buffer = Buffer.from(piece);
    waiting.push(buffer);
    bytes += buffer.length;
    if (bytes < PIECE) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}
