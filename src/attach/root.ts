// Through which directory are the target's files seen, even after its end?
// SPDX-License-Identifier: MPL-2.0

import { closeSync, constants, fstatSync, openSync, readlinkSync, type Stats, statSync } from "node:fs";
import { attempt } from "../model/attempt.js";

export interface TargetRoot {
  /** A prefix for the target's own paths; "" when it cannot be seen: then ours are tried. */
  prefix: string;
  /** Two targets with equal ids see the same files below it; null: not known. */
  id: string | null;
  close(): void;
}

/** Opened while the target lives: /proc/<pid>/root goes with it, the last window is named afterwards. */
export function openTargetRoot(pid: number): TargetRoot {
  try {
    const fd = openSync(`/proc/${pid}/root`, constants.O_RDONLY | constants.O_DIRECTORY);
    const id = identity(String(pid), () => fstatSync(fd));
    return { prefix: `/proc/self/fd/${fd}`, id, close: () => closeSync(fd) };
  } catch {
    // A program of a fraction of a second has ended before its root is opened.
    return { prefix: "", id: identity("self", () => statSync("/")), close: () => undefined };
  }
}

/** The same directory, and the same mounts below it. */
function identity(pid: string, root: () => Stats): string | null {
  return attempt(() => {
    const { dev, ino } = root();
    return `${dev} ${ino} ${readlinkSync(`/proc/${pid}/ns/mnt`)}`;
  }, null);
}
