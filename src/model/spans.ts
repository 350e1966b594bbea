// What is one look at the span ring, and what is one span? Columns, as the addon brings them.
// SPDX-License-Identifier: MPL-2.0

/** All columns are `count` long; see native/wire/records.h. */
export interface SpanBatch {
  count: number;
  traceHigh: BigUint64Array;
  traceLow: BigUint64Array;
  id: BigUint64Array;
  /** 0 = none. */
  parent: BigUint64Array;
  /** CLOCK_MONOTONIC. */
  startNs: Float64Array;
  durationNs: Float64Array;
  /** Negative: none. */
  pts: Float64Array;
  bytes: Float64Array;
  /** Directory ids: the pad whose function ran, the one at the other side, the thread's name. */
  pad: Uint32Array;
  peer: Uint32Array;
  thread: Uint32Array;
  tid: Uint32Array;
  buffers: Uint32Array;
  kind: Uint8Array;
  flow: Uint8Array;
  flags: Uint8Array;
}

/** A span's name, whatever its pad: a backend groups by it. */
export const SPAN_NAME = "PadPush";

export const hex64 = (value: bigint): string => value.toString(16).padStart(16, "0");
