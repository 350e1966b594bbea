// How does a release get a folder of its own that is whole from its first moment? Copied beside it, and put there by a rename.
// SPDX-License-Identifier: MPL-2.0

import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { systemCode } from "../capture/errors.js";
import { keptCode, type nativeParts } from "../installation.js";
import { MARK, UNFINISHED } from "./user-folder.js";

export interface Installable {
  root: string;
  version: string;
  parts: ReturnType<typeof nativeParts>;
}

/** Named by its content: the same one twice is one folder, and no other is ever written over. */
export function keepRelease(releases: string, own: Installable): string {
  mkdirSync(releases, { recursive: true });
  const fresh = mkdtempSync(join(releases, UNFINISHED));
  try {
    copyRelease(fresh, own);
    const release = join(releases, `${own.version}-${digest(fresh).slice(0, 12)}`);
    if (existsSync(release) && digest(release) !== digest(fresh)) renameSync(release, `${fresh}-damaged`);
    if (!existsSync(release)) putThere(fresh, release);
    return release;
  } finally {
    for (const left of [fresh, `${fresh}-damaged`]) rmSync(left, { recursive: true, force: true });
  }
}

/** Another process that installs this release at the same moment may be first; what it has put there is equal. */
function putThere(fresh: string, release: string): void {
  try {
    renameSync(fresh, release);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST"].includes(systemCode(error))) throw error;
  }
}

/** As npm lays packages out. Of a checkout, which is there to be changed, the agent is only linked to. */
function copyRelease(to: string, { root: from, version: its, parts }: Installable): void {
  const modules = join(to, "node_modules");
  const agent = join(modules, "gst-pyroscope");
  const built = parts.addonFolder !== parts.pluginFolder;
  const platform = built ? `${process.platform}-${process.arch}` : basename(parts.pluginFolder);
  copy(parts.pluginFolder, join(modules, "@gst-pyroscope", platform));
  if (built) symlinkSync(from, agent);
  else
    for (const part of ["package.json", "dist", "LICENSE", "THIRD-PARTY.txt"])
      copy(join(from, part), join(agent, part));
  writeFileSync(join(to, MARK), `${JSON.stringify({ name: "gst-pyroscope", version: its })}\n`);
}

/** Also of a folder that may not be written to, and of links to files; what is made can be removed again. */
function copy(from: string, to: string): void {
  const its = statSync(from);
  mkdirSync(its.isDirectory() ? to : dirname(to), { recursive: true });
  if (its.isDirectory()) {
    for (const name of readdirSync(from)) copy(join(from, name), join(to, name));
  } else {
    copyFileSync(from, to);
    chmodSync(to, (its.mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

/** Of what was installed: not of compiled code that was kept since. */
function digest(folder: string): string {
  const hash = createHash("sha256");
  const add = (path: string) => {
    for (const entry of readdirSync(join(folder, path), { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const inner = join(path, entry.name);
      if (inner.endsWith(keptCode)) continue;
      if (entry.isDirectory()) add(inner);
      else {
        const its = entry.isSymbolicLink() ? readlinkSync(join(folder, inner)) : readFileSync(join(folder, inner));
        hash.update(`${inner}\0${its.length}\0`).update(its);
      }
    }
  };
  add("");
  return hash.digest("hex");
}
