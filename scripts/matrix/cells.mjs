// TABLE: in which Debians, and under which Node, is the package tried?
// SPDX-License-Identifier: MPL-2.0
import { existsSync, mkdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { ask, quietly, StepFailed } from "../steps.mjs";

/** What a machine has that plays media, and nothing to build with. */
const packages = ["tools", "plugins-base", "plugins-good", "plugins-ugly"].map((name) => `gstreamer1.0-${name}`);

/**
 * By the version of GStreamer that the Debian has; the first and the last are those of the loading test. As they were released: of archives of
 * updates, servers that copy them sometimes have the list and not the file.
 */
export const roots = {
  1.18: { name: "bullseye-play", release: "bullseye", packages, updates: false },
  1.22: { name: "bookworm-play", release: "bookworm", packages, updates: false },
  1.26: { name: "trixie-play", release: "trixie", packages, updates: false },
  1.28: { name: "forky-play", release: "forky", packages, updates: false },
};

/** The oldest Node that the package says it runs on, and the newest of each line that was tried. */
export const nodes = ["20.9.0", "22.23.5", "24.22.3"];

/** The folder of one version of Node, from npm's package of its program. Its own npm is not in it. */
export function nodeOf(home, version) {
  const folder = path.join(home, "nodes", version);
  if (existsSync(folder)) return folder;
  const making = `${folder}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  try {
    const archive = quietly("npm", ["pack", "--silent", `node-linux-${process.arch}@${version}`], {
      cwd: making,
    }).trim();
    quietly("tar", ["-xzf", archive, "package/bin/node"], { cwd: making });
    renameSync(path.join(making, "package"), folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return folder;
}

/** npm is JavaScript: this machine's installs in the roots too. */
export function npmFolder() {
  const found = ask("sh", ["-c", "command -v npm"])?.trim();
  if (!found) throw new StepFailed("npm is missing", 3);
  return path.dirname(path.dirname(realpathSync(found)));
}
