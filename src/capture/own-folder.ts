// How are files written where other users may write too? In a folder that is ours, held open, and through no link.
// SPDX-License-Identifier: MPL-2.0

import { randomUUID } from "node:crypto";
import { closeSync, constants, fchmodSync, fstatSync, lstatSync, mkdirSync, openSync, type Stats } from "node:fs";
import { lstat, open, readdir, rename, rmdir, unlink } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { attempt } from "../model/attempt.js";
import { CaptureError, systemCode } from "./errors.js";

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;
/** Whatever the umask: only this user may read a capture. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** A file that is being written has a name that cannot be guessed: no other user can put a link there before. */
const PART = ".part-";
export const newPart = (): string => PART + randomUUID();
export const isPart = (name: string): boolean => name.startsWith(PART);

export class OwnFolder {
  /** For messages; files are reached through the descriptor, whatever the path means by then. */
  readonly path: string;
  readonly #fd: number;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /** Throws unless it is a folder of this user, and no link to one. */
  static open(path: string): OwnFolder {
    return OwnFolder.#open(path, resolve(path));
  }

  /** Makes it and what is missing above it, unless it is there. */
  static make(path: string): OwnFolder {
    mkdirSync(dirname(resolve(path)), { recursive: true, mode: FOLDER_MODE });
    return OwnFolder.#make(path, resolve(path));
  }

  /** The folder that a person named for one file: whose it is is up to them. */
  static named(path: string): OwnFolder {
    return new OwnFolder(path, openSync(path, O_RDONLY | O_DIRECTORY));
  }

  static #make(path: string, place: string): OwnFolder {
    const made = madeDirectory(place);
    const folder = OwnFolder.#open(path, place);
    if (made) fchmodSync(folder.#fd, FOLDER_MODE);
    return folder;
  }

  static #open(path: string, place: string): OwnFolder {
    let fd: number;
    try {
      fd = openSync(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    } catch (error) {
      if (systemCode(error) === "ENOTDIR" && isLink(place)) throw unsafe(path, "a symbolic link");
      throw error;
    }
    const problem = foreign(fstatSync(fd));
    if (problem === "") return new OwnFolder(path, fd);
    closeSync(fd);
    throw unsafe(path, problem);
  }

  /** A path that leads into this very folder, as long as it is open. */
  at(name: string): string {
    return `/proc/self/fd/${this.#fd}/${name}`;
  }

  folder(name: string): OwnFolder {
    return OwnFolder.#open(`${this.path}/${name}`, this.at(name));
  }

  makeFolder(name: string): OwnFolder {
    return OwnFolder.#make(`${this.path}/${name}`, this.at(name));
  }

  names(): Promise<string[]> {
    return readdir(this.at("."));
  }

  /** null: there is no regular file of that name, or a longer one. */
  async read(name: string, maxBytes: number): Promise<Buffer | null> {
    const file = await open(this.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(() => null);
    if (file === null) return null;
    try {
      const found = await file.stat();
      return found.isFile() && found.size <= maxBytes ? await file.readFile() : null;
    } finally {
      await file.close();
    }
  }

  /** The whole file, or the one that was there before. */
  async replace(name: string, content: string | Uint8Array): Promise<void> {
    const part = await this.part(content);
    await this.settle(part, name);
  }

  /** A new file of a name of its own, for settle(). */
  async part(content: string | Uint8Array): Promise<string> {
    const name = newPart();
    const file = await open(this.at(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
    try {
      await file.chmod(FILE_MODE);
      await file.writeFile(content);
    } catch (error) {
      await this.remove(name).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
    return name;
  }

  /** A link of that name is replaced, not followed. */
  async settle(part: string, name: string): Promise<void> {
    try {
      await rename(this.at(part), this.at(name));
    } catch (error) {
      await this.remove(part).catch(() => undefined);
      throw error;
    }
  }

  /** A descriptor to append to; a file that is there must be ours, under this name only. */
  append(name: string): number {
    const how = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK;
    let fd: number;
    try {
      fd = openSync(this.at(name), how | O_CREAT | O_EXCL, FILE_MODE);
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
      if (isLink(this.at(name))) throw unsafe(`${this.path}/${name}`, "a symbolic link");
      fd = openSync(this.at(name), how);
    }
    const found = fstatSync(fd);
    const problem =
      foreign(found) || (found.isFile() ? "" : "no regular file") || (found.nlink > 1 ? "it has other names" : "");
    if (problem === "") {
      fchmodSync(fd, FILE_MODE);
      return fd;
    }
    closeSync(fd);
    throw unsafe(`${this.path}/${name}`, problem);
  }

  async remove(name: string): Promise<void> {
    try {
      await unlink(this.at(name));
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
    }
  }

  /** Only where it is empty; what else there is of that name stays. */
  async removeFolder(name: string): Promise<void> {
    await rmdir(this.at(name)).catch(() => undefined);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** One file that a person named, whole or not at all. A link or a device of that name is left alone. */
export async function replaceFile(file: string, content: string): Promise<void> {
  const path = resolve(file);
  const folder = OwnFolder.named(dirname(path));
  try {
    const there = await lstat(folder.at(basename(path))).catch(() => null);
    if (there !== null && !there.isFile()) throw unsafe(file, "no regular file");
    await folder.replace(basename(path), content);
  } finally {
    folder.close();
  }
}

/** Why it is not ours, or "". */
function foreign({ uid }: Stats): string {
  return uid === (process.geteuid?.() ?? uid) ? "" : `it belongs to user ${uid}`;
}

function unsafe(path: string, why: string): CaptureError {
  return new CaptureError("ERR_CAPTURE_UNSAFE", path, why);
}

function madeDirectory(place: string): boolean {
  try {
    mkdirSync(place, { mode: FOLDER_MODE });
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

const isLink = (place: string): boolean => attempt(() => lstatSync(place).isSymbolicLink(), false);
