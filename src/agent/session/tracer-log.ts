// Who hears an agent that the tracer started? It has no terminal: what it says, the tracer repeats in GStreamer's log.
// SPDX-License-Identifier: MPL-2.0

import { type Log, type LogFields, lineOf } from "../../log.js";
import type { SegmentReader } from "../../native.js";

/** As the segment has them; what an agent says while it is debugged is a detail. */
const levels = { error: 0, warn: 0, info: 1, debug: 2 } as const;

/** Says everything twice: as `own` does, and through the segment as long as that is open. */
export function tracerLog(own: Log, reader: Pick<SegmentReader, "tell">): Log {
  const say = (level: keyof typeof levels) => (message: string, fields?: LogFields) => {
    own[level](message, fields);
    try {
      reader.tell(levels[level], lineOf(message, fields));
    } catch {}
  };
  return { error: say("error"), warn: say("warn"), info: say("info"), debug: say("debug") };
}
