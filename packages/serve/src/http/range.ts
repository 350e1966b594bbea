// Which time does a reader ask for: from, until, both, or none?
// SPDX-License-Identifier: MPL-2.0
import { readTimestamp } from "@gst-pyroscope/contract/timestamps";
import { type Ctx, problem } from "./context.js";

/** An RFC 3339 time, or milliseconds since 1970; undefined: not given; null: neither of both. */
export function instant(text: string | undefined): number | undefined | null {
  if (text === undefined || text === "") return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : readTimestamp(text);
}

export type Range = { fromMs: number | undefined; untilMs: number | undefined };

export function rangeOf(c: Ctx): Range | { problem: Response } {
  const [fromMs, untilMs] = [instant(c.req.query("from")), instant(c.req.query("until"))];
  if (fromMs !== null && untilMs !== null && (fromMs ?? 0) <= (untilMs ?? Number.POSITIVE_INFINITY))
    return { fromMs, untilMs };
  const reason = "from and until must be RFC 3339 times, as 2026-11-30T04:48:00.000Z, from before until";
  return { problem: problem(c, 400, "time_invalid", reason) };
}
