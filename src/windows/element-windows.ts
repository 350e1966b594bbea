// What did each element of a pipeline do in one window? Sums of its hops and samples, with its place in the pipeline. Pure.
// SPDX-License-Identifier: MPL-2.0

import { classOf } from "./element-class.js";
import { did, type Ledger } from "./ledger.js";
import { type ElementWindow, windowLimits } from "./pipeline-window.js";
import type { PlacedElement, PlacedPipeline } from "./structure.js";
import { blockedMs } from "./wait-reasons.js";

/** What was looked at in the window. */
export interface Looked {
  cpu: boolean;
  wall: boolean;
}

/** Of all time so far, nanoseconds by path: what a source was seen to do. */
export type SeenTimes = ReadonlyMap<string, { blockedNs: number; wallNs: number }>;

export interface ElementsRequest {
  pipeline: PlacedPipeline;
  ledger: Ledger;
  seen: SeenTimes;
  looked: Looked;
}

/** Those that worked longest, where there are more than a window may have. */
export function elementWindows(request: ElementsRequest): ElementWindow[] {
  const all: ElementWindow[] = [];
  for (const placed of request.pipeline.elements.values()) all.push(windowOf(placed, request));
  if (all.length <= windowLimits.elements) return all;
  return all.sort((a, b) => b.own_ms + b.driver_ms - a.own_ms - a.driver_ms).slice(0, windowLimits.elements);
}

/** To a microsecond. */
export const msOf = (ns: number): number => Math.round(ns / 1e3) / 1e3;

/** For every element in every window: fields are named one by one, for to copy them from object to object takes longer than all else. */
function windowOf(placed: PlacedElement, { ledger, seen, looked }: ElementsRequest): ElementWindow {
  const { info, inputs, isQueue, drives, live, shown } = placed;
  const { klass, source, sink, sync } = info;
  const row = ledger.row(info.path);
  const blockedShare = inputs.length > 0 ? null : shareOf(seen.get(info.path));
  const kind = classOf({ klass, source, sink, sync, isQueue, drives, live, inputs: inputs.length, blockedShare });
  return {
    path: shown.path,
    factory: shown.factory,
    class: kind,
    threads: shown.threads,
    feeds: shown.feeds,
    buffers_in: ledger.of(row, did.buffersIn),
    buffers_out: ledger.of(row, did.buffersOut),
    bytes_in: ledger.of(row, did.bytesIn),
    own_ms: msOf(ledger.of(row, did.ownNs)),
    driver_ms: msOf(ledger.of(row, did.driverNs)),
    cpu_ms: looked.cpu ? msOf(ledger.of(row, did.cpuNs)) : null,
    blocked_ms: looked.wall ? blockedOf(ledger, row, kind, kind === "source" || (sink && sync)) : null,
    queue: isQueue ? queueOf(ledger, row, info.capacity) : null,
    drops: ledger.of(row, did.drops),
    flow_errors: ledger.failed(row),
  };
}

function blockedOf(ledger: Ledger, row: number, kind: ElementWindow["class"], isPaced: boolean) {
  const readyNs = ledger.of(row, did.readyNs);
  if (readyNs === 0 && ledger.of(row, did.blockedNs) === 0) return {};
  const waiting = { class: kind, isPaced, hasWorkers: ledger.of(row, did.worked) > 0 };
  return rounded(blockedMs(ledger.blockedOn(row), readyNs, waiting));
}

function queueOf(ledger: Ledger, row: number, capacity: number): NonNullable<ElementWindow["queue"]> {
  const [level, highest] = [ledger.of(row, did.level), ledger.of(row, did.highest)];
  return { level, highest, capacity: capacity || null, wait_ms: msOf(ledger.of(row, did.queueWaitNs)) };
}

const shareOf = (seen: { blockedNs: number; wallNs: number } | undefined): number | null =>
  seen === undefined || seen.wallNs === 0 ? null : seen.blockedNs / seen.wallNs;

const rounded = <Name extends string>(times: Partial<Record<Name, number>>): Partial<Record<Name, number>> =>
  Object.fromEntries(
    Object.entries<number>(times as Record<string, number>).map(([name, ms]) => [name, msOf(ms * 1e6)]),
  ) as Partial<Record<Name, number>>;
