// Which captures of the same command lie in one folder? run-1, run-2, …: made one after the other, compared together.
// SPDX-License-Identifier: MPL-2.0

import { existsSync } from "node:fs";
import { anyoneWrites, clearCapture, holdsCapture, releaseDirectory } from "./claim.js";
import { CaptureError } from "./errors.js";
import { captureFiles, isRunFolder, runFolder } from "./format.js";
import { namesIn } from "./open.js";
import { isPart, OwnFolder } from "./own-folder.js";

const OTHERS = "name another one for the runs with --capture";
const A_CAPTURE = `a capture of its own: ${OTHERS}`;

/** Names in a folder of runs. */
const MOST_NAMES = 20_000;

/** Names of the runs in `dir`, in their order; none where it is a capture itself, or has none. */
export async function runsIn(dir: string): Promise<string[]> {
  const { names } = await namesIn(dir, MOST_NAMES);
  if (names.includes(captureFiles.capture)) return [];
  return names.filter(isRunFolder).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

/** Why no runs can be written there; null: they can, as far as this can be known. */
export async function runsObstacle(dir: string, replace: boolean): Promise<CaptureError | null> {
  if (!existsSync(dir)) return null;
  try {
    const folder = OwnFolder.open(dir);
    const names = await folder.names();
    const isOurs = await isOnlyRuns(folder).finally(() => folder.close());
    if (isOurs && (names.length === 0 || replace)) return null;
    if (isOurs) return new CaptureError("ERR_CAPTURE_EXISTS", dir);
    return new CaptureError("ERR_CAPTURE_OCCUPIED", dir, names.includes(captureFiles.capture) ? A_CAPTURE : OTHERS);
  } catch (error) {
    if (error instanceof CaptureError) return error;
    return new CaptureError("ERR_CAPTURE_NOT_A_DIRECTORY", dir);
  }
}

/** Takes runs of an earlier command away, from the n-th on: they must not be compared together with new ones. */
export async function clearRunsFrom(dir: string, n: number): Promise<void> {
  const folder = OwnFolder.open(dir);
  try {
    for (const name of await runsIn(dir))
      if (Number(name.slice(runFolder(0).length - 1)) >= n) await clearRun(folder, name);
  } finally {
    folder.close();
  }
}

/** Nothing else is in it: neither a capture of its own, nor files of others. */
async function isOnlyRuns(top: OwnFolder): Promise<boolean> {
  for (const name of await top.names()) {
    if (isPart(name)) continue;
    if (!isRunFolder(name)) return false;
    const run = top.folder(name);
    const ours = await holdsCapture(run).finally(() => run.close());
    if (!ours) return false;
  }
  return true;
}

/** Removes one run, with the folders of its processes. Throws where somebody writes there. */
async function clearRun(top: OwnFolder, name: string): Promise<void> {
  const run = top.folder(name);
  try {
    if (await anyoneWrites(run)) throw new CaptureError("ERR_CAPTURE_BUSY", run.path);
    await clearCapture(run);
    await run.remove(captureFiles.capture);
    await releaseDirectory(run);
    await run.removeFolder(captureFiles.profiles);
  } finally {
    run.close();
  }
  await top.removeFolder(name);
}
