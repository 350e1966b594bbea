// How long after its last picture is a segment's file closed?
//
// hlssink2 keeps back a group of pictures until it is whole: only then does it know whether the group belongs to the segment
// or begins the next one. So a file is closed one group late, two seconds by default. What gives it away is the file that is
// being written: after its last write it has more media than time can have passed since the one before it was closed.
// SPDX-License-Identifier: MPL-2.0
import { readFile, stat } from "node:fs/promises";
import { mediaSpanMs } from "./media-span.js";

/** A file that was closed before the last listed one by more than this is none that comes after it. */
const SAME_MS = 100;

/** Nothing larger is read for its time alone. */
const MOST_BYTES = 64 * 1024 * 1024;
/** As many segments in a row are asked; a single one may have been read in the instant when it was closed. */
const ASKED = 5;

/** Of one playlist. */
export class ClosingDelay {
  #asked: { path: string; ms: number }[] = [];

  /** `path`: of the last listed segment. Answers with the middle of what was found so far; 0: nothing was found. */
  async ms(path: string): Promise<number> {
    if (this.#asked.at(-1)?.path !== path) {
      const ms = await closingDelayMs(path);
      if (ms !== null) this.#asked = [...this.#asked, { path, ms }].slice(-ASKED);
    }
    const sorted = this.#asked.map(({ ms }) => ms).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  }
}

/** `path`: of the last listed segment. null: the file after it is not there, or has no media yet. */
async function closingDelayMs(path: string): Promise<number | null> {
  const next = nextName(path);
  if (next === null) return null;
  try {
    const [listed, open] = await Promise.all([stat(path), stat(next)]);
    if (open.mtimeMs < listed.mtimeMs - SAME_MS || open.size > MOST_BYTES) return null;
    const span = mediaSpanMs(await readFile(next));
    return span === null ? null : Math.max(0, listed.mtimeMs - (open.mtimeMs - span));
  } catch (error) {
    if (["ENOENT", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

/** seg00009.ts → seg00010.ts; null: it has no number. */
function nextName(path: string): string | null {
  const [, before, number, after] = /^(.*?)(\d+)(\.\w+)$/.exec(path) ?? [];
  if (number === undefined || number.length > 15) return null;
  return `${before}${String(Number(number) + 1).padStart(number.length, "0")}${after}`;
}
