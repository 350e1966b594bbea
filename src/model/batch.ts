// What does one look at a segment return? Columns and rows, without a byte offset in sight.
// SPDX-License-Identifier: MPL-2.0

import type { flowNames } from "./wire.js";

/** Samples drained from the ring. What is in them only the addon reads (native/wire/records.h). */
export interface SampleBatch {
  count: number;
  /** Whole records, one behind the other. */
  records: Uint8Array;
  /** False when more was waiting than one call takes. */
  drained: boolean;
}

export type EntryKind =
  | "fact"
  | "pipeline"
  | "element"
  | "pad"
  | "thread"
  | "module"
  | "overflow"
  | "functions"
  | "caps";

/** One entry of the directory, as native/wire/directory.h documents its texts and values by kind. */
export interface DirectoryEntry {
  id: number;
  kind: EntryKind;
  parent: number;
  texts: string[];
  value0: number;
  value1: number;
  /** Id of a name that the target needs no more: its place was given to this one. */
  replaces?: number;
}

/** A duration histogram on the shared grid; `counts[i]` belongs to the bucket with upper bound `gridBoundsNs[i]`. */
export interface HistogramCounts {
  /** One longer than the grid's bounds. */
  counts: Float64Array;
  sumNs: number;
  /** null while nothing was recorded. */
  minNs: number | null;
  maxNs: number | null;
}

export type FlowName = (typeof flowNames)[number];

/**
 * chain: `pad` is a sink pad and receives; pull: `pad` is a source pad and delivers; overflow: many pads together.
 * driver: what the element of `pad` spends between two calls of its thread: `invocations` and `exclusive`.
 * queue: what went in by `pad` and came out by `peer`: `inclusive` is how long it stayed.
 * event, query: calls of the event or query functions of `pad`: `invocations` and `exclusive`.
 * latency: from the source's pad `peer` to the sink's pad `pad`: `inclusive`; `invocations` arrived, `buffers` of them matched.
 * reported: what the element of `pad` says that it adds to the latency: `level` and `highestLevel` nanoseconds, `bytes` 1 if live.
 * link: between a push through `pad` and its peer's function; state: `pad` is an element, `peer` the change of its state.
 * transit: from a buffer's arrival in the element of `peer` to its push through that pad: `inclusive`.
 */
export const cellKinds = [
  "chain",
  "pull",
  "overflow",
  "driver",
  "queue",
  "event",
  "query",
  "latency",
  "reported",
  "link",
  "state",
  "transit",
] as const;
export type CellKind = (typeof cellKinds)[number];

/** Cells of these count buffers that a pad's function took. */
export type HopKind = "chain" | "pull" | "overflow";
export const isHop = ({ kind }: { kind: CellKind }): boolean =>
  kind === "chain" || kind === "pull" || kind === "overflow";

/** Everything counted on one hop (receiving pad, sending pad). Several cells may share one pad: add them up. */
export interface CellSnapshot {
  /** Directory id of the pad whose function is timed. */
  pad: number;
  /** Directory id of the pad at the other side; 0 = unknown. */
  peer: number;
  kind: CellKind;
  startUnixNs: bigint;
  buffers: number;
  bytes: number;
  invocations: number;
  nested: number;
  flow: Record<FlowName, number>;
  inclusive: HistogramCounts;
  exclusive: HistogramCounts;
  /**
   * Of a queue: went in and never came out; inside now; most at a time, one that waits for room included; thrown away by a
   * flush, and none of the dropped ones.
   * Of a latency: without a time stamp; nanoseconds from the source's link to its first buffer; from there to the sink.
   */
  dropped: number;
  level: number;
  highestLevel: number;
  flushed: number;
}

/** One look at the table of cells. */
export interface CellLook {
  /** Null where only the others were asked for. The same object as in the look before stands for a cell that did not move: it is never changed. */
  cells: CellSnapshot[] | null;
  /** By kind: what cells counted that were given to others since. Together with the cells it is all that was counted. */
  ended: CellSnapshot[] | null;
  /** Those that were given to others since the look before, with all that they ever counted. */
  gone: CellSnapshot[];
}
