// What does a target say of a part of its time? Its sums since the begin in, what they grew by in that part out. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { RecordingFacts } from "../model/recording.js";

/** Fields of the target that only grow. */
const grows = ["processCpuNs", "registeredCpuNs", "cpuTracerNs", "cpuRefusedNs", "cpuMaskedNs", "cpuUnseenNs"] as const;

/** What only grows, at one instant; or what it grew by. */
export interface Grown {
  target: Record<(typeof grows)[number], number>;
  agentCpuNs: number;
  losses: Record<string, number>;
}

export const nothingGrown = (): Grown => ({
  target: Object.fromEntries(grows.map((name) => [name, 0])) as Grown["target"],
  agentCpuNs: 0,
  losses: {},
});

export function grownSince(before: Grown | null, { target, overhead, losses }: RecordingFacts): Grown {
  const more = (now: number, then = 0): number => Math.max(0, now - then);
  const reasons = Object.entries(losses).map(([name, n]) => [name, more(n, before?.losses[name])] as const);
  return {
    target: Object.fromEntries(
      grows.map((name) => [name, more(target[name], before?.target[name])]),
    ) as Grown["target"],
    agentCpuNs: more(overhead.agentCpuNs, before?.agentCpuNs),
    losses: Object.fromEntries(before === null ? reasons : reasons.filter(([, n]) => n > 0)),
  };
}

export function addGrown(into: Grown, { target, agentCpuNs, losses }: Grown): void {
  for (const name of grows) into.target[name] += target[name];
  into.agentCpuNs += agentCpuNs;
  for (const [name, n] of Object.entries(losses)) into.losses[name] = (into.losses[name] ?? 0) + n;
}

/**
 * The facts of a part that begins `fromNs` after the recording and lasts `durationNs`. `now`: what was said last, of all the time.
 * CPU time before the first sample is no part of it, unless it begins with the recording.
 */
export function factsOf(
  now: RecordingFacts,
  grown: Grown,
  { fromNs, durationNs }: { fromNs: number; durationNs: number },
): RecordingFacts {
  const begin = Date.parse(now.target.startTime);
  const startTime = Number.isNaN(begin) ? now.target.startTime : new Date(begin + fromNs / 1e6).toISOString();
  const none = Object.fromEntries(Object.keys(now.losses).map((name) => [name, 0]));
  return {
    ...now,
    target: {
      ...{ ...now.target, ...grown.target, startTime, durationNs },
      cpuBeforeNs: fromNs === 0 ? now.target.cpuBeforeNs : 0,
    },
    losses: { ...none, ...grown.losses },
    overhead: { ...now.overhead, agentCpuNs: grown.agentCpuNs },
  };
}
