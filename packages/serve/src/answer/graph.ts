// Which elements of a pipeline lie before and behind another one, and by whose pace is a sink's output measured?
// SPDX-License-Identifier: MPL-2.0
import { byNames } from "./numbers.js";
import type { ElementTotal, Totals } from "./totals.js";

type Elements = Totals["elements"];

const kept = new WeakMap<Elements, Map<string, ElementTotal[]>>();

/** Elements by the path of what they feed. */
function feedersOf(elements: Elements): Map<string, ElementTotal[]> {
  const before = kept.get(elements);
  if (before !== undefined) return before;
  const pairs = [...elements.values()].flatMap((element) => element.feeds.map((path) => [path, element] as const));
  const feeders = byNames(pairs);
  kept.set(elements, feeders);
  return feeders;
}

/** All that can be reached by `next` from these, themselves included; behind one that is the `end` the way is not followed. */
function reached(
  from: string[],
  next: (path: string) => string[],
  end: (path: string) => boolean = () => false,
): Set<string> {
  const seen = new Set(from);
  for (const path of seen) {
    if (end(path) && !from.includes(path)) continue;
    for (const other of next(path)) seen.add(other);
  }
  return seen;
}

/** What lies before these, themselves included. */
export function upstream(elements: Elements, from: string[]): Set<string> {
  const feeders = feedersOf(elements);
  return reached(from, (path) => (feeders.get(path) ?? []).map((element) => element.path));
}

const isQueue = (elements: Elements) => (path: string) => elements.get(path)?.queue != null;

/** The nearest queues before it, or behind it. */
export function nearestQueues(elements: Elements, path: string, side: "before" | "behind"): ElementTotal[] {
  const feeders = feedersOf(elements);
  const before = (at: string) => (feeders.get(at) ?? []).map((element) => element.path);
  const behind = (at: string) => elements.get(at)?.feeds ?? [];
  const found = reached([path], side === "before" ? before : behind, isQueue(elements));
  return [...elements.values()].filter((one) => one.queue !== null && one.path !== path && found.has(one.path));
}

/** Muxers and other aggregators: they wait for several, and how many buffers leave them depends on the bit rate. */
export const isAggregator = (element: ElementTotal): boolean =>
  element.class === "wait" && element.queue === null && element.feeds.length > 0;

/** What lies behind an aggregator: its buffers do not tell how much media they hold. */
export function behindAggregators(elements: Elements): Set<string> {
  const aggregators = [...elements.values()].filter(isAggregator).map(({ path }) => path);
  return reached(aggregators, (path) => elements.get(path)?.feeds ?? []);
}

/**
 * The elements by whose rate of buffers it is told how much media a sink gets: the encoder before it, or those that feed
 * the aggregator before it, else the element that feeds it directly (a payloader gets one buffer per picture and makes as
 * many as the bit rate needs), else the sink.
 */
export function paceOf(elements: Elements, sink: string): string[] {
  const feeders = feedersOf(elements);
  let at = sink;
  for (let steps = 0; steps < elements.size; steps++) {
    const before = feeders.get(at) ?? [];
    const [only] = before;
    if (before.length !== 1 || only === undefined) break;
    if (/enc/.test(only.factory)) return [only.path];
    if (isAggregator(only)) return (feeders.get(only.path) ?? []).map(({ path }) => path);
    at = only.path;
  }
  const [direct] = feeders.get(sink) ?? [];
  return [direct !== undefined && direct.queue === null ? direct.path : sink];
}
