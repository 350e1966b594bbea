// What is one series, and which series does a cell count in? By its kind, and by what its pads are called.
// SPDX-License-Identifier: MPL-2.0

import { type CellKind, type CellSnapshot, cellKinds, type HopKind, isHop } from "../model/batch.js";
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
export type NamedPer = "pad" | "element" | Exclude<CellKind, HopKind | "state">;
const isPer = (kind: CellKind): kind is Exclude<CellKind, HopKind | "state"> => !isHop({ kind }) && kind !== "state";
export const pers: readonly NamedPer[] = ["pad", "element", ...cellKinds.filter(isPer)];

/** The overflow cell: pads beyond the table. OpenTelemetry has a name for that. */
const overflow: Attributes = { "otel.metric.overflow": true };

/** One series that a cell counts in. */
export interface Place {
  per: NamedPer;
  attributes: Attributes;
  /** Of the series, different for any two. */
  name: string;
}

/** What the pads of one cell are called, as far as its series need it. */
export interface CellNames {
  pad: PadLabels;
  /** Element of the source of a latency; "" for others. */
  source: string;
}

/** null: this cell needs no names. */
export function namesOf({ cell, labels }: LabelledCell): CellNames | null {
  if (cell.kind === "state" || cell.kind === "overflow") return null;
  const pad = labels.pad(cell.kind === "transit" ? cell.peer : cell.pad);
  return { pad, source: cell.kind === "latency" ? labels.pad(cell.peer).element : "" };
}

/** `names` are those of the cell. */
export function placesOf(cell: CellSnapshot, names: CellNames | null): Place[] {
  const { kind } = cell;
  if (kind === "state") return [];
  const own: readonly NamedPer[] = isPer(kind) ? [kind] : ["pad", "element"];
  if (names !== null) return own.map((per) => placeOf(per, attributesOf(per, names)));
  return cell.invocations === 0 ? [] : own.map((per) => placeOf(per, overflow)); // it is always there, and mostly empty
}

const placeOf = (per: NamedPer, attributes: Attributes): Place => ({
  ...{ per, attributes },
  name: `${per} ${JSON.stringify(attributes)}`,
});

function attributesOf(per: NamedPer, { pad: names, source }: CellNames): Attributes {
  const { pipeline, element, factory, pad } = names;
  if (per === "latency") return { pipeline, source, sink: element };
  return per === "pad" ? { pipeline, element, factory, pad } : { pipeline, element, factory };
}
