// What does install-plugin keep in the user's data folder? Releases, and a symlink to the plugin of one of them.
// SPDX-License-Identifier: MPL-2.0

import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Environment } from "../config/configuration.js";
import { CodedError } from "../errors.js";
import { pluginFile } from "./plugin.js";

export interface UserFolder {
  /** Path of the symlink to the plugin, in the folder that GStreamer scans for this user by default. */
  link: string;
  /** Folder with one `<version>-<hash>/` per release, each laid out as npm installs it. */
  releases: string;
}

/** File in each release with the name and version of the package that installed it. */
export const MARK = "release.json";
/** Name prefix of a release that is still being copied. */
export const UNFINISHED = ".new-";

/** Paths below the user data folder as g_get_user_data_dir() of GLib finds it; a relative XDG_DATA_HOME is ignored. */
export function userFolder({ XDG_DATA_HOME: data = "", HOME: home = "" }: Environment): UserFolder {
  const folder = isAbsolute(data) ? data : join(home === "" ? homedir() : home, ".local/share");
  return { link: join(folder, "gstreamer-1.0/plugins", pluginFile), releases: join(folder, "gst-pyroscope") };
}

/** `release`: the release folder that the link points into; "" if there is no such folder. */
export interface LinkState {
  state: "none" | "foreign" | "ours";
  release: string;
}

/** Examines the path of the symlink: nothing there, a link into our releases, or anything else ("foreign"). */
export function linkState({ link, releases }: UserFolder): LinkState {
  const at = lstatSync(link, { throwIfNoEntry: false });
  if (!at?.isSymbolicLink()) return { state: at === undefined ? "none" : "foreign", release: "" };
  const target = resolve(real(dirname(link)), readlinkSync(link));
  const release = ourReleases(releases).find((folder) => target.startsWith(`${real(folder)}/`)) ?? "";
  return { state: target.startsWith(`${real(releases)}/`) ? "ours" : "foreign", release };
}

/** Paths of the release folders that install-plugin made, complete ones before unfinished ones. */
export function ourReleases(releases: string): string[] {
  const names = lstatSync(releases, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(releases) : [];
  const folders = names.filter((name) => versionOf(join(releases, name)) !== undefined || name.startsWith(UNFINISHED));
  return folders
    .sort()
    .reverse()
    .map((name) => join(releases, name));
}

/** The version of a release; undefined if the folder is not a complete release of ours. */
export function versionOf(release: string): string | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(join(release, MARK), "utf8"));
    return name === "gst-pyroscope" ? String(version) : undefined;
  } catch {
    return undefined;
  }
}

/** Pids of processes that map a file of the folder or name one in their command line, as far as /proc is readable. */
export function usersOf(folder: string): number[] {
  const inside = `${real(folder)}/`;
  const uses = (pid: string) => ["maps", "cmdline"].some((file) => readOf(`/proc/${pid}/${file}`).includes(inside));
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && uses(name))
    .map(Number);
}

/** The error to report when the folder cannot be written; a CodedError is returned as it is. */
export function cannotChange(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  return new CodedError("ERR_PLUGIN_FOLDER", (error as Error).message, { cause: error });
}

function readOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
