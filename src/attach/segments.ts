// Does a process offer a segment, and at which descriptor?
// SPDX-License-Identifier: MPL-2.0

import { readdirSync, readlinkSync, statSync } from "node:fs";
import { attempt } from "../model/attempt.js";

export interface SegmentPlace {
  pid: number;
  fd: number;
  /** Tells segments of one process apart; equal for two descriptors of one segment. */
  inode: number;
}

const LINK = "/memfd:gst-pyroscope (deleted)";

/** `empty`: no descriptor at all, like a process whose first thread has ended. */
export type Search =
  | { places: SegmentPlace[]; problem: null; empty: boolean }
  | { places: []; problem: "gone" | "denied"; empty: true };

/** All segments that this process holds, oldest first. */
export function findSegments(pid: number): Search {
  let names: string[];
  try {
    names = readdirSync(`/proc/${pid}/fd`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return { places: [], problem: code === "EACCES" || code === "EPERM" ? "denied" : "gone", empty: true };
  }
  const places: SegmentPlace[] = [];
  for (const name of names) {
    const inode = segmentInode(`/proc/${pid}/fd/${name}`);
    if (inode !== null && !places.some((place) => place.inode === inode)) places.push({ pid, fd: Number(name), inode });
  }
  return { places: places.sort((a, b) => a.inode - b.inode), problem: null, empty: names.length === 0 };
}

/** null: something else, or closed by now. */
const segmentInode = (path: string): number | null =>
  attempt(() => (readlinkSync(path) === LINK ? statSync(path).ino : null), null);
