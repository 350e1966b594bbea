// What do several short windows of one run of a pipeline become when they are old? One of ten seconds, with their sums.
// SPDX-License-Identifier: MPL-2.0
import type { ElementWindow, PipelineWindow, SinkWindow, WaitReason } from "@gst-pyroscope/contract/window";
import { rolledMs, type WindowRow } from "./stall-port.js";

/** What is further apart has a hole: a window over it would tell too little of each second. */
const HOLE_MS = 500;

/** Those of each ten seconds together, as far as they follow each other and tell of the same; others stay alone. In any order. */
export function rolled(rows: readonly WindowRow[]): WindowRow[] {
  const groups = new Map<string, WindowRow[][]>();
  for (const row of [...rows].sort((a, b) => a.fromMs - b.fromMs)) {
    const known = groups.get(keyOf(row)) ?? [];
    const last = known.at(-1);
    const end = last?.at(-1)?.toMs ?? Number.NEGATIVE_INFINITY;
    if (last !== undefined && Math.abs(row.fromMs - end) <= HOLE_MS) last.push(row);
    else known.push([row]);
    groups.set(keyOf(row), known);
  }
  return [...groups.values()].flat().map(merged);
}

function keyOf({ project, window, fromMs }: WindowRow): string {
  const { stream_id, run_id, pipeline, topology, state } = window;
  return JSON.stringify([project, stream_id, run_id, pipeline, topology, state, Math.floor(fromMs / rolledMs)]);
}

function merged(rows: WindowRow[]): WindowRow {
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined || rows.length === 1) return first as WindowRow;
  const { toMs, receivedMs } = last;
  return { ...first, toMs, receivedMs, window: whole(rows.map(({ window }) => window)) };
}

const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0);
/** null: one of them is not known. */
const totalKnown = (values: (number | null)[]): number | null =>
  values.every((value) => value !== null) ? total(values) : null;
/** Of those that are known. */
function mean(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : total(known) / known.length;
}

/** Call stacks are of use around a stall only. */
function whole(windows: PipelineWindow[]): PipelineWindow {
  const { stacks: _, ...last } = windows.at(-1) as PipelineWindow;
  const machines = windows.map(({ machine }) => machine);
  return {
    ...last,
    from: windows[0]?.from ?? last.from,
    process_cpu_ms: totalKnown(windows.map(({ process_cpu_ms }) => process_cpu_ms)),
    machine: {
      ...{ load: mean(machines.map(({ load }) => load)) ?? 0, cpus: last.machine.cpus },
      steal: mean(machines.map(({ steal }) => steal)),
      pressure: mean(machines.map(({ pressure }) => pressure)),
    },
    losses: total(windows.map(({ losses }) => losses)),
    elements: byPath(windows.flatMap(({ elements }) => elements)).map(element),
    sinks: byPath(windows.flatMap(({ sinks }) => sinks)).map(sink),
  };
}

function byPath<One extends { path: string }>(all: One[]): One[][] {
  const groups = new Map<string, One[]>();
  for (const one of all) groups.set(one.path, [...(groups.get(one.path) ?? []), one]);
  return [...groups.values()];
}

function element(all: ElementWindow[]): ElementWindow {
  const last = all.at(-1) as ElementWindow;
  const sum = (of: (one: ElementWindow) => number): number => total(all.map(of));
  return {
    ...last,
    threads: [...new Set(all.flatMap(({ threads }) => threads))],
    feeds: [...new Set(all.flatMap(({ feeds }) => feeds))],
    ...{ buffers_in: sum((one) => one.buffers_in), buffers_out: sum((one) => one.buffers_out) },
    ...{ bytes_in: sum((one) => one.bytes_in), own_ms: sum((one) => one.own_ms) },
    ...{ driver_ms: sum((one) => one.driver_ms), cpu_ms: totalKnown(all.map(({ cpu_ms }) => cpu_ms)) },
    blocked_ms: blocked(all.map(({ blocked_ms }) => blocked_ms)),
    queue: queue(all.map((one) => one.queue)),
    ...{ drops: sum(({ drops }) => drops), flow_errors: sum(({ flow_errors }) => flow_errors) },
  };
}

function blocked(all: ElementWindow["blocked_ms"][]): ElementWindow["blocked_ms"] {
  const sums: Partial<Record<WaitReason, number>> = {};
  for (const waits of all) {
    if (waits === null) return null;
    for (const [reason, ms] of Object.entries(waits) as [WaitReason, number][]) sums[reason] = (sums[reason] ?? 0) + ms;
  }
  return sums;
}

function queue(all: ElementWindow["queue"][]): ElementWindow["queue"] {
  const known = all.filter((one) => one !== null);
  const last = known.at(-1);
  if (last === undefined) return null;
  const highest = Math.max(...known.map((one) => one.highest));
  return { ...last, highest, wait_ms: total(known.map(({ wait_ms }) => wait_ms)) };
}

const sink = (all: SinkWindow[]): SinkWindow => ({
  path: all[0]?.path ?? "",
  buffers: total(all.map(({ buffers }) => buffers)),
  media_ms: totalKnown(all.map(({ media_ms }) => media_ms)),
});
