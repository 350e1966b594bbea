// What may a busy machine add to a run's times? They are held against that run's own waits for a CPU, not against a calm machine.
// SPDX-License-Identifier: MPL-2.0

import type { Summary } from "../../src/model/summary.js";
import { element } from "./pipelines.js";

/** At most so much of any sum of times was spent ready, but on no CPU; what passed between two looks is booked on one row. */
export const lateNs = ({ profile }: Summary): number => 2 * (profile.wall?.readyNs ?? 0);

/** Threads that could run waited for a CPU for a quarter of that time: whoever has a deadline may miss it. */
export function isBusy({ profile: { wall } }: Summary): boolean {
  const [running, ready] = [wall?.runningNs ?? 0, wall?.readyNs ?? 0];
  return ready > 0.25 * (running + ready);
}

/** What the pipeline itself gives to say: that other programs keep this machine busy is not what is asked there. */
export function asIfCalm(summary: Summary): Summary {
  const { cpu, wall } = summary.profile;
  return { ...summary, profile: { cpu, wall: wall && { ...wall, readyNs: 0 } } };
}

/** Of the element's time, what it was blocked, and what it may have been ready instead. */
export function idleShare(summary: Summary, name: string): number {
  const { blockedNs, wallNs } = element(summary, name);
  return ((blockedNs ?? 0) + lateNs(summary)) / (wallNs ?? 1);
}
