// Is an element's time its own work, or does it wait for others? By what it is, and by what it was seen to do. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { ElementClass } from "./pipeline-window.js";

export interface SeenElement {
  /** As its class says: "Codec/Encoder/Video". */
  klass: string;
  /** Flags: of the element itself. */
  source: boolean;
  sink: boolean;
  /** A sink that waits for the clock. */
  sync: boolean;
  /** Buffers were followed through it, as through a queue. */
  isQueue: boolean;
  /** It pushes in a thread of its own. */
  drives: boolean;
  /** Sink pads that got buffers. */
  inputs: number;
  /** What it said about its latency; null: nothing. */
  live: boolean | null;
  /** Part of its loop's time that the thread was blocked; null: there is no wall profile. */
  blockedShare: number | null;
}

/** Their functions wait until the other inputs have something, or until their own thread has taken what came. */
const aggregators = /\b(Muxer|Mixer|Compositor|Aggregator|Funnel|Connector)\b/;

/** A source that is blocked for more of its time waits for what comes from outside. */
const PACED = 0.5;

export function classOf(e: SeenElement): ElementClass {
  if (e.isQueue) return "wait";
  if (e.sink && e.inputs > 0) return e.sync ? "wait" : "sink";
  if (e.inputs === 0) return isLive(e) ? "source" : "work";
  // A demuxer pulls in a thread of its own; what several others push to waits for the slowest of them.
  return aggregators.test(e.klass) || (e.drives && e.inputs > 1) ? "wait" : "work";
}

/** Of an element without input. A file that is read is work. */
function isLive({ source, live, blockedShare }: SeenElement): boolean {
  return live ?? (source && blockedShare !== null && blockedShare > PACED);
}
