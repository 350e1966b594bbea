// Which cells make up one series? Those whose pads have the same labels, added up.
// SPDX-License-Identifier: MPL-2.0

import { type CellKind, type CellSnapshot, cellKinds, type FlowName, type HopKind, isHop } from "../model/batch.js";
import { addHistogram, emptyHistogram } from "../model/histogram.js";
import type { LabelName } from "../model/label-policy.js";

/** Labels as people see them: automatic numbers renumbered, request pads by their template. */
export interface PadLabels {
  pipeline: string;
  element: string;
  factory: string;
  pad: string;
}

export interface MetricLabels {
  /** Labels of the pad with this directory id. */
  pad(id: number): PadLabels;
}

/** What the SDK takes, but only names of the policy. */
export type Attributes = Partial<Record<LabelName, string | boolean>>;

export interface Series {
  attributes: Attributes;
  /** All its cells together; ids and kind are those of the first. */
  sum: CellSnapshot;
}

/** One series for each pad, or for each element: of what its pads took, and of each kind of cell besides. */
export type Per = "pad" | "element" | Exclude<CellKind, HopKind | "state">;
const isPer = (kind: CellKind): kind is Exclude<CellKind, HopKind | "state"> => !isHop({ kind }) && kind !== "state";
export const pers: readonly Per[] = ["pad", "element", ...cellKinds.filter(isPer)];

/** The overflow cell: pads beyond the table. OpenTelemetry has a name for that. */
const overflow: Attributes = { "otel.metric.overflow": true };

const belongs = (cell: CellSnapshot, per: Per): boolean =>
  per === "pad" || per === "element" ? isHop(cell) : cell.kind === per;

export function groupCells(cells: readonly CellSnapshot[], labels: MetricLabels, per: Per): Series[] {
  const byLabels = new Map<string, Series>();
  for (const cell of cells) {
    if (!belongs(cell, per)) continue;
    if (cell.kind === "overflow" && cell.invocations === 0) continue; // it is always there, and mostly empty
    const attributes = cell.kind === "overflow" ? overflow : attributesOf(cell, labels, per);
    const key = JSON.stringify(attributes);
    const series = byLabels.get(key);
    if (series === undefined) byLabels.set(key, { attributes, sum: copyCell(cell) });
    else addCell(series.sum, cell);
  }
  return [...byLabels.values()];
}

function attributesOf(cell: CellSnapshot, labels: MetricLabels, per: Per): Attributes {
  const { pipeline, element, factory, pad } = labels.pad(per === "transit" ? cell.peer : cell.pad);
  if (per === "latency") return { pipeline, source: labels.pad(cell.peer).element, sink: element };
  return per === "pad" ? { pipeline, element, factory, pad } : { pipeline, element, factory };
}

function copyCell(cell: CellSnapshot): CellSnapshot {
  const copy = { ...cell, flow: { ...cell.flow }, inclusive: emptyHistogram(), exclusive: emptyHistogram() };
  addHistogram(copy.inclusive, cell.inclusive);
  addHistogram(copy.exclusive, cell.exclusive);
  return copy;
}

// The start stays the first cell's: cells come in the order in which they were claimed and never go, so every reader of
// the segment, the next agent too, says the same start for a series.
function addCell(into: CellSnapshot, from: CellSnapshot): void {
  into.buffers += from.buffers;
  into.bytes += from.bytes;
  into.invocations += from.invocations;
  into.nested += from.nested;
  for (const name of Object.keys(from.flow) as FlowName[]) into.flow[name] += from.flow[name];
  addHistogram(into.inclusive, from.inclusive);
  addHistogram(into.exclusive, from.exclusive);
  into.dropped += from.dropped;
  into.level = into.kind === "queue" ? into.level + from.level : Math.max(into.level, from.level);
  into.flushed += from.flushed;
  into.highestLevel = Math.max(into.highestLevel, from.highestLevel);
}
