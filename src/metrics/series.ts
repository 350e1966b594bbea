// Which cells make up one series? Those whose pads have the same labels, added up.
// SPDX-License-Identifier: MPL-2.0

import { type CellKind, type CellSnapshot, cellKinds, type HopKind, isHop } from "../model/batch.js";
import { addCell, copyCell } from "../model/cells.js";
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

/** A cell, and what its pads are called, or were. */
export interface LabelledCell {
  cell: CellSnapshot;
  labels: MetricLabels;
}

/** What the SDK takes, but only names of the policy. */
export type Attributes = Partial<Record<LabelName, string | boolean>>;

export interface Series {
  attributes: Attributes;
  /** All its cells together; ids and kind are those of the first. */
  sum: CellSnapshot;
}

/** One series for each pad, or for each element: of what its pads took, of each kind of cell besides; one of all that is in none. */
export type Per = NamedPer | "ended";
type NamedPer = "pad" | "element" | Exclude<CellKind, HopKind | "state">;
const isPer = (kind: CellKind): kind is Exclude<CellKind, HopKind | "state"> => !isHop({ kind }) && kind !== "state";
export const pers: readonly NamedPer[] = ["pad", "element", ...cellKinds.filter(isPer)];

/** The overflow cell: pads beyond the table. OpenTelemetry has a name for that. */
const overflow: Attributes = { "otel.metric.overflow": true };

const belongs = (cell: CellSnapshot, per: NamedPer): boolean =>
  per === "pad" || per === "element" ? isHop(cell) : cell.kind === per;

export function groupCells(hops: Iterable<LabelledCell>, per: NamedPer): Series[] {
  const byLabels = new Map<string, Series>();
  for (const { cell, labels } of hops) {
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

function attributesOf(cell: CellSnapshot, labels: MetricLabels, per: NamedPer): Attributes {
  const { pipeline, element, factory, pad } = labels.pad(per === "transit" ? cell.peer : cell.pad);
  if (per === "latency") return { pipeline, source: labels.pad(cell.peer).element, sink: element };
  return per === "pad" ? { pipeline, element, factory, pad } : { pipeline, element, factory };
}
