// Does the target still have the segment that we read? After an exec it has not, though its pid and start time are the same.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync, statSync } from "node:fs";
import { attempt } from "../model/attempt.js";
import { startTicks } from "./processes.js";
import { findSegments } from "./segments.js";

/**
 * Says "gone" only when it is certain. What cannot be seen (another pid namespace, hidepid, a process that gave up its
 * rights) is not gone, and neither is a segment whose descriptor the program closed: it is mapped.
 */
export class SegmentPresence {
  readonly #pid: number;
  readonly #startTicks: number;
  readonly #inode: number | null;
  /** Where its descriptor was seen last. */
  #fd: number | null = null;

  /** `pid`: of the target as we see it; `startTicks`: as we see it; `inode`: of the segment, null when not known. */
  constructor(pid: number, startTicks: number, inode: number | null) {
    this.#pid = pid;
    this.#startTicks = startTicks;
    this.#inode = inode;
  }

  gone(): boolean {
    if (this.#inode === null || this.#isWhereItWas()) return false;
    // Another process of that number, seen from here, says nothing about ours.
    if (startTicks(this.#pid) !== this.#startTicks) return false;
    const { places, problem, empty } = findSegments(this.#pid);
    if (problem !== null || empty) return false; // a process that ended is noticed by its pid
    this.#fd = places.find(({ inode }) => inode === this.#inode)?.fd ?? null;
    return this.#fd === null && mapsSegment(this.#pid, this.#inode) === false;
  }

  #isWhereItWas(): boolean {
    return this.#fd !== null && segmentInode(`/proc/${this.#pid}/fd/${this.#fd}`) === this.#inode;
  }
}

/** null: cannot be seen. */
export function holdsSegment(pid: number, inode: number): boolean | null {
  const { places, problem } = findSegments(pid);
  if (places.some((place) => place.inode === inode)) return true;
  return problem === null ? mapsSegment(pid, inode) : null;
}

/** null: cannot be seen. Only asked when the descriptor is not there: to read this makes the target wait. */
function mapsSegment(pid: number, wanted: number): boolean | null {
  const maps = attempt(() => readFileSync(`/proc/${pid}/maps`, "utf8"), "");
  if (maps === "") return null;
  return maps.split("\n").some((line) => {
    const [, , , , inode, path] = line.split(/\s+/);
    return Number(inode) === wanted && path === "/memfd:gst-pyroscope";
  });
}

/** Of the file behind a descriptor in /proc; null: closed or not to be seen. */
export const segmentInode = (path: string): number | null => attempt(() => statSync(path).ino, null);
