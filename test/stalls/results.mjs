// Where do the results of trials stay, so that a run can be resumed and a wrong trial be explained? One JSON line each, and its recording.
// SPDX-License-Identifier: MPL-2.0
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

export function resultsIn(folder) {
  const file = join(folder, "results.jsonl");
  return {
    file,
    all: () => (existsSync(file) ? readLines(readFileSync(file, "utf8")) : []),
    add: ({ recording, ...result }) => {
      mkdirSync(join(folder, "recordings"), { recursive: true });
      if (recording !== undefined)
        writeFileSync(join(folder, "recordings", `${result.id}.json.gz`), gzipped(recording));
      appendFileSync(file, `${JSON.stringify(result)}\n`);
    },
  };
}

const gzipped = (value) => gzipSync(JSON.stringify(value));

/** The last line of a run that was killed may be half a line: that trial has no result. */
export function readLines(text) {
  return text.split("\n").flatMap((line) => {
    if (line === "") return [];
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}
