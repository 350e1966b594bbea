// What is said of one pipeline, and from what?
// SPDX-License-Identifier: MPL-2.0
import type { Evidence, Verdict } from "@gst-pyroscope/contract/window";
import type { Way } from "./delivery.js";
import { fact } from "./facts.js";
import { paceAgainst } from "./flow.js";
import { nearestQueues, upstream } from "./graph.js";
import type { Line, Measured } from "./measure.js";
import { sum } from "./numbers.js";
import type { KnownPipeline, KnownWindow, StallCase } from "./stall-case.js";
import type { ElementTotal } from "./totals.js";

/** What is said of one pipeline. The evidence's first facts make the sentence. */
export interface Finding {
  verdict: Verdict;
  delivery: "network" | "player" | null;
  element: Line | null;
  /** 2: high, 1: medium, 0: low; before what weakens it. */
  sure: number;
  /** These, in this order, are the sentence. */
  reasons: Evidence[];
  more: Evidence[];
}

export interface Known {
  pipeline: KnownPipeline;
  measured: Measured;
  input: StallCase;
}

export const finding = (verdict: Verdict, sure: number, reasons: Evidence[], more: Evidence[] = []): Finding => ({
  ...{ verdict, delivery: null, element: null, sure, reasons, more },
});

/** In which elements a cause may lie: before the stream's sinks; others only if they hold up the source that they share. */
export function allowed({ pipeline, measured }: Known): Set<string> {
  const { elements, sinks } = measured.totals;
  const ours = upstream(elements, pipeline.sinks ?? [...sinks.keys()]);
  const held = sourcePaces(measured, ours).some(({ pace, getsLittle }) => pace < 0.95 && !getsLittle);
  return pipeline.sinks === null || held ? new Set(elements.keys()) : ours;
}

/**
 * How many of their usual buffers the sources gave. One gets little itself if it spent the time in getting them, and nothing
 * waits behind it.
 */
export function sourcePaces({ totals, nominal, inside }: Measured, ours: Set<string>) {
  const { elements, wall } = totals;
  return [...elements.values()].flatMap((element) => {
    const { path } = element;
    const pace = paceAgainst([totals], path, nominal?.elements[path]?.rate);
    if (element.class !== "source" || !ours.has(path) || pace === null) return [];
    const isFull = ({ queue }: ElementTotal) => queue !== null && queue.level > 0.5 * (queue.capacity ?? Infinity);
    const getting = timeInside(element) ?? element.driver + silentTime(inside, path);
    const getsLittle = getting >= 0.8 * wall && !nearestQueues(elements, path, "behind").some(isFull);
    return [{ element, pace, getsLittle }];
  });
}

/**
 * While a source gets nothing, or pushes into what takes nothing, its time is not booked yet: samples tell in which of the
 * two its thread stands. null: none saw it.
 */
function timeInside({ blocked, cpu, driver }: ElementTotal): number | null {
  const sampled = blocked === null ? 0 : sum(Object.values(blocked)) + (cpu ?? 0);
  return sampled === 0 ? null : Math.max(driver, sampled);
}

/** Without samples: the windows in which it gave nothing at all. */
function silentTime(windows: KnownWindow[], path: string): number {
  const silent = windows.filter(({ window }) =>
    window.elements.some((one) => one.path === path && one.buffers_out === 0),
  );
  return sum(silent.map(({ fromMs, toMs }) => (toMs - fromMs) / 1000));
}

/** Not the pipeline; `way`: what speaks for the network or the player. */
export const delivery = (sure: number, reasons: Evidence[], way: Way | null, more: Evidence[] = []): Finding => ({
  ...{ ...finding("delivery", sure, reasons, more), delivery: way?.part ?? null },
});

export const published = ({ measured }: { measured: Pick<Measured, "published"> }): Evidence[] =>
  measured.published === null ? [] : [fact("published")`${{ ratio: measured.published }} of real time was published.`];
