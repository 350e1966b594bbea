// How long does windows.ndjson get? As long as its share: then two windows become one, in the whole file and from then on.
// SPDX-License-Identifier: MPL-2.0

import { mergeWindows, type RecordedWindow } from "../model/recorded-windows.js";
import { AppendLog } from "./append-log.js";
import { captureFiles } from "./format.js";
import type { OwnFolder } from "./own-folder.js";
import { decodeWindow, encodeWindow } from "./window-line.js";

/** An hour of seconds: more of them than a page has pixels, and than a comparison gets better by. */
const MOST_WINDOWS = 3600;
/** Of the share: a single window has no more. */
const LINE_SHARE = 1 / 8;

export class WindowLog {
  readonly #log: AppendLog;
  readonly #share: number;
  readonly #most: number;
  /** So many of a second are one line. */
  #each = 1;
  #open: RecordedWindow | null = null;
  #endNs = 0;

  private constructor(log: AppendLog, share: number, most: number) {
    this.#log = log;
    this.#share = share;
    this.#most = most;
  }

  /** Continues an earlier writer's. `share`: bytes that it never has more of; `most`: lines. */
  static async open(folder: OwnFolder, share: number, most = MOST_WINDOWS): Promise<WindowLog> {
    const log = new WindowLog(await AppendLog.open(folder, captureFiles.windows), share, most);
    for await (const line of log.#log.read()) {
      const window = decodeWindow(line);
      log.#each = Math.max(log.#each, window?.merged ?? 1);
      log.#endNs = Math.max(log.#endNs, window === null ? 0 : endOf(window));
    }
    return log;
  }

  /** Of the latest window that is in the file. */
  get endNs(): number {
    return this.#endNs;
  }

  get used(): boolean {
    return this.#log.lines > 0 || this.#open !== null;
  }

  async append(window: RecordedWindow): Promise<void> {
    this.#open = this.#open === null ? window : mergeWindows(this.#open, window);
    if (this.#open.merged >= this.#each) await this.#write(this.#open, false);
  }

  /** What is not yet a whole window of those that the file has. */
  async flush(): Promise<void> {
    if (this.#open !== null) await this.#write(this.#open, true);
  }

  close(): void {
    this.#log.close();
  }

  /** `isLast`: also where the file's windows are longer by now. */
  async #write(window: RecordedWindow, isLast: boolean): Promise<void> {
    const line = `${this.#encode(window)}\n`;
    const bytes = Buffer.byteLength(line);
    while (this.#log.lines > 1 && (this.#log.lines >= this.#most || this.#log.bytes + bytes > this.#share))
      await this.#halve();
    if (window.merged < this.#each && !isLast) return;
    await this.#log.append(line, 1);
    this.#endNs = endOf(window);
    this.#open = null;
  }

  #encode(window: RecordedWindow): string {
    return encodeWindow(window, Math.min(this.#share * LINE_SHARE, MOST_CHARS));
  }

  async #halve(): Promise<void> {
    this.#each *= 2;
    let first: RecordedWindow | null = null;
    const paired = (line: string): string | null => {
      const window = decodeWindow(line);
      const pair = first !== null && window !== null ? mergeWindows(first, window) : window;
      const isWhole = first !== null || (pair !== null && pair.merged >= this.#each);
      first = isWhole ? null : pair;
      return isWhole && pair !== null ? this.#encode(pair) : null;
    };
    await this.#log.rewrite(paired, () => (first === null ? null : this.#encode(first)));
  }
}

const MOST_CHARS = 200_000;

const endOf = ({ atNs, durationNs }: RecordedWindow): number => atNs + durationNs;
