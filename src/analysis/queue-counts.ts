// What became of the buffers that went into a queue? Counted while it works, settled when all is over. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot } from "../model/batch.js";
import type { ElementSummary } from "../model/element-summary.js";

/** A queue with several pads has several cells. */
export function bookQueue(element: ElementSummary, cell: CellSnapshot): void {
  element.drops += cell.dropped;
  element.flushed += cell.flushed;
  const { last, highest } = element.queueLevel ?? { last: 0, highest: 0 };
  element.queueLevel = { last: last + cell.level, highest: Math.max(highest, cell.highestLevel) };
}

/** Not of a queue that gives on copies: those are others than went in. */
export const passesOn = (cell: CellSnapshot): boolean => cell.kind === "queue" && cell.buffers > cell.invocations / 2;

/**
 * When all is over, what did not come out of a leaky queue was thrown away, and what did not come out of another one lies in it:
 * drops = in − out − level − flushed. Exact also where a queue threw away more at a time than is followed one by one.
 */
export function settleQueue(element: ElementSummary): void {
  const left = Math.max(0, element.buffersIn - element.buffersOut - element.flushed - element.drops);
  if (element.leaky) element.drops += left;
  if (element.queueLevel !== null) element.queueLevel.last = element.leaky ? 0 : left;
}
