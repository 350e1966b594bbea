// Is the machine what everything waits for? Then who waits for whom inside of a pipeline cannot be told.
// SPDX-License-Identifier: MPL-2.0

import type { Summary } from "../model/summary.js";
import { duration, percent } from "./units.js";

/** Of the time in which its threads could have run they waited for a CPU for at least so much … */
const WAITED = 0.25;
/** … and so many of them did at a time, on average: of a pipeline that rests next to nothing is delayed. */
const THREADS_READY = 0.2;
/** Twenty samples at the default rate. */
const MEASURED_NS = 200e6;

/** One sentence, or null: threads that are ready get a CPU soon enough. */
export function overload({ profile: { wall }, target }: Summary): string | null {
  const readyNs = wall?.readyNs ?? 0;
  const ableNs = (wall?.runningNs ?? 0) + readyNs;
  if (ableNs < MEASURED_NS || readyNs < WAITED * ableNs || readyNs < THREADS_READY * target.durationNs) return null;
  return `The machine is overloaded: threads that could run waited for a CPU for ${percent(readyNs / ableNs)} of that time, ${duration(readyNs)} of ${duration(ableNs)}.`;
}

export const WITHHELD =
  "What else holds the pipeline up, an element or the size of a queue, cannot be told from a run on such a machine.";
