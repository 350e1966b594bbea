// How much time is left after a target's end, and who ends an agent that does not end by itself?
// SPDX-License-Identifier: MPL-2.0

import { setTimeout as pause } from "node:timers/promises";
import type { Endpoint } from "../server.js";
import type { TargetRequest } from "./opening.js";

/** After the target's end everything is delivered or given up within this. */
const DELIVERED_MS = 8500;
/** All of it together, whatever hangs: this is noticed by a timer, which a blocked event loop does not run. */
const GIVE_UP_MS = 9000;
/** Then a thread that waits for nobody ends the process. */
const DEADLINE_MS = 9700;

export interface TimeLeft {
  giveUpMs: number;
  /** What is left of it, `most` at most. */
  of(most: number): number;
}

/** `late`: so long ago was the end when it was noticed. */
export function timeLeft(late: number): TimeLeft {
  const until = performance.now() + DELIVERED_MS - late;
  return {
    giveUpMs: Math.max(0, GIVE_UP_MS - late),
    of: (most) => Math.max(0, Math.min(most, until - performance.now())),
  };
}

/** A first scrape may come after the end: the port is kept for so long once all is delivered … */
const LAST_SCRAPE_MS = 500;
/** … but not for longer than this after the end: the next process of this service wants it. */
const PORT_MS = 2000;

/** Called at the end; what it returns is called once all is delivered, and resolves when nobody asks any more. */
export function keepPort(endpoint: Endpoint | undefined): () => Promise<void> {
  const closing = setTimeout(() => endpoint?.close(), PORT_MS).unref();
  return async () => {
    if (endpoint !== undefined) await pause(LAST_SCRAPE_MS);
    clearTimeout(closing);
    endpoint?.close();
  };
}

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
  const bounded = (of: { pid: number; startTicks: number; spentMs: number }): boolean => {
    try {
      return native.endAfter({ ...end, ...of });
    } catch {
      return false; // no thread is left for it: then the timers must do
    }
  };
  // A target that is gone already was alive when we began.
  const gone = bounded({ pid: pid ?? state.pid, startTicks: segment.startTicks, spentMs: performance.now() });
  return {
    late: gone ? performance.now() : 0,
    /** It leaves its target, or the target left it by an exec `late` ms ago: there is no end of a process to wait for. */
    ending: (late: number) => void bounded({ pid: 0, startTicks: 0, spentMs: late }),
  };
}
