// What is said of all threads together: whose those without pads are, and what they wait for?
// SPDX-License-Identifier: MPL-2.0

import type { ProfileSummary, Summary } from "../model/summary.js";
import { cpuSentence } from "./cpu-account.js";
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

/** "12 s: 3 % on a CPU, 2 % ready, but on none, 95 % blocked: 60 % in futex, 35 % in poll". */
function waits({ totalNs, runningNs, readyNs, blockedNs, blockedOn }: ProfileSummary): string {
  const of = (ns: number | null): string => percent((ns ?? 0) / totalNs);
  const parts = Object.entries(blockedOn ?? {}).sort(([, a], [, b]) => b - a);
  const said = parts.slice(0, MOST_WAITS).map(([name, ns]) => `${of(ns)} in ${name}`);
  const states = [`${of(runningNs)} on a CPU`, `${of(readyNs)} ready, but on none`, `${of(blockedNs)} blocked`];
  return `${duration(totalNs)}: ${states.join(", ")}${said.length === 0 ? "" : ` (${said.join(", ")})`}`;
}

/** Where the time of the process went: sentences. */
export const account = ({ target, profile: { wall } }: Summary): string[] => [
  cpuSentence(target.cpu),
  ...(wall !== null && wall.totalNs > 0 ? [`Wall time of all threads: ${waits(wall)}.`] : []),
];
