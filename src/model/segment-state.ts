// What does a target say of itself at one instant? Facts and sums of its whole segment.
// SPDX-License-Identifier: MPL-2.0

import type { HistogramCounts } from "./batch.js";

/**
 * What a running target was not prepared for, or has lost: samples of CPU time (no signal is free for them), of waiting threads (no
 * thread can look), GStreamer's hooks (registered before anything runs, or not at all), spans (no room was made).
 */
export type Inability = "sample" | "wait" | "hook" | "trace";

/** Facts and sums of the whole segment at one instant. */
export interface SegmentState {
  pid: number;
  startTicks: number;
  createdMonoNs: number;
  createdUnixNs: bigint;
  targetState: "running" | "ending" | "ended";
  flushAsked: number;
  /** CPU time of the process when the first timer was armed. */
  processCpuBeginNs: number;
  processCpuNs: number;
  /** Of threads with a timer, since each got it. */
  registeredCpuNs: number;
  /** Of that, time in which a thread blocked our signal: in no sample, and in samples without a stack. */
  maskedCpuNs: number;
  unseenCpuNs: number;
  /** Of the tracer's own threads, and of threads whose timer was refused. */
  ownCpuNs: number;
  unarmedCpuNs: number;
  samplesSettled: number;
  samplesAgentLost: number;
  timingCostPs: number;
  clockSource: "tsc" | "monotonic" | "unknown";
  enabled: boolean;
  sampleRate: number;
  /** Looks a second at what threads wait for. */
  wallRate: number;
  /** A chain is traced when 56 bits of its trace id are no less; 2^56: none is. */
  spanThreshold: bigint;
  /** Where spans are taken: pushes that take as long are kept too (0: none), and those slower than 99 of 100 of their pad. */
  spanSlowNs: number;
  spanP99: boolean;
  timing: "off" | "wrap" | "hooks";
  /** Changes of settings so far; 0: the target has not said its own yet, or is of the release before. */
  changes: number;
  /** The last change that the target has carried out, a tenth of a second after it was made at the latest. */
  obeyed: number;
  /** What it cannot do, whatever the settings say. */
  cannot: Inability[];
  handler: HistogramCounts;
  /** Loss reasons of native/wire/counters.h by name. */
  counters: Record<string, number>;
}

/** What may change in a running target, by the names of the options; what is not named stays. */
export interface ControlChange {
  /** false: nothing is recorded. */
  enabled?: boolean;
  sampleRate?: number;
  wallRate?: number;
  timing?: "off" | "wrap" | "hooks";
  spanRatio?: number;
  /** A number: milliseconds. */
  spanSlow?: "p99" | "off" | number;
}
