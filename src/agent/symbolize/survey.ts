// Which captures does a directory hold, are they whole, and which frames in them have no symbol or no line? Nothing is changed.
// SPDX-License-Identifier: MPL-2.0

import { join } from "node:path";
import { captureObstacle } from "../../capture/claim.js";
import { CaptureError, type CaptureErrorCode } from "../../capture/errors.js";
import { ModulePlaces, namelessIn, type PlacesOfModule } from "../../capture/module-places.js";
import { readCapture } from "../../capture/reader.js";
import { profileNames, profilesIn, wasInterrupted } from "../../capture/renaming.js";

export interface Surveyed {
  dir: string;
  places: ModulePlaces;
  /** Those that lack something; all where an earlier try was interrupted. */
  open: PlacesOfModule[];
}

/** Of a folder of another process of a run: it was given up before anything was written into it. */
const NOTHING_THERE: readonly CaptureErrorCode[] = ["ERR_CAPTURE_EMPTY", "ERR_CAPTURE_FOREIGN"];

const NOT_OURS_NOW: readonly CaptureErrorCode[] = ["ERR_CAPTURE_BUSY", "ERR_CAPTURE_UNSAFE"];

/** The capture in `dir` and those of the other processes below it. Throws a CaptureError unless all are whole and nobody writes. */
export async function wholeCaptures(dir: string): Promise<string[]> {
  const obstacle = await captureObstacle(dir, true);
  if (obstacle !== null && NOT_OURS_NOW.includes(obstacle.code)) throw obstacle;
  const below = (await foldersOfWhole(dir)).filter((folder) => !folder.startsWith(".."));
  const whole = [dir];
  for (const folder of below.map((name) => join(dir, name))) {
    try {
      await foldersOfWhole(folder);
      whole.push(folder);
    } catch (error) {
      if (!(error instanceof CaptureError && NOTHING_THERE.includes(error.code))) throw error;
    }
  }
  return whole;
}

async function foldersOfWhole(dir: string): Promise<string[]> {
  const { problems, otherProcesses } = await readCapture(dir);
  const [first, ...others] = problems;
  const more = others.length === 0 ? "" : `; ${others.length} more`;
  if (first !== undefined) throw new CaptureError("ERR_CAPTURE_TRUNCATED", dir, `${first}${more}; nothing was changed`);
  return otherProcesses;
}

export async function survey(dir: string, progress: (profile: number, of: number) => void): Promise<Surveyed> {
  const places = new ModulePlaces();
  const profiles = await profilesIn(dir);
  for (const [i, { name }] of profiles.entries()) {
    progress(i + 1, profiles.length);
    for (const place of (await profileNames(join(dir, name))).places()) places.add(place);
  }
  const open = wasInterrupted(dir) ? places.modules : places.modules.filter(lacksSomething);
  return { dir, places, open };
}

const lacksSomething = (module: PlacesOfModule): boolean =>
  namelessIn(module) > 0 || module.withLine.size < module.origins.size;
