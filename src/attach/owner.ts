// Does a segment belong to a process of another user? What such a one says of itself must not decide where anything goes.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync, statSync } from "node:fs";

/** Of the segment behind this descriptor; null: cannot be seen. */
export function segmentOwner(path: string): number | null {
  try {
    return statSync(path).uid;
  } catch {
    return null;
  }
}

/** A process that has ended, or cannot be seen, is known by its segment alone. */
export function isForeign(pid: number, owner: number | null, own = process.geteuid?.()): boolean {
  return owner !== own || (effectiveUser(pid) ?? owner) !== own;
}

/** Not the owner of /proc/<pid>, which is root for every process that is not dumpable. */
function effectiveUser(pid: number): number | null {
  try {
    const [, user] = /^Uid:\s+\d+\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return user === undefined ? null : Number(user);
  } catch {
    return null;
  }
}
