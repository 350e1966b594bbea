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

/** Of a file that we write ourselves: whatever its length. */
export async function* linesOf(path: string): AsyncGenerator<Line> {
  const { handle } = await openRegular(path);
  let rest = "";
  for await (const chunk of handle.createReadStream({ encoding: "utf8" })) {
    const parts = (rest + (chunk as string)).split("\n");
    rest = parts.pop() ?? "";
    for (const text of parts) yield { text, whole: true };
  }
  if (rest !== "") yield { text: rest, whole: false };
}

/** Of a file that somebody else may have made: within the limits above. */
export async function eachLine(path: string, take: (line: Line) => void): Promise<void> {
  const { handle } = await openRegular(path);
  let rest = "";
  let lines = 0;
  for await (const chunk of handle.createReadStream({ encoding: "utf8", end: MAX_BYTES - 1 })) {
    const parts = (rest + (chunk as string)).split("\n");
    rest = parts.pop() ?? "";
    for (const text of parts) {
      take({ text, whole: true });
      if (++lines >= MAX_LINES) return;
    }
    if (rest.length > MAX_LINE_CHARS) break;
  }
  if (rest !== "") take({ text: rest.slice(0, MAX_LINE_CHARS), whole: false });
}
