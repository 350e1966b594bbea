// How do counters reach metrics.ndjson? Whole lines only, and only of hops that changed.
// SPDX-License-Identifier: MPL-2.0

import { open, readFile } from "node:fs/promises";
import type { CellSnapshot } from "../model/batch.js";
import { cellKey, encodeCell, mergeHops } from "./cells.js";

export class MetricsLog {
  readonly #path: string;
  #bytes: number;
  /** Whole lines in the file. */
  lines: number;
  readonly #written = new Map<string, string>();

  private constructor(path: string, bytes: number, lines: number) {
    this.#path = path;
    this.#bytes = bytes;
    this.lines = lines;
  }

  /** Continues behind the last whole line of an earlier writer, if there was one. */
  static async open(path: string): Promise<MetricsLog> {
    const content = await readFile(path).catch(() => Buffer.alloc(0));
    const end = content.lastIndexOf(0x0a) + 1;
    const lines = content.subarray(0, end).reduce((n, byte) => n + Number(byte === 0x0a), 0);
    return new MetricsLog(path, end, lines);
  }

  async append(cells: readonly CellSnapshot[], timeUnixNs: bigint): Promise<void> {
    const changed = new Map<string, string>();
    let text = "";
    for (const cell of mergeHops(cells)) {
      const { timeUnixNs: when, ...counted } = encodeCell(cell, timeUnixNs);
      const content = JSON.stringify(counted);
      if (this.#written.get(cellKey(cell)) === content) continue;
      changed.set(cellKey(cell), content);
      text += `${JSON.stringify({ timeUnixNs: when, ...counted })}\n`;
    }
    if (text === "") return;
    await this.#write(Buffer.from(text));
    this.lines += changed.size;
    for (const [hop, content] of changed) this.#written.set(hop, content);
  }

  async #write(bytes: Buffer): Promise<void> {
    const handle = await open(this.#path, "a");
    try {
      // What an earlier failure or a dead writer left of a line must not run into the next one.
      await handle.truncate(this.#bytes);
      await handle.appendFile(bytes);
    } finally {
      await handle.close();
    }
    this.#bytes += bytes.length;
  }
}
