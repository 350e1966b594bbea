// In which folder do the agents of one user have their control sockets, and is it really this user's?
// SPDX-License-Identifier: MPL-2.0

import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
} from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { Environment } from "../config/configuration.js";
import { CodedError } from "../errors.js";
import { attempt } from "../model/attempt.js";

const NAME = "gst-pyroscope";
/** Not where a variable says: root's services and root's shell have different ones, or another user's after `su`. */
const OF_ROOT = `/run/${NAME}`;
const FOLDER_MODE = 0o700;
const ownUser = process.geteuid?.() ?? -1;

/** What a person does where there is no folder. */
export const noFolder =
  "XDG_RUNTIME_DIR is no absolute path, so agents of this user have no control socket: export XDG_RUNTIME_DIR=/run/user/$(id -u), both for the pipeline and for gst-pyroscope";

/** null: this user has none. */
export function doorFolder({ XDG_RUNTIME_DIR: runtime = "" }: Environment, user = ownUser): string | null {
  if (user === 0) return OF_ROOT;
  return isAbsolute(runtime) ? join(runtime, NAME) : null;
}

/** Why no agent of this user can have a control socket there, or "". Nothing is made. */
export function folderProblem(path: string): string {
  try {
    const folder = DoorFolder.open(path, { make: false });
    if (folder === null) accessSync(dirname(path), constants.W_OK);
    else folder.close();
    return "";
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return error instanceof CodedError ? message : `${path} cannot be made (${code})`;
  }
}

/**
 * The folder, held open: whatever its path means by then, names are looked up in the folder that was found to be ours. They are
 * short that way, too: the path of a socket may have 107 bytes.
 */
export class DoorFolder {
  readonly #fd: number;

  /** Throws ERR_DOOR_FOLDER where it is a link, another user's, or cannot be made. null: it is not there, and was not to be made. */
  static open(path: string, { make }: { make: true }): DoorFolder;
  static open(path: string, { make }: { make: boolean }): DoorFolder | null;
  static open(path: string, { make }: { make: boolean }): DoorFolder | null {
    try {
      if (make) makeFolder(path);
      return new DoorFolder(path);
    } catch (error) {
      if (error instanceof CodedError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" && !make) return null;
      const isLink = attempt(() => lstatSync(path).isSymbolicLink(), false);
      throw new CodedError("ERR_DOOR_FOLDER", `${path}: ${isLink ? "it is a symbolic link" : code}`, { cause: error });
    }
  }

  private constructor(path: string) {
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    const { uid, mode } = fstatSync(this.#fd);
    if (uid === ownUser) {
      if ((mode & 0o777) !== FOLDER_MODE) fchmodSync(this.#fd, FOLDER_MODE);
      return;
    }
    closeSync(this.#fd);
    throw new CodedError("ERR_DOOR_FOLDER", `${path}: it belongs to user ${uid}`);
  }

  at(name: string): string {
    return `/proc/self/fd/${this.#fd}/${name}`;
  }

  names(): string[] {
    return readdirSync(this.at("."));
  }

  /** False also for links to sockets, and for sockets of other users. */
  isOwnSocket(name: string): boolean {
    const found = attempt(() => lstatSync(this.at(name)), null);
    return found?.isSocket() === true && found.uid === ownUser;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: FOLDER_MODE });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
