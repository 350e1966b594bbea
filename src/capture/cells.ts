// How does one hop's counters become a line of text and come back? Exact for counts; empty buckets are not written.
// SPDX-License-Identifier: MPL-2.0

import {
  type CellKind,
  type CellSnapshot,
  cellKinds,
  type FlowName,
  type HistogramCounts,
  isHop,
} from "../model/batch.js";
import { addCell, copyCell } from "../model/cells.js";
import { emptyHistogram, GRID_BUCKETS } from "../model/histogram.js";
import { flowNames } from "../model/wire.js";
import { amount, amountOrNull, amounts, each, instant, list, object, shape } from "./fields.js";
import type { AgentState, CellLine, SparseHistogram } from "./format.js";

/** Says which hop a cell belongs to; two cells of one key are parts of one count. */
export const cellKey = (cell: CellSnapshot): string => `${cell.kind} ${cell.pad} ${cell.peer} ${cell.startUnixNs}`;

function sparse(h: HistogramCounts): SparseHistogram {
  const counts: [number, number][] = [];
  h.counts.forEach((n, bucket) => {
    if (n > 0) counts.push([bucket, n]);
  });
  return { sumNs: h.sumNs, minNs: h.minNs, maxNs: h.maxNs, counts };
}

function dense(value: unknown): HistogramCounts {
  const from = object(value);
  const h = emptyHistogram();
  for (const pair of list(from.counts)) {
    const [bucket, n] = list(pair);
    if (Number.isInteger(bucket) && amount(bucket) < GRID_BUCKETS) h.counts[bucket as number] = amount(n);
  }
  h.sumNs = amount(from.sumNs);
  h.minNs = amountOrNull(from.minNs);
  h.maxNs = amountOrNull(from.maxNs);
  return h;
}

export function encodeCell(
  cell: CellSnapshot,
  { timeUnixNs, atNs }: Pick<AgentState, "timeUnixNs" | "atNs">,
): CellLine {
  const { pad, peer, kind, buffers, bytes, invocations, nested, dropped, level, highestLevel, flushed } = cell;
  const flow: Partial<Record<FlowName, number>> = {};
  for (const name of flowNames) if (cell.flow[name] > 0) flow[name] = cell.flow[name];
  return {
    timeUnixNs: String(timeUnixNs),
    atNs: Math.round(atNs),
    pad,
    peer,
    kind,
    startUnixNs: String(cell.startUnixNs),
    buffers,
    bytes,
    invocations,
    nested,
    flow,
    inclusive: sparse(cell.inclusive),
    exclusive: sparse(cell.exclusive),
    ...(isHop(cell) || kind === "driver" ? {} : { dropped, level, highestLevel }),
    ...(kind === "queue" ? { flushed } : {}),
  };
}

export interface ReadCell {
  timeUnixNs: bigint;
  /** null: the line of an older version. */
  atNs: number | null;
  cell: CellSnapshot;
  /** Its counts are among those that ended: earlier lines count no more. */
  moved: boolean;
}

const readCell = shape<CellSnapshot>({
  ...each(amount, "pad", "peer", "buffers", "bytes", "invocations", "nested"),
  ...each(amount, "dropped", "level", "highestLevel", "flushed"),
  ...each(dense, "inclusive", "exclusive"),
  kind: (value) => value as CellKind,
  startUnixNs: instant,
  flow: (value) => {
    const returned = amounts(value);
    return Object.fromEntries(flowNames.map((name) => [name, returned[name] ?? 0])) as Record<FlowName, number>;
  },
});

/** null when the value is no line of ours. */
export function decodeCell(value: unknown): ReadCell | null {
  const from = object(value);
  const cell = readCell(from);
  if (!cellKinds.includes(cell.kind)) return null;
  return { timeUnixNs: instant(from.timeUnixNs), atNs: amountOrNull(from.atNs), cell, moved: from.moved === true };
}

/** Adds up cells of one hop, so that a hop has one line a snapshot; leaves its arguments alone. */
export function mergeHops(cells: readonly CellSnapshot[]): CellSnapshot[] {
  const hops = new Map<string, CellSnapshot>();
  for (const cell of cells) {
    const known = hops.get(cellKey(cell));
    const sum = known === undefined ? cell : copyCell(known);
    if (known !== undefined) addCell(sum, cell);
    hops.set(cellKey(cell), sum);
  }
  return [...hops.values()];
}
