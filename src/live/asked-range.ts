// Which part of a target's time does a request ask for? Seconds in, a range or a sentence out. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { LiveRange, StripEntry } from "./live-target.js";

/** As they stand in the query; undefined: not there. */
export interface AskedRange {
  from?: string | undefined;
  to?: string | undefined;
  last?: string | undefined;
}

/** `newest`: the window until which `last` counts. Nothing asked for: undefined, which is all. `problem`: a sentence, where the request makes no sense. */
export function askedRange(
  { from, to, last }: AskedRange,
  newest: StripEntry | undefined,
): { range: LiveRange | undefined } | { problem: string } {
  for (const [name, text] of Object.entries({ from, to, last }))
    if (text !== undefined && !isSeconds(text))
      return { problem: `${name} must be a number of seconds, 0 or more, not ${JSON.stringify(text.slice(0, 40))}` };
  if (last !== undefined && (from !== undefined || to !== undefined))
    return { problem: "last says how many seconds until now: it stands alone, without from and to" };
  if (last !== undefined) {
    if (nsOf(last) === 0) return { problem: "last must be more than 0 seconds" };
    const endNs = newest === undefined ? 0 : newest.atNs + newest.durationNs;
    return { range: { fromNs: Math.max(0, endNs - nsOf(last)), toNs: Math.max(1, endNs) } };
  }
  if (from === undefined && to === undefined) return { range: undefined };
  const range = {
    fromNs: nsOf(from ?? "0"),
    toNs: to === undefined ? Number.MAX_SAFE_INTEGER : nsOf(to),
  };
  if (range.toNs <= range.fromNs) return { problem: "to must be later than from; both are seconds since the begin" };
  return { range };
}

const isSeconds = (text: string): boolean => /^\d{1,9}(\.\d{1,20})?$/.test(text);
/** Whole: an instant that was divided by 1e9 comes back as it was, and not as a little less, which would belong to the window before. */
const nsOf = (seconds: string): number => Math.round(Number(seconds) * 1e9);
