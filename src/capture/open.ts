// How is a file of a capture opened that another user may have made? Regular files only, never through a link, never without a limit.
// SPDX-License-Identifier: MPL-2.0

import { constants } from "node:fs";
import { type FileHandle, open, opendir } from "node:fs/promises";
import { CaptureError, systemCode } from "./errors.js";

/** A FIFO must not block the opening, a link must not lead outside. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface OpenedFile {
  handle: FileHandle;
  bytes: number;
}

/** Throws a CaptureError that says why it is none of ours. */
export async function openRegular(path: string): Promise<OpenedFile> {
  const handle = await open(path, FLAGS).catch((error: unknown) => {
    const code = systemCode(error);
    throw new CaptureError("ERR_CAPTURE_UNREADABLE", path, code === "ELOOP" ? "a link" : code, { cause: error });
  });
  const info = await handle.stat();
  if (info.isFile()) return { handle, bytes: info.size };
  await handle.close();
  throw new CaptureError("ERR_CAPTURE_UNREADABLE", path, "not a regular file");
}

export async function readWhole(path: string, most: number): Promise<Buffer> {
  const { handle, bytes } = await openRegular(path);
  try {
    if (bytes > most) throw new CaptureError("ERR_CAPTURE_UNREADABLE", path, `larger than ${most / 2 ** 20} MiB`);
    // Not readFile: what grows meanwhile has the same limit.
    const content = Buffer.alloc(bytes);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes; length += read)
      ({ bytesRead: read } = await handle.read(content, length, bytes - length, length));
    return content.subarray(0, length);
  } catch (error) {
    if (error instanceof CaptureError) throw error;
    throw new CaptureError("ERR_CAPTURE_UNREADABLE", path, systemCode(error), { cause: error });
  } finally {
    await handle.close();
  }
}

/** Names in a directory that another user may have filled: `most` of them, sorted, and whether there are more. */
export async function namesIn(dir: string, most: number): Promise<{ names: string[]; more: boolean }> {
  const names: string[] = [];
  for await (const { name } of await opendir(dir, { bufferSize: 1024 }))
    if (names.push(name) > most) return { names: names.slice(0, most).sort(), more: true };
  return { names: names.sort(), more: false };
}

/** Ours have some thousand rows; as many brackets or numbers as fit in here would take gigabytes. */
const MOST_JSON_BYTES = 32 * 2 ** 20;
const MOST_JSON_PARTS = 100_000;
const MOST_JSON_VALUES = 2_000_000;

const OPENS_LIST = 0x5b;
const OPENS_OBJECT = 0x7b;
const COMMA = 0x2c;

/** Text of a JSON file of ours that can be parsed without harm. */
export async function readJsonText(path: string): Promise<string> {
  const content = await readWhole(path, MOST_JSON_BYTES);
  let [parts, values] = [0, 0];
  for (const byte of content)
    if (byte === OPENS_LIST || byte === OPENS_OBJECT) parts++;
    else if (byte === COMMA) values++;
  if (parts > MOST_JSON_PARTS || values > MOST_JSON_VALUES)
    throw new CaptureError("ERR_CAPTURE_UNREADABLE", path, "more parts than can be read");
  return content.toString("utf8");
}
