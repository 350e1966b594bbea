// How does GST_TRACERS=pyroscope become enough? This release is copied to the user's data folder, and a link to its plugin put where GStreamer looks.
// SPDX-License-Identifier: MPL-2.0

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import type { Environment } from "../config/configuration.js";
import { CodedError } from "../errors.js";
import { nativeParts, root, version } from "../installation.js";
import { pluginFile, pluginProblem } from "./plugin.js";
import { type Installable, keepRelease } from "./release-folder.js";
import {
  cannotChange,
  linkState,
  ourReleases,
  UNFINISHED,
  type UserFolder,
  userFolder,
  usersOf,
} from "./user-folder.js";

/**
 * What to say then. Nothing that exists is written to: processes that have the release before go on with it. The link is the
 * one thing that is replaced, by a rename, and with it plugin, guard and agent at once.
 */
export function installPlugin(
  environment: Environment,
  own: Installable = { root, version, parts: nativeParts() },
): string[] {
  const { problem, pluginFolder } = own.parts;
  if (problem !== undefined) throw new CodedError(problem.code, problem.text);
  const unusable = pluginProblem(pluginFolder, environment);
  if (unusable !== undefined) throw new CodedError("ERR_PLUGIN_UNUSABLE", unusable);
  const place = userFolder(environment);
  try {
    if (linkState(place).state === "foreign") throw new CodedError("ERR_PLUGIN_FOREIGN", place.link);
    const release = keepRelease(place.releases, own);
    pointTo(release, place);
    prepareStart(release);
    return [...installed(place, release, own.version), ...pathNotes(environment), ...sweep(place, release)];
  } catch (error) {
    throw cannotChange(error);
  }
}

/** Not by its absolute path, so that a home that moves keeps a link that leads somewhere. */
function pointTo(release: string, { link }: UserFolder): void {
  mkdirSync(dirname(link), { recursive: true });
  const scope = join(realpathSync(release), "node_modules/@gst-pyroscope");
  const [platform = ""] = readdirSync(scope);
  const fresh = `${link}.${process.pid}`;
  rmSync(fresh, { force: true });
  symlinkSync(relative(realpathSync(dirname(link)), join(scope, platform, pluginFile)), fresh);
  renameSync(fresh, link);
}

/** The first agent then starts as fast as the next ones. Where it cannot be, they make it themselves: no reason to fail. */
function prepareStart(release: string): void {
  const program = join(release, "node_modules/gst-pyroscope/dist/cli.js");
  spawnSync(process.execPath, [program, "prepare-start"], { stdio: "ignore", timeout: 20_000 });
}

/** Releases before this one, except where a process still has one. */
function sweep(place: UserFolder, current: string): string[] {
  const used = [current, linkState(place).release]; // somebody may have put another one there meanwhile
  const others = ourReleases(place.releases).filter(
    (folder) => !used.includes(folder) && !basename(folder).startsWith(UNFINISHED),
  );
  const kept = others.filter((folder) => usersOf(folder).length > 0);
  for (const folder of others) if (!kept.includes(folder)) rmSync(folder, { recursive: true, force: true });
  return kept.map((folder) => `Kept for now: ${folder}, which processes ${usersOf(folder).join(", ")} use`);
}

function installed({ link }: UserFolder, release: string, its: string): string[] {
  return [
    `Plugin: ${link}`,
    `Agent: gst-pyroscope ${its} in ${release}`,
    "Every program of this user that is started with GST_TRACERS=pyroscope is profiled now:",
    "  GST_TRACERS=pyroscope GST_PYROSCOPE_CAPTURE=/tmp/my-capture gst-launch-1.0 videotestsrc num-buffers=100 ! jpegenc ! fakesink",
    "Away again: gst-pyroscope uninstall",
  ];
}

function pathNotes(environment: Environment): string[] {
  const variables = ["GST_PLUGIN_SYSTEM_PATH_1_0", "GST_PLUGIN_SYSTEM_PATH"].filter(
    (name) => environment[name] !== undefined,
  );
  return variables.map((name) => `But ${name} is set here, and where it is GStreamer does not look into that folder`);
}
