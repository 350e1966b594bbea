// How does a test write down samples? As rows; here they become the columns that a reader returns.

import type { SampleBatch } from "../../src/model/batch.js";

export interface SampleRow {
  weightNs?: number;
  element?: number;
  thread?: number;
  threadNumber?: number;
  end?: number;
  flags?: number;
  /** [module, offset], leaf first. */
  frames?: readonly (readonly [number, number])[];
  /** Directory ids of elements, innermost first. */
  chain?: readonly number[];
  span?: bigint;
  /** Blocked, in the system call of this number. */
  systemCall?: number;
}

/** Where each row's part begins, and where the last one ends. */
function startsOf(lengths: number[]): Uint32Array {
  const starts = [0];
  for (const length of lengths) starts.push((starts.at(-1) ?? 0) + length);
  return Uint32Array.from(starts);
}

export function batchOf(rows: readonly SampleRow[]): SampleBatch {
  const frames = rows.flatMap((row) => row.frames ?? []);
  return {
    count: rows.length,
    timeNs: Float64Array.from(rows, (_, i) => i * 1e7),
    weightNs: Float64Array.from(rows, (row) => row.weightNs ?? 1e7),
    kind: Uint8Array.from(rows, (row) => (row.systemCall === undefined ? 1 : 2)),
    systemCall: Int16Array.from(rows, (row) => row.systemCall ?? 0),
    thread: Uint32Array.from(rows, (row) => row.thread ?? 0),
    threadNumber: Uint32Array.from(rows, (row) => row.threadNumber ?? 0),
    element: Uint32Array.from(rows, (row) => row.element ?? 0),
    end: Uint8Array.from(rows, (row) => row.end ?? 0),
    flags: Uint8Array.from(rows, (row) => row.flags ?? 0),
    span: BigUint64Array.from(rows, (row) => row.span ?? 0n),
    frameStart: startsOf(rows.map((row) => row.frames?.length ?? 0)),
    frameModule: Uint32Array.from(frames, ([module]) => module),
    frameOffset: Float64Array.from(frames, ([, offset]) => offset),
    chainStart: startsOf(rows.map((row) => row.chain?.length ?? 0)),
    chain: Uint32Array.from(rows.flatMap((row) => row.chain ?? [])),
    drained: true,
  };
}
