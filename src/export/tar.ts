// How do files become one that every tar opens? Headers of POSIX ustar and contents, in blocks of 512 bytes, piece by piece.
// SPDX-License-Identifier: MPL-2.0

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

export interface TarEntry {
  /** At most 100 bytes. */
  name: string;
  /** Its content, or the path of the file that has it. */
  content: Uint8Array | { file: string };
}

const BLOCK = 512;
const TIME = 0; // of no file: equal contents make an equal archive

/** A file that becomes shorter meanwhile is filled with zeros, one that grows is cut: the header said how long it is. */
export async function* tar(entries: AsyncIterable<TarEntry> | Iterable<TarEntry>): AsyncGenerator<Uint8Array> {
  for await (const { name, content } of entries) {
    const size = content instanceof Uint8Array ? content.length : (await stat(content.file)).size;
    yield header(name, size);
    let left = size;
    for await (const piece of piecesOf(content, size)) {
      yield piece.subarray(0, left);
      left -= Math.min(left, piece.length);
    }
    yield Buffer.alloc(left + ((BLOCK - (size % BLOCK)) % BLOCK));
  }
  yield Buffer.alloc(2 * BLOCK);
}

function piecesOf(content: TarEntry["content"], size: number): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (content instanceof Uint8Array) return [content];
  return size === 0 ? [] : createReadStream(content.file, { end: size - 1 });
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number): number =>
    block.write(value.toString(8).padStart(digits, "0"), at);
  if (Buffer.byteLength(name) > 100) throw new Error(`${name}: longer than a name in an archive may be`);
  block.write(name, 0);
  octal(0o600, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(TIME, 136, 11);
  block.fill(" ", 148, 156);
  block.write("0ustar\0", 156);
  block.write("00", 263);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
