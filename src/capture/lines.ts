// Which lines does a file have, and is the last one whole? A file of any size, one line in memory at a time.
// SPDX-License-Identifier: MPL-2.0

import { createReadStream } from "node:fs";

/** No line of ours comes near; a longer one ends the reading. */
const MAX_LINE_CHARS = 4 * 1024 * 1024;

export interface Line {
  text: string;
  /** False for a last line without its newline, and for one that is too long. */
  whole: boolean;
}

export async function* linesOf(path: string): AsyncGenerator<Line> {
  let rest = "";
  for await (const chunk of createReadStream(path, { encoding: "utf8" })) {
    const parts = (rest + (chunk as string)).split("\n");
    rest = parts.pop() ?? "";
    for (const text of parts) yield { text, whole: true };
    if (rest.length > MAX_LINE_CHARS) break;
  }
  if (rest !== "") yield { text: rest, whole: false };
}
