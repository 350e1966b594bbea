// How many buffers did an element handle, how many per second, and with which flow returns?
// SPDX-License-Identifier: MPL-2.0

import type { ElementSummary } from "../model/element-summary.js";
import type { Summary } from "../model/summary.js";
import { count } from "./units.js";

/** Number of buffers received; of buffers sent if the element is a source and receives none. */
export const buffersOf = (e: ElementSummary): number => (e.buffersIn > 0 ? e.buffersIn : e.buffersOut);

/** Buffers per second of the recorded time; null without buffers or recorded time. */
export const perSecond = (e: ElementSummary, { target }: Summary): number | null =>
  buffersOf(e) === 0 || target.durationNs <= 0 ? null : (buffersOf(e) * 1e9) / target.durationNs;

/** "dropped 3, flushed 1, eos 1": buffers dropped and flushed, and flow returns other than "ok"; "" without any. */
export function flowText(e: ElementSummary): string {
  const others = Object.entries(e.flow).filter(([name]) => name !== "ok");
  const dropped = e.drops > 0 ? [`dropped ${count(e.drops)}`] : [];
  const flushed = e.flushed > 0 ? [`flushed ${count(e.flushed)}`] : [];
  return [...dropped, ...flushed, ...others.map(([name, n]) => `${name} ${count(n)}`)].join(", ");
}
