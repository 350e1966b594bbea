// How does a test write down spans? As rows; here they become the columns that a reader returns.

import type { SpanBatch } from "../../src/model/spans.js";

export interface SpanRow {
  trace?: bigint;
  id?: bigint;
  parent?: bigint;
  startNs?: number;
  durationNs?: number;
  pts?: number;
  bytes?: number;
  pad?: number;
  peer?: number;
  thread?: number;
  tid?: number;
  buffers?: number;
  kind?: number;
  flow?: number;
  flags?: number;
}

/** One buffer of one push without a time stamp, unless its row says another. */
export function spansOf(rows: readonly SpanRow[]): SpanBatch {
  const longs = (of: (row: SpanRow) => bigint) => BigUint64Array.from(rows, of);
  const doubles = (of: (row: SpanRow) => number) => Float64Array.from(rows, of);
  const numbers = (of: (row: SpanRow) => number) => Uint32Array.from(rows, of);
  const bytes = (of: (row: SpanRow) => number) => Uint8Array.from(rows, of);
  return {
    count: rows.length,
    traceHigh: longs(({ trace = 1n }) => trace >> 64n),
    traceLow: longs(({ trace = 1n }) => BigInt.asUintN(64, trace)),
    id: longs(({ id = 1n }) => id),
    parent: longs(({ parent = 0n }) => parent),
    startNs: doubles(({ startNs = 0 }) => startNs),
    durationNs: doubles(({ durationNs = 0 }) => durationNs),
    pts: doubles(({ pts = -1 }) => pts),
    bytes: doubles(({ bytes: size = 0 }) => size),
    pad: numbers(({ pad = 0 }) => pad),
    peer: numbers(({ peer = 0 }) => peer),
    thread: numbers(({ thread = 0 }) => thread),
    tid: numbers(({ tid = 0 }) => tid),
    buffers: numbers(({ buffers = 1 }) => buffers),
    kind: bytes(({ kind = 1 }) => kind),
    flow: bytes(({ flow = 0 }) => flow),
    flags: bytes(({ flags = 0 }) => flags),
  };
}
