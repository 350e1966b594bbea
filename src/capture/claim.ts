// Which directory may this process write its capture into? One writer a directory; files of others are left alone.
// SPDX-License-Identifier: MPL-2.0

import { lstatSync } from "node:fs";
import { link, readFile, rename } from "node:fs/promises";
import { attempt } from "../model/attempt.js";
import { CaptureError, systemCode } from "./errors.js";
import { parseObject } from "./fields.js";
import {
  CAPTURE_FORMAT,
  captureFiles,
  isProcessFolder,
  isProfileFile,
  MAX_CAPTURE_BYTES,
  processFolder,
} from "./format.js";
import { isPart, newPart, OwnFolder } from "./own-folder.js";

const MAX_PROCESSES = 10_000;
/** No claim of ours comes near. */
const MAX_CLAIM_BYTES = 1024;
const known = new Set<string>(Object.values(captureFiles));

export interface ClaimRequest {
  /** The n-th process of one run. */
  process?: number | undefined;
  /** False: an older capture is left alone, and refused. */
  replace?: boolean | undefined;
}

/**
 * Makes `root`, or the folder for the n-th process in it, ours and returns it.
 * Without `process`: the root if no process writes below it, else the first free process folder.
 */
export async function claimDirectory(root: string, { process: n, replace = true }: ClaimRequest): Promise<OwnFolder> {
  try {
    const top = OwnFolder.make(root);
    const claimed = await claimBelow(top, n, replace);
    if (claimed !== top) top.close();
    return claimed;
  } catch (error) {
    if (error instanceof CaptureError) throw error;
    const code = systemCode(error);
    if (code === "EEXIST" || code === "ENOTDIR") throw new CaptureError("ERR_CAPTURE_NOT_A_DIRECTORY", root);
    throw new CaptureError("ERR_CAPTURE_WRITE", root, code, { cause: error });
  }
}

/** Why no capture can be written there, before anything is; null: it can, as far as this can be known. */
export async function captureObstacle(dir: string, replace: boolean): Promise<CaptureError | null> {
  let folder: OwnFolder;
  try {
    if (!isThere(dir)) return null;
    folder = OwnFolder.open(dir);
  } catch (error) {
    if (error instanceof CaptureError) return error;
    return new CaptureError(systemCode(error) === "ENOTDIR" ? "ERR_CAPTURE_NOT_A_DIRECTORY" : "ERR_CAPTURE_WRITE", dir);
  }
  try {
    if (await anyoneWrites(folder)) return new CaptureError("ERR_CAPTURE_BUSY", dir);
    if ((await otherNames(folder)).length === 0) return null;
    if (!(await holdsCapture(folder))) return new CaptureError("ERR_CAPTURE_OCCUPIED", dir);
    return replace ? null : new CaptureError("ERR_CAPTURE_EXISTS", dir);
  } finally {
    folder.close();
  }
}

/** False also where a file is in the way of the path. */
const isThere = (dir: string): boolean => attempt(() => lstatSync(dir), null) !== null;

export function releaseDirectory(folder: OwnFolder): Promise<void> {
  return folder.remove(captureFiles.writer);
}

/** Removes an older capture, file by known file; what is not ours stays, and capture.json until it is replaced. */
export async function clearCapture(folder: OwnFolder): Promise<void> {
  for (const name of await folder.names()) {
    if (name === captureFiles.writer || name === captureFiles.capture) continue;
    if (name === captureFiles.profiles) await clearProfiles(folder);
    else if (known.has(name) || isPart(name)) await folder.remove(name);
    else if (isProcessFolder(name)) await clearProcess(folder, name);
  }
}

/** What a writer that died had in the making. */
export async function clearParts(folder: OwnFolder): Promise<void> {
  for (const name of await folder.names()) if (isPart(name)) await folder.remove(name);
}

async function clearProfiles(folder: OwnFolder): Promise<void> {
  const profiles = folder.folder(captureFiles.profiles);
  try {
    for (const name of await profiles.names()) if (isProfileFile(name) || isPart(name)) await profiles.remove(name);
  } finally {
    profiles.close();
  }
}

async function clearProcess(top: OwnFolder, name: string): Promise<void> {
  const folder = top.folder(name);
  try {
    if ((await isBusy(folder)) || !(await holdsCapture(folder))) return;
    await clearCapture(folder);
    await folder.remove(captureFiles.capture);
    await releaseDirectory(folder);
    await folder.removeFolder(captureFiles.profiles);
    await top.removeFolder(name);
  } finally {
    folder.close();
  }
}

