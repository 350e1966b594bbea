// What does a recording hold of the buffers that were traced? The slowest of them, span by span.
// SPDX-License-Identifier: MPL-2.0

export interface RecordedSpan {
  id: string;
  /** null: none. */
  parent: string | null;
  /** Since the trace began. */
  startNs: number;
  durationNs: number;
  /** Ids of topology.json. */
  pad: number;
  thread: string;
  tid: number;
  bytes: number;
  flow: string;
  /** Kept because it was slow, or held something that was. */
  slow: boolean;
}

export interface RecordedTrace {
  id: string;
  startUnixNs: bigint;
  /** Nanoseconds since the capture's begin, on CLOCK_MONOTONIC; null: not known. */
  atNs: number | null;
  /** From the first span's begin to the last one's end. */
  durationNs: number;
  /** By begin. */
  spans: RecordedSpan[];
  /** Those that were left out. */
  more: number;
}

export interface RecordedTraces {
  traces: number;
  spans: number;
  /** Lines that make no sense. */
  broken: number;
  /** Slowest first. */
  slowest: RecordedTrace[];
}
