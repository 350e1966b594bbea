// Does the target still have the segment that we read? After an exec it has not, though its pid and start time are the same.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync, statSync } from "node:fs";
import { findSegments } from "./segments.js";

/**
 * Says "gone" only when it is certain. What cannot be seen (another pid namespace, hidepid, a process that gave up its
 * rights) is not gone, and neither is a segment whose descriptor the program closed: it is mapped.
 */
export class SegmentPresence {
  readonly #pid: number;
  readonly #inode: number | null;
  /** Where its descriptor was seen last; null: never, so that nothing follows from not seeing it. */
  #fd: number | null;

  /** `pid`: of the target as we see it; `inode`: of the segment, null when it is not known. */
  constructor(pid: number, inode: number | null) {
    this.#pid = pid;
    this.#inode = inode;
    this.#fd = this.#find();
  }

  gone(): boolean {
    if (this.#fd === null || segmentInode(`/proc/${this.#pid}/fd/${this.#fd}`) === this.#inode) return false;
    const { places, problem, empty } = findSegments(this.#pid);
    if (problem !== null || empty) return false; // a process that ended is noticed by its pid
    const place = places.find(({ inode }) => inode === this.#inode);
    if (place === undefined) return this.#mapped() === false;
    this.#fd = place.fd;
    return false;
  }

  #find(): number | null {
    return findSegments(this.#pid).places.find(({ inode }) => inode === this.#inode)?.fd ?? null;
  }

  /** null: cannot be seen. Only asked when the descriptor is not there: to read this makes the target wait. */
  #mapped(): boolean | null {
    try {
      const maps = readFileSync(`/proc/${this.#pid}/maps`, "utf8");
      if (maps === "") return null;
      return maps.split("\n").some((line) => {
        const [, , , , inode, path] = line.split(/\s+/);
        return Number(inode) === this.#inode && path === "/memfd:gst-pyroscope";
      });
    } catch {
      return null;
    }
  }
}

/** Of the file behind a descriptor in /proc; null: closed or not to be seen. */
export function segmentInode(path: string): number | null {
  try {
    return statSync(path).ino;
  } catch {
    return null;
  }
}
