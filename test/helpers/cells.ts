// How does a test write down what a target counted? As durations; here they become cells and the state of a segment.

import type { CellSnapshot, FlowName, HistogramCounts } from "../../src/model/batch.js";
import { emptyHistogram, gridBoundsSeconds } from "../../src/model/histogram.js";
import type { SegmentState } from "../../src/model/segment-state.js";

export function histogramOf(durationsNs: readonly number[]): HistogramCounts {
  const h = emptyHistogram();
  for (const ns of durationsNs) {
    // As the tracer does: whole nanoseconds, upper bound inclusive.
    const index = gridBoundsSeconds.findIndex((bound) => ns <= Math.floor(bound * 1e9));
    const bucket = index < 0 ? gridBoundsSeconds.length : index;
    h.counts[bucket] = (h.counts[bucket] ?? 0) + 1;
    h.sumNs += ns;
    h.minNs = Math.min(h.minNs ?? ns, ns);
    h.maxNs = Math.max(h.maxNs ?? ns, ns);
  }
  return h;
}

export const flow = (counts: Partial<Record<FlowName, number>> = {}): Record<FlowName, number> => ({
  ok: 0,
  eos: 0,
  flushing: 0,
  "not-linked": 0,
  "not-negotiated": 0,
  error: 0,
  "not-supported": 0,
  other: 0,
  ...counts,
});

/** One buffer of 100 bytes a duration. */
export function cellOf(pad: number, inclusiveNs: readonly number[], change: Partial<CellSnapshot> = {}): CellSnapshot {
  const buffers = inclusiveNs.length;
  return {
    pad,
    peer: 0,
    kind: "chain",
    startUnixNs: 1_700_000_000_000_000_000n,
    buffers,
    bytes: 100 * buffers,
    invocations: buffers,
    nested: 0,
    flow: flow({ ok: buffers }),
    inclusive: histogramOf(inclusiveNs),
    exclusive: histogramOf(inclusiveNs.map((ns) => Math.round(ns / 2))),
    dropped: 0,
    level: 0,
    highestLevel: 0,
    flushed: 0,
    ...change,
  };
}

export function stateOf(change: Partial<SegmentState> = {}): SegmentState {
  return {
    pid: 4711,
    startTicks: 99,
    createdMonoNs: 5e9,
    createdUnixNs: 1_699_999_999_000_000_001n,
    targetState: "running",
    flushAsked: 0,
    processCpuBeginNs: 1e9,
    processCpuNs: 3.5e9,
    registeredCpuNs: 2e9,
    maskedCpuNs: 0,
    unseenCpuNs: 0,
    ownCpuNs: 0,
    unarmedCpuNs: 0,
    samplesSettled: 40,
    samplesAgentLost: 2,
    timingCostPs: 38_000,
    clockSource: "tsc",
    enabled: true,
    sampleRate: 100,
    wallRate: 0,
    spanThreshold: 0n,
    spanSlowNs: 0,
    spanP99: false,
    changes: 1,
    obeyed: 1,
    cannot: [],
    timing: "wrap",
    handler: histogramOf([3000, 5000, 8000]),
    counters: { samples_written: 50, ring_full: 3, inferred: 7, no_table: 0 },
    ...change,
  };
}
