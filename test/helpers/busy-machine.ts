// What may a busy machine add to a run's times? They are held against that run's own waits for a CPU, not against a calm machine.
// SPDX-License-Identifier: MPL-2.0

import type { Summary } from "../../src/model/summary.js";
import { element, runToEnd } from "./pipelines.js";

/** At most so much of any sum of times was spent ready, but on no CPU; what passed between two looks is booked on one row. */
export const lateNs = ({ profile }: Summary): number => 2 * (profile.wall?.readyNs ?? 0);

/**
 * Threads that could run had a CPU for so much of that time: nearly 1 on a calm machine. Of a program that burns it is the share
 * of its samples, which stand for several ticks where the kernel's come late.
 */
export function cpuShare({ profile: { wall } }: Summary): number {
  const [running, ready] = [wall?.runningNs ?? 0, wall?.readyNs ?? 0];
  return ready === 0 ? 1 : running / (running + ready);
}

/** Threads that could run waited for a CPU for a quarter of that time: a test with a deadline may miss it. */
export const isBusy = (summary: Summary): boolean => cpuShare(summary) < 0.75;

/** How many times longer than alone does a program need that only burns? Asked beside what has to end in time; 1 on a calm machine. */
export async function slowness(): Promise<number> {
  const burn = "while (process.cpuUsage().user < 3e5); const { user, system } = process.cpuUsage();";
  const { stdout } = await runToEnd(process.execPath, [
    "-e",
    `${burn} console.log(1e3 * performance.now() / (user + system))`,
  ]);
  return Math.max(1, Number(stdout));
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
