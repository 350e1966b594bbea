// What is kept of one window, and how do several become one? Equal stacks add up, rare ones are folded; no nanosecond and no buffer is lost.
// SPDX-License-Identifier: MPL-2.0

import { addCounts, noCounts } from "../model/profile-counts.js";
import type { ProfileCounts } from "../model/recorded-profiles.js";
import { type CountedWindow, HopSums } from "./hop-sums.js";
import { addGrown, type Grown, nothingGrown } from "./live-facts.js";
import type { HeldStack, StackTable } from "./stack-table.js";

export interface LiveWindow extends CountedWindow {
  /** Of several that came, or of one that is as old. */
  merged: boolean;
  /** How many came: about one a second. */
  seconds: number;
  /** Held by the window, each once; its time stands beside it in `ns`. */
  stacks: readonly HeldStack[];
  ns: Float64Array;
  /** In samples of threads that ran. */
  cpuNs: number;
  buffers: number;
  running: ProfileCounts;
  blocked: ProfileCounts;
  grown: Grown;
}

/** Estimates: the window's objects; a stack's place in it; a counter that grew. */
const WINDOW_BYTES = 1500;
const PLACE_BYTES = 16;
const LOSS_BYTES = 100;

export const windowBytes = ({ stacks, packed, grown }: LiveWindow): number =>
  WINDOW_BYTES + PLACE_BYTES * stacks.length + packed.length + LOSS_BYTES * Object.keys(grown.losses).length;

/** At least one, in their order. The new window holds its stacks; the others still hold theirs. `folded`: stacks that it has not each. */
export function mergedWindow(
  parts: readonly LiveWindow[],
  table: StackTable,
  most: number,
): { window: LiveWindow; folded: number } {
  const [first, last] = [parts[0], parts.at(-1)] as [LiveWindow, LiveWindow];
  const [running, blocked, grown] = [noCounts(), noCounts(), nothingGrown()];
  for (const part of parts) {
    addCounts(running, part.running);
    addCounts(blocked, part.blocked);
    addGrown(grown, part.grown);
  }
  const sum = (of: "cpuNs" | "buffers" | "seconds"): number => parts.reduce((total, part) => total + part[of], 0);
  const { stacks, folded } = mergedStacks(parts, table, most);
  const window: LiveWindow = {
    atNs: first.atNs,
    durationNs: last.atNs + last.durationNs - first.atNs,
    packed: new HopSums(parts).packed(),
    merged: true,
    seconds: sum("seconds"),
    stacks,
    ns: Float64Array.from(stacks, ({ ns }) => ns),
    cpuNs: sum("cpuNs"),
    buffers: sum("buffers"),
    ...{ running, blocked, grown },
  };
  return { window, folded };
}

/** Those with most time stay; of the others each owner has one. */
function mergedStacks(
  parts: readonly Pick<LiveWindow, "stacks" | "ns">[],
  table: StackTable,
  most: number,
): { stacks: HeldStack[]; folded: number } {
  const round = table.nextRound();
  const found: HeldStack[] = [];
  const book = (stack: HeldStack, ns: number): void => {
    if (stack.round !== round) {
      Object.assign(stack, { round, ns: 0 });
      table.hold(stack);
      found.push(stack);
    }
    stack.ns += ns;
  };
  for (const { stacks, ns } of parts) stacks.forEach((stack, i) => void book(stack, ns[i] ?? 0));
  if (found.length <= most) return { stacks: found, folded: 0 };
  found.sort((a, b) => b.ns - a.ns);
  const rare = found.slice(most).filter((stack) => !table.isFolded(stack));
  const gone = new Set(rare);
  for (const stack of rare) book(table.foldedOf(stack), stack.ns);
  for (const stack of rare) table.release(stack);
  return { stacks: found.filter((stack) => !gone.has(stack)), folded: rare.length };
}
