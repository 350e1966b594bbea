// Which profiles does a capture list? One line each; a later line may replace earlier ones or remove them.
// SPDX-License-Identifier: MPL-2.0

import { join } from "node:path";
import { CaptureError, systemCode } from "./errors.js";
import { amount, decimal, each, list, listOf, object, parseObject, shape, text } from "./fields.js";
import { type CaptureFile, captureFiles, type ProfileRow } from "./format.js";
import { eachLine } from "./lines.js";

export interface ProfileIndex {
  /** Rows of the profiles that are valid now, by file name. */
  rows: Map<string, ProfileRow>;
  /** Files that were merged into another or dropped; they may still exist on disk. */
  gone: Set<string>;
}

/**
 * Reads profiles.ndjson, and the rows in capture.json of a capture of version 1. What cannot be read
 * is added to `problems` and is not an error.
 */
export async function readProfileIndex(dir: string, file: CaptureFile, problems: string[]): Promise<ProfileIndex> {
  const index: ProfileIndex = { rows: new Map(), gone: new Set() };
  for (const row of file.profiles ?? []) index.rows.set(row.file, row);
  let [lines, broken] = [0, 0];
  try {
    await eachLine(join(dir, captureFiles.index), (line) => {
      // The last line may still be being written.
      if (!line.whole) return;
      lines++;
      if (!addLine(index, line.text)) broken++;
    });
  } catch (error) {
    if (systemCode(error instanceof CaptureError ? error.cause : error) !== "ENOENT")
      problems.push(`${captureFiles.index} cannot be read`);
  }
  if (broken > 0) problems.push(`${captureFiles.index}: ${broken} of ${lines} lines cannot be read`);
  return index;
}

/** Applies one line to the index; false if it is not a valid line. */
function addLine({ rows, gone }: ProfileIndex, line: string): boolean {
  const json = parseObject(line) ?? {};
  const names = list(json.dropped ?? json.replaces).map(text);
  const row = parseRow(json);
  if (json.dropped === undefined && row.file === "") return false;
  for (const name of names) {
    rows.delete(name);
    gone.add(name);
  }
  if (json.dropped === undefined) rows.set(row.file, row);
  return true;
}

const profileRow = shape<Omit<ProfileRow, "atNs">>({
  file: text,
  kind: (value) => (value === "wall" ? "wall" : "cpu"),
  startUnixNs: decimal,
  ...each(amount, "durationNs", "samples", "totalNs", "reachedRoot", "inferred"),
  ...each(amount, "frames", "framesNamed", "framesByType", "framesByRole"),
  windows: (value) => Math.max(1, amount(value)),
  replaces: listOf(text),
});

/** A row made of an untrusted JSON value; missing or invalid fields become "", 0 or another default. */
export function parseRow(value: unknown): ProfileRow {
  const { atNs } = object(value);
  return { ...profileRow(value), ...(atNs !== undefined && { atNs: amount(atNs) }) };
}
