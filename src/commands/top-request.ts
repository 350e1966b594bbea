// What was asked of `top` on the command line, or what is wrong with it?
// SPDX-License-Identifier: MPL-2.0

import { didYouMean, parse } from "../config/option-values.js";
import type { OptionRow } from "../config/options.js";
import { sortNames } from "../terminal/top/live-columns.js";
import { firstView, ranges, type View } from "../terminal/top/view.js";

/** As typed. */
export interface TopFlags {
  count?: string;
  json?: true;
  once?: true;
  interval?: string;
  last?: string;
  sort?: string;
  filter?: string;
}

export interface TopRequest {
  /** Blocks; undefined: until something ends it. */
  count: number | undefined;
  json: boolean;
  intervalMs: number;
  /** To choose from; the first one comes first. Seconds, null: all. */
  ranges: readonly (number | null)[];
  view: View;
  /** For another process of the service, after the end of the one that is watched. */
  waitMs: number;
}

const WAIT_MS = 10_000;
const MOST_COUNT = 1e9;
const HOUR_MS = 3_600_000;

/** A text is the sentence that says what is wrong. */
export function topRequest(flags: TopFlags): TopRequest | string {
  const { count, json = false, interval = "1s", last, sort, filter } = flags;
  const every = duration(interval, { min: 100, max: HOUR_MS });
  if (typeof every === "string") return `--interval: ${every}`;
  const asked = last === undefined || last === "all" ? null : duration(last, { min: 1000, max: HOUR_MS });
  if (typeof asked === "string") return `--last: ${asked}; or all`;
  if (count !== undefined && !(/^\d+$/.test(count) && Number(count) > 0 && Number(count) <= MOST_COUNT))
    return `--count: ${JSON.stringify(count)} is not a number of blocks such as 10`;
  if (sort !== undefined && !sortNames.includes(sort))
    return `--sort: ${JSON.stringify(sort)} is none of ${sortNames.join(", ")}${didYouMean(sort, [...sortNames])}`;
  return {
    count: count === undefined ? undefined : Number(count),
    json,
    intervalMs: every,
    ranges: last === undefined ? ranges : beginningWith(asked === null ? null : asked / 1000),
    view: firstView({ ...(sort !== undefined && { sort }), ...(filter !== undefined && { filter }) }),
    waitMs: flags.once ? 0 : WAIT_MS,
  };
}

const beginningWith = (seconds: number | null): (number | null)[] => [
  seconds,
  ...ranges.filter((one) => one !== seconds),
];

/** Milliseconds; a text is what is wrong. */
function duration(text: string, bounds: { min: number; max: number }): number | string {
  const { value, problem } = parse({ type: "duration", ...bounds } as OptionRow, text, "s");
  return problem ?? (value as number);
}
