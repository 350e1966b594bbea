// Which figures are compared? TABLE: figureTable.
// SPDX-License-Identifier: MPL-2.0

/**
 * TABLE: what can be compared. `of`: what it is a figure of; `loaded`: it depends on what else the machine does, so that it is not
 * comparable where that differs; `between`: how much it differs between two runs at least, as is assumed where there is one of each.
 */
export const figureTable = {
  "cpu.perBuffer": {
    of: "element",
    unit: "ns",
    loaded: false,
    between: 0.02,
    help: "CPU time of an element per buffer",
  },
  "elapsed.p50": {
    of: "element",
    unit: "ns",
    loaded: true,
    between: 0.04,
    help: "median of how long its functions took",
  },
  "elapsed.p99": {
    of: "element",
    unit: "ns",
    loaded: true,
    between: 0.08,
    help: "the same, exceeded by one call in a hundred",
  },
  "cpu.total": {
    of: "all",
    unit: "ns",
    loaded: false,
    between: 0.02,
    help: "CPU time of the process per buffer at its sinks",
  },
  throughput: { of: "sink", unit: "1/s", loaded: true, between: 0.02, help: "buffers per second at a sink" },
  "latency.p50": {
    of: "pair",
    unit: "ns",
    loaded: true,
    between: 0.04,
    help: "median of the time from a source to a sink",
  },
  "latency.p99": {
    of: "pair",
    unit: "ns",
    loaded: true,
    between: 0.08,
    help: "the same, exceeded by one buffer in a hundred",
  },
  "ready.share": {
    ...{ of: "all", unit: "share", loaded: false, between: 0.02 },
    help: "of the time in which threads could run, the share that they waited for a CPU: the machine's load",
  },
} as const;
export type FigureName = keyof typeof figureTable;
