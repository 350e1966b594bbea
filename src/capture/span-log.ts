// How long does spans.ndjson get? As long as its share of the capture; then the oldest go, and are counted.
// SPDX-License-Identifier: MPL-2.0

import { AppendLog } from "./append-log.js";
import { captureFiles } from "./format.js";
import { type CaptureLimits, SPANS_KEPT, spansShare } from "./limits.js";
import type { OwnFolder } from "./own-folder.js";

/** Unix time, and time since the capture's begin on CLOCK_MONOTONIC; lines of an older version have the first alone. */
const BEGAN = /"startUnixNs":"(\d+)"(?:,"atNs":(\d+))?/;
/** Of the age that is permitted: how much older some may be, so that not each line has the file written anew. */
const LATE = 1.25;

export class SpanLog {
  readonly #log: AppendLog;
  readonly #share: number;
  readonly #maxAgeMs: number;
  #oldestMs: number | null = null;
  /** Spans that were thrown away for those that came after them. */
  dropped = 0;

  private constructor(log: AppendLog, limits: CaptureLimits) {
    this.#log = log;
    this.#share = spansShare(limits);
    this.#maxAgeMs = limits.maxAgeMs;
  }

  static async open(folder: OwnFolder, limits: CaptureLimits): Promise<SpanLog> {
    return new SpanLog(await AppendLog.open(folder, captureFiles.spans), limits);
  }

  get used(): boolean {
    return this.#log.lines > 0;
  }

  /** Whole lines. */
  async append(text: string): Promise<void> {
    const lines = text.split("\n").length - 1;
    const bytes = Buffer.byteLength(text);
    if (bytes > this.#share) {
      this.dropped += lines;
      return;
    }
    const now = begunMs(text.slice(text.lastIndexOf("\n", text.length - 2) + 1));
    this.#oldestMs ??= begunMs(text);
    if (this.#log.bytes + bytes > this.#share) await this.#trim(this.#share * SPANS_KEPT, now);
    else if (this.#maxAgeMs > 0 && now - this.#oldestMs > LATE * this.#maxAgeMs) await this.#trim(this.#share, now);
    await this.#log.append(text, lines);
  }

  close(): void {
    this.#log.close();
  }

  /** The newest stay. */
  async #trim(room: number, nowMs: number): Promise<void> {
    const { lines, bytes } = this.#log;
    const since = this.#maxAgeMs > 0 ? nowMs - this.#maxAgeMs : 0;
    let left = bytes;
    this.#oldestMs = null;
    await this.#log.keep((line) => {
      const stays = left <= room && begunMs(line) >= since;
      left -= Buffer.byteLength(line) + 1;
      if (stays) this.#oldestMs ??= begunMs(line);
      return stays;
    });
    this.#oldestMs ??= nowMs;
    this.dropped += lines - this.#log.lines;
  }
}

function begunMs(line: string): number {
  const [, unixNs = "0", atNs = unixNs] = BEGAN.exec(line) ?? [];
  return Number(atNs) / 1e6;
}
