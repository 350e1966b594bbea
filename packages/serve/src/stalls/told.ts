// Has everything been told that will be told of a stall's time? By the newest window of each run of the stream's pipelines. Pure.
// SPDX-License-Identifier: MPL-2.0

import { SILENT_MS } from "../answer/down.js";

export interface Newest {
  toMs: number;
  receivedMs: number;
  /** No window comes after it. */
  ended: boolean;
}

/** From a stall, or its end, until it is judged with what is there: most windows have come by then, and an answer within five seconds is promised. */
export const PATIENCE_MS = 3000;
/** A pipeline whose windows ended so long before a stall is not waited for. */
const GONE_MS = 10_000;
/** After a start of the service agents try again within this time. */
export const RETURN_MS = 10_000;

export interface Told {
  /** Each pipeline has told what it did until then, or has ended. */
  all: boolean;
  /** When those that have not are known to be silent. */
  silentAtMs: number;
}

/** `newest`: none of a stream that no pipeline tells about. `heardSinceMs`: since when windows could come in; 0: always. */
export function toldOf(newest: readonly Newest[], untilMs: number, heardSinceMs: number): Told {
  if (newest.length === 0) return { all: false, silentAtMs: Math.max(heardSinceMs, untilMs + PATIENCE_MS) };
  const told = ({ toMs, ended }: Newest): boolean => ended || toMs >= untilMs;
  const others = newest.filter((one) => !told(one));
  return {
    all: others.length < newest.length && others.every(({ toMs }) => toMs < untilMs - GONE_MS),
    silentAtMs: Math.max(heardSinceMs, ...others.map(({ toMs, receivedMs }) => Math.max(toMs, receivedMs))) + SILENT_MS,
  };
}
