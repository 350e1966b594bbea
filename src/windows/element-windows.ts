// What did each element of a pipeline do in one window? Sums of its hops and samples, with its place in the pipeline. Pure.
// SPDX-License-Identifier: MPL-2.0

import { sumOf } from "../analysis/stage-elements.js";
import type { ElementSummary } from "../model/element-summary.js";
import { classOf } from "./element-class.js";
import { shownText } from "./identity.js";
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
  /** By path; those that did nothing may be left out. */
  summaries: ReadonlyMap<string, ElementSummary>;
  /** Paths of elements for which threads of their own worked. */
  workers: ReadonlySet<string>;
  seen: SeenTimes;
  looked: Looked;
}

/** Those that worked longest, where there are more than a window may have. */
export function elementWindows(request: ElementsRequest): ElementWindow[] {
  const all = [...request.pipeline.elements.values()].map((placed) => windowOf(placed, request));
  if (all.length <= windowLimits.elements) return all;
  return all.sort((a, b) => b.own_ms + b.driver_ms - a.own_ms - a.driver_ms).slice(0, windowLimits.elements);
}

/** To a microsecond. */
export const msOf = (ns: number): number => Math.round(ns / 1e3) / 1e3;

export const shownPath = (path: string): string => shownText(path, windowLimits.path);
const shownPaths = (paths: readonly string[]): string[] => paths.slice(0, windowLimits.paths).map(shownPath);

/** For every element in every window: fields are named one by one, for to copy them from object to object takes longer than all else. */
function windowOf(placed: PlacedElement, { summaries, workers, seen, looked }: ElementsRequest): ElementWindow {
  const { info, threads, feeds, inputs, isQueue, drives, live } = placed;
  const { klass, source, sink, sync } = info;
  const e = summaries.get(info.path);
  const blockedShare = shareOf(seen.get(info.path));
  const kind = classOf({ klass, source, sink, sync, isQueue, drives, live, inputs: inputs.length, blockedShare });
  const isPaced = kind === "source" || (sink && sync);
  const waiting = { class: kind, isPaced, hasWorkers: workers.has(info.path) };
  const blocked = (): ElementWindow["blocked_ms"] => rounded(blockedMs(e?.blockedOn ?? {}, e?.readyNs ?? 0, waiting));
  return {
    path: shownPath(info.path),
    factory: info.factory.slice(0, windowLimits.name),
    class: kind,
    threads: shownPaths(threads),
    feeds: shownPaths(feeds),
    buffers_in: e?.buffersIn ?? 0,
    buffers_out: e?.buffersOut ?? 0,
    bytes_in: e?.bytesIn ?? 0,
    own_ms: msOf(sumOf(e?.exclusive ?? null)),
    driver_ms: msOf(sumOf(e?.driver ?? null)),
    cpu_ms: looked.cpu ? msOf(e?.cpuNs ?? 0) : null,
    blocked_ms: looked.wall ? blocked() : null,
    queue: isQueue ? queueOf(e, info.capacity) : null,
    drops: e?.drops ?? 0,
    flow_errors: errorsOf(e),
  };
}

function queueOf(e: ElementSummary | undefined, capacity: number): NonNullable<ElementWindow["queue"]> {
  const { last: level, highest } = e?.queueLevel ?? { last: 0, highest: 0 };
  return { level, highest, capacity: capacity || null, wait_ms: msOf(sumOf(e?.queueWait ?? null)) };
}

const errorsOf = (e: ElementSummary | undefined): number =>
  Object.entries(e?.flow ?? {}).reduce((sum, [name, n]) => (name === "ok" ? sum : sum + n), 0);

const shareOf = (seen: { blockedNs: number; wallNs: number } | undefined): number | null =>
  seen === undefined || seen.wallNs === 0 ? null : seen.blockedNs / seen.wallNs;

const rounded = <Name extends string>(times: Partial<Record<Name, number>>): Partial<Record<Name, number>> =>
  Object.fromEntries(
    Object.entries<number>(times as Record<string, number>).map(([name, ms]) => [name, msOf(ms * 1e6)]),
  ) as Partial<Record<Name, number>>;
