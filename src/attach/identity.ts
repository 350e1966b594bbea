// By which start time do we know a target again? By the one that we see, once we have seen that it is the target.
// SPDX-License-Identifier: MPL-2.0

import { holdsSegment } from "./presence.js";
import { startTicks } from "./processes.js";

/**
 * What a process reads of itself may differ from what we read: in a time namespace of its own it is shifted, an emulator
 * invents it. `said`: by the target; it stays where the process with that pid does not have the segment, which is then another.
 */
export function seenStartTicks(pid: number, said: number, inode: number | null): number {
  const seen = startTicks(pid);
  if (seen === null || seen === said || inode === null) return said;
  const isTarget = holdsSegment(pid, inode) === true;
  return isTarget && startTicks(pid) === seen ? seen : said;
}
