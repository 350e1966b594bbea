// Which profiles does a capture list? One line each; a later line may say that others were merged into it, or dropped.
// SPDX-License-Identifier: MPL-2.0

import { join } from "node:path";
import { CaptureError, systemCode } from "./errors.js";
import { amount, decimal, each, list, listOf, object, parseObject, shape, text } from "./fields.js";
import { type CaptureFile, captureFiles, type ProfileRow } from "./format.js";
import { eachLine } from "./lines.js";

export interface ProfileIndex {
  /** Of the profiles that count, by file. */
  rows: Map<string, ProfileRow>;
  /** Files that were merged into another or dropped, and may still lie there. */
  gone: Set<string>;
}

/** What profiles.ndjson says; a capture of version 1 has its rows in capture.json. */
export async function readProfileIndex(dir: string, file: CaptureFile, problems: string[]): Promise<ProfileIndex> {
  const index: ProfileIndex = { rows: new Map(), gone: new Set() };
  for (const row of file.profiles ?? []) index.rows.set(row.file, row);
  let [lines, broken] = [0, 0];
  try {
    await eachLine(join(dir, captureFiles.index), (line) => {
      // The last line may be in the making.
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

/** False: it is no line of ours. */
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
  ...each(amount, "durationNs", "samples", "totalNs", "reachedRoot", "inferred", "frames", "framesNamed"),
  windows: (value) => Math.max(1, amount(value)),
  replaces: listOf(text),
});

export function parseRow(value: unknown): ProfileRow {
  const { atNs } = object(value);
  return { ...profileRow(value), ...(atNs !== undefined && { atNs: amount(atNs) }) };
}
