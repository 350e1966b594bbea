// Where are the parts of this installation, and are they of one release? In a checkout, in npm's folders, in a copy of either.
// SPDX-License-Identifier: MPL-2.0

import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

interface Manifest {
  name: string;
  version: string;
}

/** The two folders of native files; `problem`: why they cannot be used, and what to do. */
export interface NativeParts {
  /** Of the tracer plugin and its guard. */
  pluginFolder: string;
  addonFolder: string;
  problem?: { code: "ERR_NATIVE_MISSING" | "ERR_NATIVE_VERSION"; text: string };
}

const OURS = "gst-pyroscope";

/** TABLE: what there is a package for, by Node's names of system and processor. */
const platforms: Record<string, string> = {
  "linux-x64": "@gst-pyroscope/linux-x64-gnu",
  "linux-arm64": "@gst-pyroscope/linux-arm64-gnu",
};

/** Whatever file this code was built into: the first folder above it with our package.json. Without one, as dist/ lies in a checkout. */
function ownRoot(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let folder = here; dirname(folder) !== folder; folder = dirname(folder))
    if (manifestIn(folder)?.name === OURS) return folder;
  return dirname(here);
}

function manifestIn(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}

export const root = ownRoot();
export const version = manifestIn(root)?.version ?? "unknown";
/** What the tracer starts, and what is `gst-pyroscope` in a PATH. */
export const agentFile = join(root, "dist/cli.js");
/** Below each root; made and written by src/start. */
export const keptCode = "dist/start/cache";
/** The page that a report fills with its data. */
export const pageFile = join(root, "dist/report-page.html");
export const diffPageFile = join(root, "dist/diff-page.html");
/** The page that an agent serves. */
export const liveFiles = {
  html: join(root, "dist/live-page.html"),
  script: join(root, "dist/live-page.js"),
  style: join(root, "dist/live-page.css"),
};
/** The thread that lays graphs out. */
export const layoutWorkerFile = join(root, "dist/graph/layout-worker.js");

/** A build in the folder itself goes before a package: a person who builds wants to see that. */
export function nativeParts(folder = root, machine = `${process.platform}-${process.arch}`): NativeParts {
  const built = { pluginFolder: join(folder, "build/plugin"), addonFolder: join(folder, "build/Release") };
  if (existsSync(built.pluginFolder) || existsSync(built.addonFolder)) return built;
  const platform = platforms[machine];
  const wanted = manifestIn(folder)?.version ?? "unknown";
  const found = platform === undefined ? undefined : platformFolder(folder, platform);
  if (found === undefined) {
    const text = existsSync(join(folder, "CMakeLists.txt")) ? unbuilt : whereToGetIt(wanted, machine);
    return { ...built, problem: { code: "ERR_NATIVE_MISSING", text } };
  }
  const parts = { pluginFolder: found, addonFolder: found };
  const its = manifestIn(found)?.version ?? "unknown";
  if (its === wanted) return parts;
  const text = `${OURS} ${wanted} in ${folder}, ${platform} ${its} in ${found}`;
  return { ...parts, problem: { code: "ERR_NATIVE_VERSION", text } };
}

/** Where the plugin looks for an agent, from its own folder: those of kPlaces (native/process/find-agent.cc) that are programs for Node. */
export const agentPlaces = [
  "../../gst-pyroscope/dist/cli.js",
  "../../dist/cli.js",
  "../../../../gst-pyroscope/dist/cli.js",
];

/** Does the plugin find this agent by itself? Some package managers put the two elsewhere. */
export function findsUs(pluginFolder: string): boolean {
  return agentPlaces.some((place) => same(join(pluginFolder, place), agentFile));
}

function same(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}

/** Beside us, as the plugin looks for us (native/process/find-agent.cc), or wherever the package manager put it. */
function platformFolder(folder: string, platform: string): string | undefined {
  const beside = join(folder, "..", platform);
  if (manifestIn(beside)?.name === platform) return realpathSync(beside);
  try {
    return dirname(createRequire(join(folder, "package.json")).resolve(`${platform}/package.json`));
  } catch {
    return undefined;
  }
}

const unbuilt = "nothing is built here: run npm run build";

function whereToGetIt(wanted: string, machine: string): string {
  const platform = platforms[machine];
  if (platform === undefined) return `there is no package for ${machine}: a checkout may be built there`;
  return `there is no ${platform} beside ${OURS} ${wanted}: npm install ${platform}@${wanted}, which --omit=optional leaves out`;
}
