// Which lines does a file have, and is the last one whole? One line in memory at a time, and an end whatever the file is.
// SPDX-License-Identifier: MPL-2.0

import { openRegular } from "./open.js";

/** No line of ours comes near; a longer one ends the reading. */
const MAX_LINE_CHARS = 256 * 1024;
/** Days of a large pipeline. What comes behind is not read. */
const MAX_LINES = 2_000_000;
const MAX_BYTES = 2 ** 29;

export interface Line {
  text: string;
  /** False for a last line without its newline, and for one that is too long. */
  whole: boolean;
}

interface Limits {
  bytes: number;
  lines: number;
  chars: number;
}

const NONE: Limits = {
  bytes: Number.POSITIVE_INFINITY,
  lines: Number.POSITIVE_INFINITY,
  chars: Number.POSITIVE_INFINITY,
};
const OF_OTHERS: Limits = { bytes: MAX_BYTES, lines: MAX_LINES, chars: MAX_LINE_CHARS };

/** Of a file that we write ourselves: whatever its length. */
export async function* linesOf(path: string): AsyncGenerator<Line> {
  for await (const lines of chunksOf(path, NONE)) yield* lines;
}

/** Of a file that another program may have made: within the limits above. */
export async function eachLine(path: string, take: (line: Line) => void): Promise<void> {
  for await (const lines of chunksOf(path, OF_OTHERS)) for (const line of lines) take(line);
}

/** The lines that end in each piece that is read; last what has no newline. */
async function* chunksOf(path: string, most: Limits): AsyncGenerator<Line[]> {
  const { handle } = await openRegular(path);
  let rest = "";
  let lines = 0;
  for await (const chunk of handle.createReadStream({ encoding: "utf8", end: most.bytes - 1 })) {
    const parts = (rest + (chunk as string)).split("\n");
    rest = parts.pop() ?? "";
    const left = most.lines - lines;
    yield parts.slice(0, left).map((text) => ({ text, whole: true }));
    lines += parts.length;
    if (lines >= most.lines) return;
    if (rest.length > most.chars) break;
  }
  if (rest !== "") yield [{ text: rest.slice(0, most.chars), whole: false }];
}
