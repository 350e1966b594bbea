// How long do buffers take from a source to a sink? A line a way, and why some have no figures.
// SPDX-License-Identifier: MPL-2.0

import { belowPipeline } from "../analysis/paths.js";
import { count, duration } from "../analysis/units.js";
import type { LatencySummary } from "../model/summary.js";
import { type Column, cut, firstRows, wrap } from "./columns.js";

/** Where there are no figures, or not for all buffers, the reason ends the line; where that is too long, it has lines of its own. */
export function latencies(ways: LatencySummary[], width: number): string[] {
  const lines = firstRows(latencyColumns, ways, "way", width);
  if (/ NOTE$/.test(lines[0] ?? "")) return lines;
  const notes = ways.slice(0, MOST_NOTES).flatMap(({ source, sink, reason }) => {
    const ends = [source, sink].map((path) => cut(belowPipeline(path), 24)).join(" to ");
    return reason === null ? [] : wrap(`${ends}: ${reason}`, width);
  });
  return [...lines, ...notes];
}

/** As many as there are rows of any table. */
const MOST_NOTES = 1000;

const latencyColumns: Column<LatencySummary>[] = [
  { title: "LATENCY FROM", align: "left", priority: 0, cell: (l) => belowPipeline(l.source) },
  { title: "TO", align: "left", priority: 0, cell: (l) => cut(belowPipeline(l.sink), 24) },
  { title: "P50", align: "right", priority: 0, cell: (l) => span(l.p50Ns) },
  { title: "P99", align: "right", priority: 1, cell: (l) => span(l.p99Ns) },
  { title: "MAX", align: "right", priority: 2, cell: (l) => span(l.maxNs) },
  { title: "FIRST", align: "right", priority: 4, cell: (l) => span(l.firstBuffer?.travelNs) },
  { title: "BUFFERS", align: "right", priority: 3, cell: (l) => count(l.arrived) },
  { title: "NOTE", align: "left", priority: 5, cell: (l) => l.reason ?? "" },
];
const span = (ns: number | null | undefined): string => (ns == null ? "-" : duration(ns));
