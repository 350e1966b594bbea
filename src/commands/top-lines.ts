// What does `top` do where no person looks? A block of lines each second, or a line of JSON, for as long as somebody reads them.
// SPDX-License-Identifier: MPL-2.0

import { setTimeout as pause } from "node:timers/promises";
import { jsonText } from "../model/printable.js";
import { block } from "../terminal/top/block.js";
import type { Seen } from "../terminal/top/heading.js";
import { exitCodes } from "./exit-codes.js";
import type { FollowedTarget, Look } from "./followed-target.js";
import type { TopRequest } from "./top-request.js";

export interface LinesParts {
  out: (text: string) => void;
  /** Aborted when nobody reads any more. */
  reader: AbortSignal;
  say: (line: string) => void;
  columns: number;
  colour: boolean;
}

/** Resolves to the exit code. That the process ends is no failure, once something was seen of it. */
export async function topLines(followed: Pick<FollowedTarget, "look">, request: TopRequest, parts: LinesParts) {
  const { count = Number.POSITIVE_INFINITY, intervalMs, ranges } = request;
  const [range = null] = ranges;
  let [blocks, said] = [0, ""];
  while (!parts.reader.aborted) {
    const began = performance.now();
    const look: Look = await followed.look({ range, functions: false });
    if ("over" in look) {
      parts.say(look.over);
      return (blocks > 0 ? exitCodes.ok : exitCodes.noTarget).code;
    }
    if ("seen" in look) {
      said = "";
      parts.out(textOf(look.seen, request, parts));
      if (++blocks >= count) break;
    } else if (withoutFigures(look.note) !== said) {
      said = withoutFigures(look.note);
      parts.say(look.note);
    }
    const restMs = Math.max(0, intervalMs - (performance.now() - began));
    await pause(restMs, undefined, { signal: parts.reader }).catch(() => undefined);
  }
  return exitCodes.ok.code;
}

/** A note that counts down is said once. */
const withoutFigures = (note: string): string => note.replace(/\d+ s\b/g, "");

function textOf(
  seen: Seen,
  { json, view, ranges: [range = null] }: TopRequest,
  { columns, colour }: LinesParts,
): string {
  if (json) return `${jsonText(seen.summary, 0)}\n`;
  return block(seen, view, { at: new Date().toISOString(), columns, colour, range });
}
