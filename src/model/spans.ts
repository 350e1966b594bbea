// What does the addon make of the spans in a ring, and what has it to be told for that?
// SPDX-License-Identifier: MPL-2.0

/** Spans that the addon has taken and holds until they are encoded. */
export interface SpanIntake {
  count: number;
  /** Three numbers a hop that has no name yet: the directory ids of the pad whose function ran and of the one at the other side, and the kind. */
  hops: Uint32Array;
  /** Directory ids of threads that have no name yet. */
  threads: Uint32Array;
}

/** What all spans of one intake share. */
export interface SpanFacts {
  /** Unix minus CLOCK_MONOTONIC, nanoseconds; another one after the wall clock was set. */
  offsetNs: bigint;
  /** CLOCK_MONOTONIC when the target began. */
  beganNs: number;
  /** `ot=th:…` of the ratio; "" = none. */
  state: string;
  /** A Link message of OTLP; no bytes: none. */
  link: Uint8Array;
  /** Are lines for a capture wanted? */
  lines: boolean;
}

export interface EncodedSpans {
  /** Where each of them ends in the bytes that copySpans() copies: fields of OTLP's ScopeSpans, one behind the other. */
  ends: Uint32Array;
  /** One line of JSON each; "" when not wanted. */
  lines: string;
}
