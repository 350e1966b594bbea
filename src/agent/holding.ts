// How is a segment kept whose process may end at any instant? Mapped the moment it is seen; all else about it can wait for its turn.
// SPDX-License-Identifier: MPL-2.0

import { closeSync, constants, openSync } from "node:fs";
import type { SegmentPlace } from "../attach/segments.js";
import type { NativeAddon } from "../native.js";
import { attachSegment } from "./session/opening.js";
import type { AttachedSegment } from "./session/target-request.js";

/** The seals come last: a segment that was found while it was being made gets them within milliseconds. */
const SEALED_WITHIN_MS = 1000;
const LOOK_MS = 5;
/** A tracer whose agent says nothing for seconds starts another one. */
const HEARTBEAT_MS = 500;

export interface HeldSegment extends AttachedSegment {
  /** Called when its turn has come: from now on its reader writes the heartbeat. */
  taken(): void;
}

/** Its first step is done before it returns. Rejects with why there is nothing to read; then nothing is left open. */
export async function holdSegment(native: NativeAddon, { pid, fd }: SegmentPlace): Promise<HeldSegment> {
  const own = open(pid, fd);
  const until = performance.now() + SEALED_WITHIN_MS;
  for (;;) {
    try {
      const segment = attachSegment(native, { fd: own }, pid);
      const beat = setInterval(() => segment.reader.heartbeat(Number(segment.shiftNs)), HEARTBEAT_MS);
      return { ...segment, taken: () => clearInterval(beat) };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ERR_SEGMENT_UNSEALED" || performance.now() > until) {
        // The addon has closed a descriptor that another reader has locked; to close it again could release a lock of this process.
        if (code !== "ERR_SEGMENT_BUSY") closeSync(own);
        throw error;
      }
      await new Promise((later) => setTimeout(later, LOOK_MS));
    }
  }
}

function open(pid: number, fd: number): number {
  try {
    return openSync(`/proc/${pid}/fd/${fd}`, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ESRCH") throw error;
    throw new Error("it ended before its segment could be opened");
  }
}
