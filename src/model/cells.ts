// How are the counters of two cells added and subtracted? Pure.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot, FlowName, HistogramCounts } from "./batch.js";
import { addHistogram, emptyHistogram } from "./histogram.js";

/** A deep copy: adding to it leaves `cell` unchanged. */
export function copyCell(cell: CellSnapshot): CellSnapshot {
  const copy = { ...cell, flow: { ...cell.flow }, inclusive: emptyHistogram(), exclusive: emptyHistogram() };
  addHistogram(copy.inclusive, cell.inclusive);
  addHistogram(copy.exclusive, cell.exclusive);
  return copy;
}

/**
 * Adds the counts, flow returns and histograms of `from` to `into` in place. Levels of queues are added, too; of other
 * levels, and of highest levels, the larger is taken.
 */
export function addCell(into: CellSnapshot, from: CellSnapshot): void {
  for (const name of counts) into[name] += from[name];
  for (const name of Object.keys(from.flow) as FlowName[]) into.flow[name] += from.flow[name];
  addHistogram(into.inclusive, from.inclusive);
  addHistogram(into.exclusive, from.exclusive);
  into.level = into.kind === "queue" ? into.level + from.level : Math.max(into.level, from.level);
  into.highestLevel = Math.max(into.highestLevel, from.highestLevel);
}

const counts = ["buffers", "bytes", "invocations", "nested", "dropped", "flushed"] as const;

/** Subtracts `part` from `from` in place; counts stop at 0, and levels and the highest level are left unchanged. */
export function subtractCell(from: CellSnapshot, part: CellSnapshot): void {
  for (const name of counts) from[name] = Math.max(0, from[name] - part[name]);
  for (const name of Object.keys(part.flow) as FlowName[])
    from.flow[name] = Math.max(0, from.flow[name] - part.flow[name]);
  subtractHistogram(from.inclusive, part.inclusive);
  subtractHistogram(from.exclusive, part.exclusive);
}

function subtractHistogram(from: HistogramCounts, part: HistogramCounts): void {
  from.counts.forEach((n, i) => {
    from.counts[i] = Math.max(0, n - (part.counts[i] ?? 0));
  });
  from.sumNs = Math.max(0, from.sumNs - part.sumNs);
}
