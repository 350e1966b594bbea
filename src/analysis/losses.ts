// Which counters are losses, and which of them change what a person would conclude? Each is held against what it is a part of.
// SPDX-License-Identifier: MPL-2.0

import { kindOf } from "../model/counter-kinds.js";
import { SHARE_ERROR } from "./enough-samples.js";
import { count, percent } from "./units.js";

const isLoss = (reason: string): boolean => kindOf(reason) === "loss";

const ofSamples = new Set(["ring_full", "masked", "sample_no_thread"]);
/** They have less of a stack than they should: their time is booked all the same, mostly on its element. */
const ofStacks = new Set(["no_table", "unloaded", "stack_unseen", "truncated", "unwind_failed"]);
const ofBlockedStacks = new Set(["wall_unfinished", "wall_denied"]);
const HARDLY_STACKS = 0.25;
const ofAllSamples = new Set(["agent_lost", "window_refused", "capture_dropped"]);

/** Followed by a try that succeeds, or counted once more by what came of it. */
const harmless = new Set(["wrap_race", "clock_backwards", "modules_full", "tables_full", "table_broken"]);

export interface Loss {
  reason: string;
  count: number;
  /** What it means; "" when the capture does not say. */
  help: string;
  /** Of what it is a part of: samples, blocked samples, spans; null where it is no part of anything that is counted. */
  share: number | null;
  /** It may have changed what a person concludes. */
  serious: boolean;
}

/** The counters of a capture: what was lost, and what was only counted. */
export function apart(counters: Record<string, number>): Record<"losses" | "counters", Record<string, number>> {
  const of = (wanted: boolean) =>
    Object.fromEntries(Object.entries(counters).filter(([name]) => isLoss(name) === wanted));
  return { losses: of(true), counters: of(false) };
}

/** What was lost, serious ones first, then the largest. */
export function lossesOf(all: Record<string, number>, help: Record<string, string>): Loss[] {
  return Object.entries(all)
    .filter(([reason, n]) => n > 0 && isLoss(reason))
    .map(([reason, n]) => {
      const share = shareOf(reason, n, all);
      const said = Object.hasOwn(help, reason) ? (help[reason] ?? "") : "";
      return { reason, count: n, help: said, share, serious: isSerious(reason, share) };
    })
    .sort((a, b) => +b.serious - +a.serious || b.count - a.count || (a.reason < b.reason ? -1 : 1));
}

/** No share of the rest is wrong by more points than were lost: less than the error that every share is allowed is no matter. */
function isSerious(reason: string, share: number | null): boolean {
  if (share === null) return !harmless.has(reason);
  return share > (ofStacks.has(reason) || ofBlockedStacks.has(reason) ? HARDLY_STACKS : SHARE_ERROR);
}

function shareOf(reason: string, n: number, all: Record<string, number>): number | null {
  const of = (...names: string[]): number => names.reduce((sum, name) => sum + (all[name] ?? 0), 0);
  const samples = of("samples_written", "ring_full", "masked", "sample_no_thread");
  const blocked = of("wall_written", "wall_ring_full");
  const whole =
    ofSamples.has(reason) || ofStacks.has(reason)
      ? samples
      : reason.startsWith("wall_")
        ? blocked
        : ofAllSamples.has(reason) || reason.startsWith("upload_")
          ? samples + blocked
          : reason.startsWith("span_")
            ? of("spans_written", "span_ring_full", "span_capped")
            : 0;
  return whole === 0 ? null : Math.min(1, n / whole);
}

/** "ring_full 12 (1.2 %)" */
export const lossWords = ({ reason, count: n, share }: Loss): string =>
  `${reason} ${count(n)}${share === null ? "" : ` (${percent(share)})`}`;
