// Through which directory are the target's files seen, even after its end?
// SPDX-License-Identifier: MPL-2.0

import { closeSync, constants, openSync } from "node:fs";

export interface TargetRoot {
  /** A prefix for the target's own paths; "" when it cannot be seen, then ours are tried. */
  prefix: string;
  close(): void;
}

/** Opened while the target lives: /proc/<pid>/root goes with it, the last window is named afterwards. */
export function openTargetRoot(pid: number): TargetRoot {
  try {
    const fd = openSync(`/proc/${pid}/root`, constants.O_RDONLY | constants.O_DIRECTORY);
    return { prefix: `/proc/self/fd/${fd}`, close: () => closeSync(fd) };
  } catch {
    return { prefix: "", close: () => undefined };
  }
}
