// What did the elements of a pipeline do in an interval, all its windows together?
// SPDX-License-Identifier: MPL-2.0
import {
  type ElementClass,
  type ElementWindow,
  type PipelineWindow,
  type WaitReason,
  waitReasons,
} from "@gst-pyroscope/contract/window";
import { byName, positive } from "./numbers.js";
import type { KnownWindow } from "./stall-case.js";

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
  blocked: Record<WaitReason, number> | null;
  /** It stood in one call while nothing came out of it: the call is not booked yet, but samples saw it. */
  held: number;
  queue: { level: number; highest: number; capacity: number | null } | null;
}

export interface Totals {
  /** Seconds that the windows cover. */
  wall: number;
  /** By path, in the order of paths: what is told first does not matter. */
  elements: Map<string, ElementTotal>;
  sinks: Map<string, { buffers: number; media: number | null }>;
}

/** By time, each once, without those that last no time. */
export function inOrder(windows: KnownWindow[]): KnownWindow[] {
  const valid = windows.filter(({ fromMs, toMs }) => Number.isFinite(fromMs) && Number.isFinite(toMs) && toMs > fromMs);
  const order = (a: KnownWindow, b: KnownWindow) =>
    a.fromMs - b.fromMs ||
    a.toMs - b.toMs ||
    byName(a.window.run_id, b.window.run_id) ||
    byName(a.window.state, b.window.state);
  return valid.sort(order).filter((one, place, all) => place === 0 || order(one, all[place - 1] ?? one) !== 0);
}

/** Part of a window that lies in the interval, 0 … 1. */
export const overlap = ({ fromMs, toMs }: KnownWindow, from: number, until: number): number =>
  Math.max(0, Math.min(toMs, until) - Math.max(fromMs, from)) / (toMs - fromMs);

const SECOND = 1000;
const figures = ["buffers", "out", "own", "driver", "held"] as const;
const kept = new WeakMap<PipelineWindow, Totals>();

/** Of one window. The same windows are asked for at each stall of a stream: what they tell is kept. */
export function totalsOfWindow({ window, fromMs, toMs }: Pick<KnownWindow, "window" | "fromMs" | "toMs">): Totals {
  const wall = (toMs - fromMs) / SECOND;
  const before = kept.get(window);
  if (before?.wall === wall) return before;
  const fed = new Set(window.elements.flatMap(({ feeds }) => feeds));
  const elements = window.elements.map((one) => [one.path, ofWindow(one, wall, !fed.has(one.path))] as const);
  const sinks = window.sinks.map(({ path, buffers, media_ms }) => {
    const media = media_ms === null ? null : positive(media_ms) / SECOND;
    return [path, { buffers: positive(buffers), media }] as const;
  });
  const totals = { wall, elements: inPathOrder(elements), sinks: inPathOrder(sinks) };
  kept.set(window, totals);
  return totals;
}

const inPathOrder = <One>(list: Iterable<readonly [string, One]>): Map<string, One> =>
  new Map([...list].sort(([a], [b]) => byName(a, b)));

/** Windows that lie partly in the interval count in proportion. */
export function totalsOf(windows: KnownWindow[], from: number, until: number): Totals {
  const elements = new Map<string, ElementTotal>();
  const sinks: Totals["sinks"] = new Map();
  let wall = 0;
  for (const known of windows) {
    const share = overlap(known, from, until);
    if (share === 0) continue;
    const one = totalsOfWindow(known);
    wall += share * one.wall;
    for (const [path, element] of one.elements) {
      const sum = elements.get(path) ?? none(element);
      elements.set(path, sum);
      add(sum, element, share);
    }
    for (const [path, { buffers, media }] of one.sinks) {
      const before = sinks.get(path) ?? { buffers: 0, media: 0 };
      sinks.set(path, { buffers: before.buffers + share * buffers, media: plus(before.media, media, share) });
    }
  }
  return { wall, elements: inPathOrder(elements), sinks: inPathOrder(sinks) };
}

const plus = (a: number | null, b: number | null, share: number) => (a === null || b === null ? null : a + share * b);

const none = (one: ElementTotal): ElementTotal => ({
  ...{ ...one, threads: [], feeds: [], buffers: 0, out: 0, own: 0, driver: 0, held: 0 },
  ...{ cpu: one.cpu && 0, blocked: one.blocked && waitsOf({}) },
});

/** What is no sum is the newer one's. */
function add(sum: ElementTotal, one: ElementTotal, share: number): void {
  sum.factory = one.factory;
  sum.class = one.class;
  sum.queue = one.queue;
  sum.threads = union(sum.threads, one.threads);
  sum.feeds = union(sum.feeds, one.feeds);
  for (const figure of figures) sum[figure] += share * one[figure];
  sum.cpu = plus(sum.cpu, one.cpu, share);
  if (one.blocked === null) sum.blocked = null;
  if (sum.blocked === null || one.blocked === null) return;
  for (const reason of waitReasons) sum.blocked[reason] += share * one.blocked[reason];
}

function union(a: string[], b: string[]): string[] {
  const same = a.length === b.length && a.every((one, place) => one === b[place]);
  return same || a.length === 0 ? b : sorted([...a, ...b]);
}

const sorted = (paths: string[]) => (paths.length < 2 ? paths : [...new Set(paths)].sort(byName));

function waitsOf(told: Partial<Record<WaitReason, number>>): Record<WaitReason, number> {
  const waits = { timer: 0, disk: 0, network: 0, lock: 0, peer: 0, cpu_ready: 0, unknown: 0 };
  for (const reason of waitReasons) waits[reason] = positive(told[reason]) / SECOND;
  return waits;
}

/** `makes`: nothing feeds it. */
function ofWindow(element: ElementWindow, wall: number, makes: boolean): ElementTotal {
  const { path, factory, queue } = element;
  const seconds = (milliseconds: number) => positive(milliseconds) / SECOND;
  const cpu = element.cpu_ms === null ? null : seconds(element.cpu_ms);
  // To read a file or to compute a picture is work of the loop that does it.
  const own = seconds(element.own_ms) + (makes && element.class === "work" ? seconds(element.driver_ms) : 0);
  const blocked = element.blocked_ms && waitsOf(element.blocked_ms);
  const inside = waitReasons.reduce((total, reason) => total + (blocked?.[reason] ?? 0), cpu ?? 0);
  const gaveNothing = element.buffers_out === 0 && (element.class !== "sink" || element.buffers_in === 0);
  const stands = gaveNothing && own < 0.1 * wall && inside > 0.5 * wall;
  return {
    path,
    factory,
    class: element.class,
    own,
    cpu,
    blocked,
    threads: sorted(element.threads),
    feeds: sorted(element.feeds),
    buffers: positive(makes ? element.buffers_out : element.buffers_in),
    out: positive(element.buffers_out),
    driver: seconds(element.driver_ms),
    held: stands ? Math.min(wall, inside) : 0,
    queue: queue && { level: positive(queue.level), highest: positive(queue.highest), capacity: queue.capacity },
  };
}
