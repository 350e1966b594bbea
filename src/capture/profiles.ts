// Which profiles does a capture hold, and which of them can be read? All of one kind together.
// SPDX-License-Identifier: MPL-2.0

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CaptureFile, captureFiles, isMergedFile, isProfileFile, type ProfileRow } from "./format.js";
import { readProfileIndex } from "./profile-index.js";
import { Stacks } from "./stacks.js";

export interface ProfileData {
  stacks: Stacks;
  /** Sum of what the readable profiles hold. */
  totalNs: number;
  /** What the index says of the readable ones. */
  rows: ProfileRow[];
}

/** null = there is no profile of that kind. */
export interface Profiles {
  cpu: ProfileData | null;
  wall: ProfileData | null;
}

export async function readProfiles(dir: string, file: CaptureFile, problems: string[]): Promise<Profiles> {
  const found = (await readdir(join(dir, captureFiles.profiles)).catch(() => [])).filter(isProfileFile);
  const { rows, gone } = await readProfileIndex(dir, file, problems);
  const files = new Set(found.map((name) => `${captureFiles.profiles}/${name}`).filter((name) => !gone.has(name)));
  for (const name of rows.keys()) if (!files.has(name)) problems.push(`${name} is missing`);
  const profiles: Profiles = { cpu: null, wall: null };
  for (const name of files) {
    const row = rows.get(name);
    // What was to be merged into it is still there itself.
    if (row === undefined && isMergedFile(name)) continue;
    // While a capture is written, or when its writer died, a profile may lie there that is not listed yet.
    if (row === undefined && file.complete) problems.push(`${name} is not listed in ${captureFiles.index}`);
    const kind = name.startsWith(`${captureFiles.profiles}/wall-`) ? "wall" : "cpu";
    profiles[kind] ??= { stacks: new Stacks(), totalNs: 0, rows: [] };
    try {
      profiles[kind].totalNs += profiles[kind].stacks.add(await readFile(join(dir, name)));
      if (row !== undefined) profiles[kind].rows.push(row);
    } catch {
      problems.push(`${name} cannot be read`);
    }
  }
  return profiles;
}
