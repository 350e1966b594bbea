// How does a page report what its viewer lives through? createTracker() makes a session; adapters such as ./hls feed it.
// SPDX-License-Identifier: MIT
import { settingsOf } from "./options.js";
import { SessionTracker } from "./tracker.js";
import type { Tracker, TrackerOptions } from "./types.js";

export type * from "./types.js";

/** Never throws: with wrong options it says so on the console, and the tracker does nothing. */
export function createTracker(options: TrackerOptions): Tracker {
  try {
    const settings = settingsOf(options);
    if (typeof settings !== "string") return new SessionTracker(settings);
    console.warn(`gst-pyroscope-player reports nothing: ${settings}.`);
  } catch (error) {
    console.warn("gst-pyroscope-player reports nothing:", error);
  }
  return idle(options?.sessionId ?? "");
}

function idle(sessionId: string): Tracker {
  return {
    sessionId,
    track() {},
    signalAbsent() {},
    flush: () => Promise.resolve(),
    stats: () => ({ queued: 0, sent: 0, dropped: 0, sampledOut: 0, faults: 0 }),
    destroy: () => Promise.resolve(),
  };
}
