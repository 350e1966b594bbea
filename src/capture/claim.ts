// Which directory may this process write its capture into? One writer a directory; nobody else's files are touched.
// SPDX-License-Identifier: MPL-2.0

import { link, mkdir, readdir, readFile, rename, rm, rmdir, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CaptureError, systemCode } from "./errors.js";
import { object } from "./fields.js";
import { CAPTURE_FORMAT, captureFiles, isProcessFolder, isProfileFile, processFolder } from "./format.js";

const MAX_PROCESSES = 10_000;
let claims = 0;
const known = new Set<string>(Object.values(captureFiles).flatMap((name) => [name, `${name}.tmp`]));

/**
 * Makes `root`, or the folder for the n-th process in it, ours and returns it.
 * Without `n`: the root if nobody writes below it, else the first free process folder.
 */
export async function claimDirectory(root: string, n?: number): Promise<string> {
  try {
    await mkdir(root, { recursive: true });
    if (n !== undefined) return await claimOne(n === 1 ? root : join(root, processFolder(n)));
    if (!(await anyoneWrites(root))) {
      const claimed = await tryClaim(root);
      if (claimed) return root;
    }
    for (let i = 2; i < MAX_PROCESSES; i++) {
      const dir = join(root, processFolder(i));
      if (!(await isBusy(dir)) && !(await holdsCapture(dir)) && (await tryClaim(dir))) return dir;
    }
    throw new CaptureError("ERR_CAPTURE_BUSY", root);
  } catch (error) {
    if (error instanceof CaptureError) throw error;
    const code = systemCode(error);
    if (code === "EEXIST" || code === "ENOTDIR") throw new CaptureError("ERR_CAPTURE_NOT_A_DIRECTORY", root);
    throw new CaptureError("ERR_CAPTURE_WRITE", root, code, { cause: error });
  }
}

export async function releaseDirectory(dir: string): Promise<void> {
  await rm(join(dir, captureFiles.writer), { force: true });
}

/** Removes an older capture, file by known file; what is not ours stays, and capture.json until it is replaced. */
export async function clearCapture(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const path = join(dir, name);
    if (name === captureFiles.writer || name === captureFiles.capture) continue;
    if (name === captureFiles.profiles) await clearProfiles(path);
    else if (known.has(name)) await unlink(path);
    else if (isProcessFolder(name) && !(await isBusy(path)) && (await holdsCapture(path))) await clearFolder(path);
  }
}

async function clearProfiles(dir: string): Promise<void> {
  for (const name of await readdir(dir)) if (isProfileFile(name)) await unlink(join(dir, name));
}

async function clearFolder(dir: string): Promise<void> {
  await clearCapture(dir);
  await unlink(join(dir, captureFiles.capture));
  await releaseDirectory(dir);
  await rmdir(join(dir, captureFiles.profiles)).catch(() => undefined);
  await rmdir(dir).catch(() => undefined);
}

async function claimOne(dir: string): Promise<string> {
  if ((await isBusy(dir)) || !(await tryClaim(dir))) throw new CaptureError("ERR_CAPTURE_BUSY", dir);
  return dir;
}

/** False when somebody writes there or was faster. */
async function tryClaim(dir: string): Promise<boolean> {
  await mkdir(dir, { recursive: true });
  const entries = (await readdir(dir)).filter((name) => !name.startsWith(captureFiles.writer));
  if (entries.length > 0 && !(await holdsCapture(dir))) {
    if (await isBusy(dir)) return false;
    throw new CaptureError("ERR_CAPTURE_OCCUPIED", dir);
  }
  const file = join(dir, captureFiles.writer);
  const mine = `${file}.${process.pid}.${++claims}`;
  await writeFile(mine, `${process.pid} ${await startTicks(process.pid)}\n`);
  try {
    // A link appears with its content or not at all, and only one can be first.
    if (await linked(mine, file)) return true;
    const owner = await readFile(file, "utf8").catch(() => "");
    if (await lives(owner)) return false;
    await takeAway(file, owner, `${mine}.old`);
    return await linked(mine, file);
  } finally {
    await unlink(mine);
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Removes the claim of a dead owner, and puts back what it took if somebody new had claimed meanwhile. */
async function takeAway(file: string, owner: string, aside: string): Promise<void> {
  await rename(file, aside).catch(() => undefined);
  const taken = await readFile(aside, "utf8").catch(() => owner);
  if (taken !== owner) await linked(aside, file);
  await rm(aside, { force: true });
}

async function anyoneWrites(root: string): Promise<boolean> {
  if (await isBusy(root)) return true;
  for (const name of await readdir(root)) if (isProcessFolder(name) && (await isBusy(join(root, name)))) return true;
  return false;
}

/** From its first instant to its last a capture has a capture.json that says so. */
async function holdsCapture(dir: string): Promise<boolean> {
  const content = await readFile(join(dir, captureFiles.capture), "utf8").catch(() => "");
  try {
    return object(JSON.parse(content)).format === CAPTURE_FORMAT;
  } catch {
    return false;
  }
}

async function isBusy(dir: string): Promise<boolean> {
  return lives(await readFile(join(dir, captureFiles.writer), "utf8").catch(() => ""));
}

async function lives(owner: string): Promise<boolean> {
  const [pid, ticks = ""] = owner.trim().split(" ");
  return ticks !== "" && (await startTicks(Number(pid))) === ticks;
}

/** Field 22 of the process's stat; "" when it is gone, also when only nobody has waited for it yet. */
async function startTicks(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // the name before may hold anything
  return /^[ZX]$/.test(fields[0] ?? "") ? "" : (fields[19] ?? "");
}
