// What is said of all threads together: whose those without pads are, and what they wait for?
// SPDX-License-Identifier: MPL-2.0

import type { ProfileSummary } from "../model/summary.js";
import { count, duration, percent } from "./units.js";

/** Whose the threads are that never cross a pad. */
export function workers(counts: Record<string, number>): string[] {
  const { worker_attributed: own = 0, worker_by_factory: factory = 0, worker_unattributed: none = 0 } = counts;
  const all = own + factory + none;
  if (all === 0) return [];
  const parts = [
    `${count(own)} got their element by the modules on their stack`,
    ...(factory > 0 ? [`${count(factory)} only its factory, which has several`] : []),
    `${count(none)} belong to none`,
  ];
  return [`Samples of threads without pads: ${count(all)}; ${parts.join(", ")}.`];
}

const MOST_WAITS = 4;

/** "12 s, 3 % on a CPU, 60 % blocked in futex, 37 % in poll". */
export function waits({ totalNs, blockedOn }: ProfileSummary): string {
  const parts = Object.entries(blockedOn ?? {}).sort(([, a], [, b]) => b - a);
  const blocked = parts.reduce((sum, [, ns]) => sum + ns, 0);
  const said = parts.slice(0, MOST_WAITS).map(([name, ns]) => {
    const share = percent(ns / totalNs);
    return name === "cpu" ? `${share} ready and waiting for a CPU` : `${share} in ${name}`;
  });
  return [`${duration(totalNs)}`, `${percent((totalNs - blocked) / totalNs)} on a CPU`, ...said].join(", ");
}
