// Does a segment belong to a process of another user? What such a one says of itself must not decide where anything goes.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync, statSync } from "node:fs";
import { attempt } from "../model/attempt.js";

/** User id of the owner of the segment behind `path`, a descriptor in /proc/<pid>/fd; null when that cannot be read. */
export const segmentOwner = (path: string): number | null => attempt(() => statSync(path).uid, null);

/**
 * Whether the process or its segment belongs to another user than ours. `owner`: user id of the segment's owner; null (not known)
 * counts as another user. Of a process that has ended, or cannot be seen, the segment alone decides. `own`: our effective user id.
 */
export function isForeign(pid: number, owner: number | null, own = process.geteuid?.()): boolean {
  return owner !== own || (effectiveUser(pid) ?? owner) !== own;
}

/** The effective user id of a process; null when it is gone. The owner of /proc/<pid> is none: root for what is not dumpable. */
function effectiveUser(pid: number): number | null {
  const status = attempt(() => readFileSync(`/proc/${pid}/status`, "utf8"), "");
  const [, user] = /^Uid:\s+\d+\s+(\d+)/m.exec(status) ?? [];
  return user === undefined ? null : Number(user);
}
