// What did the elements of a pipeline do in an interval, all its windows together?
// SPDX-License-Identifier: MPL-2.0
import type { ElementClass, ElementWindow, WaitReason } from "@gst-pyroscope/contract/window";
import { byName, positive } from "./numbers.js";
import type { KnownWindow } from "./stall-case.js";

/** Seconds; absent: 0. */
export type Waits = Partial<Record<WaitReason, number>>;

/** Seconds, in the interval. */
export interface ElementTotal {
  path: string;
  factory: string;
  class: ElementClass;
  threads: string[];
  feeds: string[];
  /** Buffers that came in; of elements that make or read them: that went out. */
  buffers: number;
  /** Buffers that went out; of sinks: none do. */
  out: number;
  own: number;
  driver: number;
  cpu: number | null;
  blocked: Waits | null;
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
    const fed = new Set(known.window.elements.flatMap(({ feeds }) => feeds));
    for (const element of known.window.elements)
      addElement(totals, ofWindow(element, wall, share, !fed.has(element.path)));
    for (const { path, buffers, media_ms } of known.window.sinks) {
      const before = totals.sinks.get(path) ?? { buffers: 0, media: 0 };
      const media = media_ms === null || before.media === null ? null : before.media + share * mediaOf(media_ms, wall);
      totals.sinks.set(path, { buffers: before.buffers + share * positive(buffers), media });
    }
  }
  totals.elements = inPathOrder(totals.elements);
  totals.sinks = inPathOrder(totals.sinks);
  return totals;
}

/** What is told first does not matter. */
const inPathOrder = <One>(map: Map<string, One>): Map<string, One> =>
  new Map([...map].sort(([a], [b]) => byName(a, b)));

/** A pipeline that catches up writes much at once: it counts 1.5 times real time at most. */
const mediaOf = (milliseconds: number, wall: number) => Math.min(positive(milliseconds) / SECOND, 1.5 * wall);

function addElement(totals: Totals, now: ElementTotal): void {
  const before = totals.elements.get(now.path);
  totals.elements.set(now.path, before === undefined ? now : together(before, now));
}

/** What is no sum is the newer one's. */
const together = (a: ElementTotal, b: ElementTotal): ElementTotal => ({
  ...b,
  threads: union(a.threads, b.threads),
  feeds: union(a.feeds, b.feeds),
  buffers: a.buffers + b.buffers,
  out: a.out + b.out,
  own: a.own + b.own,
  driver: a.driver + b.driver,
  cpu: a.cpu === null || b.cpu === null ? null : a.cpu + b.cpu,
  blocked: a.blocked === null || b.blocked === null ? null : addWaits(a.blocked, b.blocked),
  held: a.held + b.held,
});

const union = (a: string[], b: string[]) =>
  a.length === b.length && a.every((one, place) => b[place] === one) ? b : [...new Set([...a, ...b])].sort(byName);

const sorted = (paths: string[]) => (paths.length < 2 ? paths : [...paths].sort(byName));

function addWaits(a: Waits, b: Waits): Waits {
  const both = { ...a };
  for (const reason of reasons) both[reason] = (a[reason] ?? 0) + (b[reason] ?? 0);
  return both;
}

/** `makes`: nothing feeds it. */
function ofWindow(element: ElementWindow, wall: number, share: number, makes: boolean): ElementTotal {
  const { path, factory, queue } = element;
  const seconds = (milliseconds: number | undefined) => (share * positive(milliseconds)) / SECOND;
  const cpu = element.cpu_ms === null ? null : seconds(element.cpu_ms);
  // To read a file or to compute a picture is work of the loop that does it.
  const own = seconds(element.own_ms) + (makes && element.class === "work" ? seconds(element.driver_ms) : 0);
  const blocked: Waits | null = element.blocked_ms === null ? null : {};
  let inside = cpu ?? 0;
  if (blocked !== null)
    for (const reason of reasons)
      if (element.blocked_ms?.[reason]) inside += blocked[reason] = seconds(element.blocked_ms[reason]);
  const gaveNothing = element.buffers_out === 0 && (element.class !== "sink" || element.buffers_in === 0);
  const stands = gaveNothing && own < 0.1 * wall * share && inside > 0.5 * wall * share;
  return {
    path,
    factory,
    class: element.class,
    threads: sorted(element.threads),
    feeds: sorted(element.feeds),
    own,
    cpu,
    blocked,
    buffers: share * positive(makes ? element.buffers_out : element.buffers_in),
    out: share * positive(element.buffers_out),
    driver: seconds(element.driver_ms),
    held: stands ? Math.min(share * wall, inside) : 0,
    queue: queue && { level: positive(queue.level), highest: positive(queue.highest), capacity: queue.capacity },
  };
}
