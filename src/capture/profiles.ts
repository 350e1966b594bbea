// Which profiles does a capture hold, and which of them can be read? Their stacks, merged by kind (CPU, wall).
// SPDX-License-Identifier: MPL-2.0

import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { RecordedProfiles } from "../model/recorded-profiles.js";
import { type CaptureFile, captureFiles, isMergedFile, isProfileFile, type ProfileRow } from "./format.js";
import { namesIn, readWhole } from "./open.js";
import { readProfileIndex } from "./profile-index.js";
import { Stacks } from "./stacks.js";

interface FoldedProfiles extends RecordedProfiles {
  stacks: Stacks;
  rows: ProfileRow[];
}

/** Merged profiles by kind; null = the capture has no profile of that kind. */
export interface Profiles {
  cpu: FoldedProfiles | null;
  wall: FoldedProfiles | null;
}

/** Maximum compressed bytes of one profile. */
export const MAX_PROFILE_BYTES = 32 * 2 ** 20;
/** Maximum uncompressed bytes of all profiles; later ones are not read. An hour at the highest rate has a fifth. */
export const MAX_TOTAL_BYTES = 2 ** 30;
/** Bytes that a damaged profile counts toward MAX_TOTAL_BYTES, since it may have been decompressed before it failed. */
const DAMAGED_BYTES = 16 * 2 ** 20;
const MAX_FILES = 100_000;

/** A file in the folder of profiles that counts. */
export interface PresentProfile {
  /** Path inside the capture. */
  name: string;
  /** Undefined: the index does not list it yet. */
  row: ProfileRow | undefined;
}

/** Profiles of the capture in `dir`, sorted by name. Files that are missing or were not expected are described in `problems`. */
export async function presentProfiles(dir: string, file: CaptureFile, problems: string[]): Promise<PresentProfile[]> {
  const { names, more } = await entriesOf(join(dir, captureFiles.profiles));
  if (more) problems.push(`${captureFiles.profiles}: more than ${MAX_FILES} files; the others were left out`);
  const found = names.filter(isProfileFile);
  const { rows, gone } = await readProfileIndex(dir, file, problems);
  const present = found.map((name) => `${captureFiles.profiles}/${name}`).filter((name) => !gone.has(name));
  const files = new Set(present);
  for (const name of rows.keys()) if (!files.has(name)) problems.push(`${name} is missing`);
  // An unlisted merged profile is skipped: the profiles that it was made from still exist.
  return [...files]
    .map((name) => ({ name, row: rows.get(name) }))
    .filter(({ name, row }) => row || !isMergedFile(name));
}

/** Reads all profiles of the capture in `dir`. Files that are missing or damaged are described in `problems`. */
export async function readProfiles(dir: string, file: CaptureFile, problems: string[]): Promise<Profiles> {
  const profiles: Profiles = { cpu: null, wall: null };
  let left = MAX_TOTAL_BYTES;
  let unread = 0;
  for (const { name, row } of await presentProfiles(dir, file, problems)) {
    if (left <= 0) {
      unread++;
      continue;
    }
    // A capture that is being written, or whose writer was killed, may contain a profile that is not listed yet.
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

/** Entries of a directory, none if it cannot be read. Symbolic links are not followed. */
async function entriesOf(path: string): ReturnType<typeof namesIn> {
  const none = { names: [], more: false };
  try {
    return (await lstat(path)).isDirectory() ? await namesIn(path, MAX_FILES) : none;
  } catch {
    return none;
  }
}
