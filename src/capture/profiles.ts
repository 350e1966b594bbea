// Which profiles does a capture hold, and which of them can be read? All of one kind together.
// SPDX-License-Identifier: MPL-2.0

import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { RecordedProfiles } from "../model/recording.js";
import { type CaptureFile, captureFiles, isMergedFile, isProfileFile, type ProfileRow } from "./format.js";
import { namesIn, readWhole } from "./open.js";
import { readProfileIndex } from "./profile-index.js";
import { Stacks } from "./stacks.js";

interface FoldedProfiles extends RecordedProfiles {
  stacks: Stacks;
  rows: ProfileRow[];
}

/** null = there is no profile of that kind. */
export interface Profiles {
  cpu: FoldedProfiles | null;
  wall: FoldedProfiles | null;
}

/** As it lies on disk, packed. */
const MAX_PROFILE_BYTES = 32 * 2 ** 20;
/** Of all profiles together, unpacked: an hour at the highest rate has a fifth of it. Those behind it are not read. */
const MAX_TOTAL_BYTES = 2 ** 30;
/** What reading a damaged one is counted as: it may have been unpacked to its end. */
const DAMAGED_BYTES = 16 * 2 ** 20;
const MAX_FILES = 100_000;

export async function readProfiles(dir: string, file: CaptureFile, problems: string[]): Promise<Profiles> {
  const { names, more } = await entriesOf(join(dir, captureFiles.profiles));
  if (more) problems.push(`${captureFiles.profiles}: more than ${MAX_FILES} files; the others were left out`);
  const found = names.filter(isProfileFile);
  const { rows, gone } = await readProfileIndex(dir, file, problems);
  const present = found.map((name) => `${captureFiles.profiles}/${name}`).filter((name) => !gone.has(name));
  const files = new Set(present);
  for (const name of rows.keys()) if (!files.has(name)) problems.push(`${name} is missing`);
  const profiles: Profiles = { cpu: null, wall: null };
  let left = MAX_TOTAL_BYTES;
  let unread = 0;
  for (const name of files) {
    if (left <= 0) {
      unread++;
      continue;
    }
    const row = rows.get(name);
    // What was to be merged into it is still there itself.
    if (row === undefined && isMergedFile(name)) continue;
    // While a capture is written, or when its writer died, a profile may lie there that is not listed yet.
    if (row === undefined && file.complete) problems.push(`${name} is not listed in ${captureFiles.index}`);
    const kind = name.startsWith(`${captureFiles.profiles}/wall-`) ? "wall" : "cpu";
    profiles[kind] ??= { stacks: new Stacks(), totalNs: 0, rows: [] };
    try {
      const { ns, bytes } = profiles[kind].stacks.add(await readWhole(join(dir, name), MAX_PROFILE_BYTES));
      profiles[kind].totalNs += ns;
      left -= bytes;
      if (row !== undefined) profiles[kind].rows.push(row);
    } catch {
      left -= DAMAGED_BYTES;
      problems.push(`${name} cannot be read`);
    }
  }
  if (unread > 0) problems.push(`${captureFiles.profiles}: more than can be read; ${unread} files were left out`);
  return profiles;
}

/** Of a directory that is one itself, not a link to another. */
async function entriesOf(path: string): ReturnType<typeof namesIn> {
  const none = { names: [], more: false };
  try {
    return (await lstat(path)).isDirectory() ? await namesIn(path, MAX_FILES) : none;
  } catch {
    return none;
  }
}
