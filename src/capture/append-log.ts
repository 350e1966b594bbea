// How does a file of lines grow, and how does it get shorter again? Whole lines only, through one descriptor.
// SPDX-License-Identifier: MPL-2.0

import { closeSync, ftruncate, write } from "node:fs";
import { promisify } from "node:util";
import { linesOf } from "./lines.js";
import type { OwnFolder } from "./own-folder.js";

const writeTo = promisify(write);
const truncate = promisify(ftruncate);
/** What is gathered before it is written, when a log is written anew. */
const CHUNK = 256 * 1024;

/** The file appears with its first line. */
export class AppendLog {
  readonly #folder: OwnFolder;
  readonly #name: string;
  #fd: number | null = null;
  /** Something of a line that is not whole may stand at the end. */
  #torn = true;
  bytes = 0;
  lines = 0;

  private constructor(folder: OwnFolder, name: string) {
    this.#folder = folder;
    this.#name = name;
  }

  /** Continues behind the last whole line of an earlier writer, if there was one. */
  static async open(folder: OwnFolder, name: string): Promise<AppendLog> {
    const log = new AppendLog(folder, name);
    if (!(await folder.names()).includes(name)) return log;
    log.#fd = folder.append(name);
    for await (const line of linesOf(folder.at(name))) {
      if (!line.whole) continue;
      log.bytes += Buffer.byteLength(line.text) + 1;
      log.lines++;
    }
    return log;
  }

  /** Whole lines, so many of them. */
  async append(text: string, lines: number): Promise<void> {
    if (lines === 0) return;
    this.#fd ??= this.#folder.append(this.#name);
    const bytes = Buffer.from(text);
    if (this.#torn) await truncate(this.#fd, this.bytes);
    this.#torn = true;
    await writeAll(this.#fd, bytes);
    this.#torn = false;
    this.bytes += bytes.length;
    this.lines += lines;
  }

  /** Writes the lines anew that shall stay. `first`: is told how many, before they are the file. */
  keep(wanted: (line: string) => boolean, first?: (lines: number) => Promise<void>): Promise<void> {
    return this.rewrite((line) => (wanted(line) ? line : null), undefined, first);
  }

  /** Writes what `changed` makes of each line; null: nothing. `rest`: a last line, if there is one. */
  async rewrite(
    changed: (line: string) => string | null,
    rest: () => string | null = () => null,
    first: (lines: number) => Promise<void> = async () => {},
  ): Promise<void> {
    const part = await this.#folder.part("");
    const fd = this.#folder.append(part);
    try {
      const kept = await this.#copy(fd, changed, rest);
      await first(kept.lines);
      await this.#folder.settle(part, this.#name);
      if (this.#fd !== null) closeSync(this.#fd);
      [this.#fd, this.#torn] = [fd, false];
      [this.bytes, this.lines] = [kept.bytes, kept.lines];
    } catch (error) {
      closeSync(fd);
      await this.#folder.remove(part);
      throw error;
    }
  }

  /** All whole lines, oldest first. */
  async *read(): AsyncGenerator<string> {
    if (this.#fd === null) return;
    for await (const line of linesOf(this.#folder.at(this.#name))) if (line.whole) yield line.text;
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  async #copy(
    fd: number,
    changed: (line: string) => string | null,
    rest: () => string | null,
  ): Promise<{ bytes: number; lines: number }> {
    const kept = { bytes: 0, lines: 0 };
    let chunk = "";
    const flush = async () => {
      const bytes = Buffer.from(chunk);
      await writeAll(fd, bytes);
      kept.bytes += bytes.length;
      chunk = "";
    };
    const add = (line: string | null) => {
      if (line === null) return;
      chunk += `${line}\n`;
      kept.lines++;
    };
    for await (const line of this.read()) {
      add(changed(line));
      if (chunk.length > CHUNK) await flush();
    }
    add(rest());
    await flush();
    return kept;
  }
}

async function writeAll(fd: number, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await writeTo(fd, bytes, at);
    // A full file system is an error already; a write of nothing without an error would be repeated for ever.
    if (bytesWritten === 0) throw Object.assign(new Error("nothing was written"), { code: "EIO" });
    at += bytesWritten;
  }
}
