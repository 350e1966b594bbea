// How many buffers are an element's, how many in a second, and what became of them?
// SPDX-License-Identifier: MPL-2.0

import type { ElementSummary, Summary } from "../model/summary.js";
import { count } from "./units.js";

/** A source receives nothing: its buffers are those that it sends. */
export const buffersOf = (e: ElementSummary): number => (e.buffersIn > 0 ? e.buffersIn : e.buffersOut);

/** Of the time that was watched; null = no buffers, or no time. */
export const perSecond = (e: ElementSummary, { target }: Summary): number | null =>
  buffersOf(e) === 0 || target.durationNs <= 0 ? null : (buffersOf(e) * 1e9) / target.durationNs;

/** What it returned besides "ok", which goes without saying, and what it dropped. */
export function flowText(e: ElementSummary): string {
  const others = Object.entries(e.flow).filter(([name]) => name !== "ok");
  const dropped = e.drops > 0 ? [`dropped ${count(e.drops)}`] : [];
  const flushed = e.flushed > 0 ? [`flushed ${count(e.flushed)}`] : [];
  return [...dropped, ...flushed, ...others.map(([name, n]) => `${name} ${count(n)}`)].join(", ");
}
