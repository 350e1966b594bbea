// Which stacks were there in several windows together? The profiles that a capture of them has.
// SPDX-License-Identifier: MPL-2.0

import { addCounts, noCounts } from "../model/profile-counts.js";
import type { ProfileCounts, RecordedProfiles, StackSample } from "../model/recorded-profiles.js";
import type { Recording } from "../model/recording.js";
import type { LiveDetail } from "./live-target.js";
import type { LiveWindow } from "./live-window.js";
import type { HeldStack, StackTable } from "./stack-table.js";

/** `looked`: blocked threads were looked at, so that there is a wall profile even if none was blocked. */
export function recordedProfiles(
  windows: readonly LiveWindow[],
  table: StackTable,
  looked: boolean,
  detail: LiveDetail = "all",
): Pick<Recording, "cpu" | "wall"> {
  const samples = detail === "all" ? samplesOf(windows, table) : samplesByOwner(windows, table);
  const frames = detail === "all" ? table.frames : [];
  const [running, both] = [noCounts(), noCounts()];
  for (const window of windows) {
    addCounts(running, window.running);
    addCounts(both, window.running, window.blocked);
  }
  const profile = (some: readonly StackSample[], counts: ProfileCounts): RecordedProfiles | null => {
    if (some.length === 0) return null;
    return { stacks: { frames, samples: some }, totalNs: some.reduce((sum, { ns }) => sum + ns, 0), rows: [counts] };
  };
  const cpu = samples.filter(({ blockedOn }) => blockedOn === "");
  const isWall = looked || cpu.length < samples.length;
  return { cpu: profile(cpu, running), wall: isWall ? profile(samples, both) : null };
}

/** Of a window's stacks: time of threads that ran. */
export const cpuNsOf = (stacks: readonly HeldStack[], table: StackTable): number =>
  stacks.reduce((sum, one) => (table.owner(one).blockedOn === "" ? sum + one.ns : sum), 0);

/** Equal ones added up. */
function samplesOf(windows: readonly LiveWindow[], table: StackTable): StackSample[] {
  const round = table.nextRound();
  const found: HeldStack[] = [];
  for (const { stacks, ns } of windows) {
    for (const [i, stack] of stacks.entries()) {
      if (stack.round !== round) {
        stack.round = round;
        stack.ns = 0;
        found.push(stack);
      }
      stack.ns += ns[i] ?? 0;
    }
  }
  return found.map((stack) => ({ ...table.owner(stack), ns: stack.ns, stack: [...stack.frames] }));
}

/** A few rows for hundreds of stacks: no sum of a summary asks for more. */
function samplesByOwner(windows: readonly LiveWindow[], table: StackTable): StackSample[] {
  const found = new Map<number, StackSample>();
  for (const { stacks, ns } of windows) {
    for (let i = 0; i < stacks.length; i++) {
      const stack = stacks[i] as HeldStack;
      let sum = found.get(stack.owner);
      if (sum === undefined) {
        sum = { ...table.owner(stack), ns: 0, stack: [] };
        found.set(stack.owner, sum);
      }
      sum.ns += ns[i] ?? 0;
    }
  }
  return [...found.values()];
}