async function claimBelow(top: OwnFolder, n: number | undefined, replace: boolean): Promise<OwnFolder> {
  if (n !== undefined) return claimOne(n === 1 ? top : top.makeFolder(processFolder(n)), replace);
  if (!(await anyoneWrites(top)) && (await tryClaim(top, replace))) return top;
  for (let i = 2; i < MAX_PROCESSES; i++) {
    const folder = top.makeFolder(processFolder(i));
    if (!(await isBusy(folder)) && !(await holdsCapture(folder)) && (await tryClaim(folder, replace))) return folder;
    folder.close();
  }
  throw new CaptureError("ERR_CAPTURE_BUSY", top.path);
}

async function claimOne(folder: OwnFolder, replace: boolean): Promise<OwnFolder> {
  if ((await isBusy(folder)) || !(await tryClaim(folder, replace)))
    throw new CaptureError("ERR_CAPTURE_BUSY", folder.path);
  return folder;
}

/** False when another process writes there, or was faster. */
async function tryClaim(folder: OwnFolder, replace: boolean): Promise<boolean> {
  if ((await otherNames(folder)).length > 0) {
    const ours = await holdsCapture(folder);
    if (!ours && (await isBusy(folder))) return false;
    if (!ours) throw new CaptureError("ERR_CAPTURE_OCCUPIED", folder.path);
    if (!replace) throw new CaptureError("ERR_CAPTURE_EXISTS", folder.path);
  }
  const mine = await folder.part(`${process.pid} ${await startTicks(process.pid)}\n`);
  try {
    // A link appears with its content or not at all, and only one can be first.
    if (await linked(folder, mine)) return true;
    const owner = await claimOf(folder);
    if (await lives(owner)) return false;
    await takeAway(folder, owner);
    return await linked(folder, mine);
  } finally {
    await folder.remove(mine);
  }
}

/** All but what writers leave there while they begin. */
async function otherNames(folder: OwnFolder): Promise<string[]> {
  return (await folder.names()).filter((name) => name !== captureFiles.writer && !isPart(name));
}

/** False when another process was first: it has a claim, or has removed what we had begun to write. */
async function linked(folder: OwnFolder, from: string): Promise<boolean> {
  try {
    await link(folder.at(from), folder.at(captureFiles.writer));
    return true;
  } catch (error) {
    if (["EEXIST", "ENOENT"].includes(systemCode(error))) return false;
    throw error;
  }
}

/** Removes the claim of a dead owner, and puts it back if it is that of a process which has claimed meanwhile. */
async function takeAway(folder: OwnFolder, owner: string): Promise<void> {
  const aside = newPart();
  await rename(folder.at(captureFiles.writer), folder.at(aside)).catch(() => undefined);
  const taken = (await folder.read(aside, MAX_CLAIM_BYTES))?.toString() ?? owner;
  if (taken !== owner) await linked(folder, aside);
  await folder.remove(aside);
}

export async function anyoneWrites(folder: OwnFolder): Promise<boolean> {
  if (await isBusy(folder)) return true;
  for (const name of await folder.names()) {
    if (!isProcessFolder(name)) continue;
    const process = folder.folder(name);
    const busy = await isBusy(process).finally(() => process.close());
    if (busy) return true;
  }
  return false;
}

/** A capture has a capture.json with its format from its first instant to its last. */
export async function holdsCapture(folder: OwnFolder): Promise<boolean> {
  const content = (await folder.read(captureFiles.capture, MAX_CAPTURE_BYTES))?.toString() ?? "";
  return parseObject(content)?.format === CAPTURE_FORMAT;
}

async function isBusy(folder: OwnFolder): Promise<boolean> {
  return lives(await claimOf(folder));
}

async function claimOf(folder: OwnFolder): Promise<string> {
  return (await folder.read(captureFiles.writer, MAX_CLAIM_BYTES))?.toString() ?? "";
}

async function lives(owner: string): Promise<boolean> {
  const [pid, ticks = ""] = owner.trim().split(" ");
  const seen = ticks === "" ? "" : await startTicks(Number(pid));
  return seen !== "" && Math.abs(Number(seen) - Number(ticks)) <= 1; // two namespaces may round differently
}

/**
 * Field 22 of the process's stat, as the machine's first time namespace counts: another one of its users may ask. "" when the
 * process is gone, also when it is a zombie.
 */
async function startTicks(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // the name before may hold anything
  if (/^[ZX]$/.test(fields[0] ?? "") || fields[19] === undefined) return "";
  return String(Number(fields[19]) - (await shiftTicks()));
}

const TICKS = 100;

/** By how much our own time namespace is ahead in what we read. */
async function shiftTicks(): Promise<number> {
  const offsets = await readFile("/proc/self/timens_offsets", "utf8").catch(() => "");
  const [, seconds = "0", ns = "0"] = /^boottime\s+(-?\d+)\s+(\d+)/m.exec(offsets) ?? [];
  return Number(seconds) * TICKS + Math.floor(Number(ns) / (1e9 / TICKS));
}
