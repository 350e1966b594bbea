// Who ends an agent that does not end by itself?
// SPDX-License-Identifier: MPL-2.0

import { attempt } from "../model/attempt.js";
import type { TargetRequest } from "./session/target-request.js";

/** Milliseconds after the target's end at which a thread of the addon ends this process: timers do not run in a blocked event loop. */
const DEADLINE_MS = 9700;

/**
 * From here on this process ends within ten seconds of its target, whatever it is doing then: opening, delivering, blocked in a
 * loop, or on its way out. Not for `run`, which has an exit code to return and may serve others.
 */
export function boundEnd({ native, segment, pid }: Pick<TargetRequest, "native" | "segment" | "pid">) {
  const state = segment.reader.state();
  const end = {
    ms: DEADLINE_MS,
    code: 1,
    text: "gst-pyroscope: not everything was delivered in time; the agent ends\n",
  };
  // Where no thread is left for it the timers must do.
  const bounded = (of: { pid: number; startTicks: number; spentMs: number }): boolean =>
    attempt(() => native.endAfter({ ...end, ...of }), false);
  // A target that is gone already was alive when we began.
  const gone = bounded({ pid: pid ?? state.pid, startTicks: segment.startTicks, spentMs: performance.now() });
  return {
    late: gone ? performance.now() : 0,
    /** It leaves its target, or the target left it by an exec `late` ms ago: there is no end of a process to wait for. */
    ending: (late: number) => void bounded({ pid: 0, startTicks: 0, spentMs: late }),
  };
}
