// What did the elements of a pipeline do in an interval, all its windows together?
// SPDX-License-Identifier: MPL-2.0
import type { ElementClass, ElementWindow, WaitReason } from "@gst-pyroscope/contract/window";
import { byName, positive, sum } from "./numbers.js";
import type { KnownWindow } from "./stall-case.js";

/** Seconds, in the interval. */
export interface ElementTotal {
  path: string;
  factory: string;
  class: ElementClass;
  threads: string[];
  feeds: string[];
  /** Buffers that came in; of sources: that went out. */
  buffers: number;
  /** Buffers that went out; of sinks: none do. */
  out: number;
  own: number;
  driver: number;
  cpu: number | null;
  blocked: Partial<Record<WaitReason, number>> | null;
  /** It stood in one call while nothing came out of it: the call is not booked yet, but samples saw it. */
  held: number;
  queue: { level: number; highest: number; capacity: number | null } | null;
}

export interface Totals {
  /** Seconds that the windows cover. */
  wall: number;
  elements: Map<string, ElementTotal>;
  sinks: Map<string, { buffers: number; media: number | null }>;
}

/** By time, each once, without those that last no time. */
export function inOrder(windows: KnownWindow[]): KnownWindow[] {
  const key = ({ window, fromMs, toMs }: KnownWindow) => `${fromMs} ${toMs} ${window.run_id} ${window.state}`;
  const valid = windows.filter(({ fromMs, toMs }) => Number.isFinite(fromMs) && Number.isFinite(toMs) && toMs > fromMs);
  const sorted = valid.sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs || byName(key(a), key(b)));
  return sorted.filter((one, place) => place === 0 || key(one) !== key(sorted[place - 1] ?? one));
}

/** Part of a window that lies in the interval, 0 … 1. */
export const overlap = ({ fromMs, toMs }: KnownWindow, from: number, until: number): number =>
  Math.max(0, Math.min(toMs, until) - Math.max(fromMs, from)) / (toMs - fromMs);

const SECOND = 1000;
const reasons = ["timer", "disk", "network", "lock", "peer", "cpu_ready", "unknown"] as const;

/** Windows that lie partly in the interval count in proportion. */
export function totalsOf(windows: KnownWindow[], from = -Infinity, until = Infinity): Totals {
  const totals: Totals = { wall: 0, elements: new Map(), sinks: new Map() };
  for (const known of windows) {
    const share = overlap(known, from, until);
    if (share === 0) continue;
    const wall = (known.toMs - known.fromMs) / SECOND;
    totals.wall += share * wall;
    for (const element of known.window.elements) addElement(totals, element, share, wall);
    for (const { path, buffers, media_ms } of known.window.sinks) {
      const before = totals.sinks.get(path) ?? { buffers: 0, media: 0 };
      const media = media_ms === null || before.media === null ? null : before.media + share * mediaOf(media_ms, wall);
      totals.sinks.set(path, { buffers: before.buffers + share * positive(buffers), media });
    }
  }
  return totals;
}

/** A pipeline that catches up writes much at once: it counts 1.5 times real time at most. */
const mediaOf = (milliseconds: number, wall: number) => Math.min(positive(milliseconds) / SECOND, 1.5 * wall);

function addElement(totals: Totals, element: ElementWindow, share: number, wall: number): void {
  const now = ofWindow(element, wall);
  const before = totals.elements.get(element.path);
  const add = (a: number | null | undefined, b: number | null) =>
    a === null || b === null ? null : (a ?? 0) + share * b;
  const waits = reasons.map((reason) => [
    reason,
    (before?.blocked?.[reason] ?? 0) + share * (now.blocked?.[reason] ?? 0),
  ]);
  totals.elements.set(element.path, {
    ...now,
    threads: union(before?.threads, now.threads),
    feeds: union(before?.feeds, now.feeds),
    buffers: (before?.buffers ?? 0) + share * now.buffers,
    out: (before?.out ?? 0) + share * now.out,
    own: (before?.own ?? 0) + share * now.own,
    driver: (before?.driver ?? 0) + share * now.driver,
    cpu: add(before?.cpu, now.cpu),
    blocked: before?.blocked === null || now.blocked === null ? null : Object.fromEntries(waits),
    held: (before?.held ?? 0) + share * now.held,
  });
}

const union = (a: string[] = [], b: string[]) => [...new Set([...a, ...b])].sort(byName);

function ofWindow(element: ElementWindow, wall: number): ElementTotal {
  const { path, factory, threads, feeds } = element;
  const cpu = element.cpu_ms === null ? null : positive(element.cpu_ms) / SECOND;
  const waits = reasons.map((reason) => [reason, positive(element.blocked_ms?.[reason]) / SECOND] as const);
  const own = positive(element.own_ms) / SECOND;
  const inside = Math.min(wall, (cpu ?? 0) + sum(waits.map(([, seconds]) => seconds)));
  const stands = element.buffers_out === 0 && own < 0.1 * wall && inside > 0.5 * wall;
  const { queue } = element;
  return {
    ...{ path, factory, class: element.class, threads, feeds, own, cpu },
    buffers: positive(element.class === "source" ? element.buffers_out : element.buffers_in),
    out: positive(element.buffers_out),
    driver: positive(element.driver_ms) / SECOND,
    blocked: element.blocked_ms === null ? null : Object.fromEntries(waits),
    held: stands && (element.class !== "sink" || element.buffers_in === 0) ? inside : 0,
    queue: queue && { level: positive(queue.level), highest: positive(queue.highest), capacity: queue.capacity },
  };
}
