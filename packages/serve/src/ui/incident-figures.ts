// How much was published when, how full were the viewers' buffers, which queue stands before an element, and how was the machine?
// SPDX-License-Identifier: MPL-2.0
import type { ElementWindow, PipelineWindow } from "@gst-pyroscope/contract/window";
import type { EventView, Meta } from "@gst-pyroscope/contract/wire";
import type { Range } from "./incident-api.js";
import type { Line } from "./lanes.js";
import { placed } from "./placed.js";

export interface NamedLine extends Line {
  name: string;
}

/** More than this of real time comes of buffers that had gathered: it says nothing more. */
const MOST_PUBLISHED = 1.5;

const ms = Date.parse;

/** Seconds of media per second of real time, of the slowest sink; null: none tells. */
export function publishedIn({ from, to, sinks }: PipelineWindow): number | null {
  const wall = ms(to) - ms(from);
  const media = sinks.flatMap(({ media_ms }) => (media_ms === null ? [] : [media_ms]));
  return wall <= 0 || media.length === 0 ? null : Math.min(MOST_PUBLISHED, Math.min(...media) / wall);
}

/** One line a pipeline; a window's value stands from its beginning on. */
export function publishedLines(windows: PipelineWindow[]): NamedLine[] {
  return [...groups(windows, ({ pipeline }) => pipeline)].map(([name, all]) => {
    const points = all.flatMap((window) => {
      const value = publishedIn(window);
      return value === null ? [] : [{ at: ms(window.from) / 1000, until: ms(window.to) / 1000, value }];
    });
    points.sort((a, b) => a.at - b.at);
    const end = points.at(-1);
    const tail = end === undefined ? [] : [{ at: end.until, value: end.value }];
    const drawn = [...points, ...tail];
    return { name, times: drawn.map(({ at }) => at), values: drawn.map(({ value }) => value) };
  });
}

function groups<T>(all: T[], keyOf: (one: T) => string): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  return found;
}

/** Events of a player in that time, by the service's clock. */
function metasIn(events: EventView[], { from, until }: Range): { at: number; meta: Meta }[] {
  const all = placed(events).map(({ event, at }) => ({ at, meta: event.meta ?? {} }));
  return all.filter(({ at }) => at * 1000 >= from && at * 1000 <= until);
}

/** Seconds of media in a player's buffer. */
export function bufferLine(name: string, events: EventView[], range: Range): NamedLine {
  const points = metasIn(events, range).flatMap(({ at, meta }) => {
    const buffer = number(meta.buffer_ms);
    return buffer === null ? [] : [{ at, value: buffer / 1000 }];
  });
  return { name, times: points.map(({ at }) => at), values: points.map(({ value }) => value) };
}

export const overlaps = (window: PipelineWindow, { from, until }: Range): boolean =>
  ms(window.from) < until && ms(window.to) > from;

export interface QueueBefore {
  path: string;
  /** Buffers inside at the ends of windows: the middle one. */
  level: number;
  capacity: number | null;
}

/** The nearest queue upstream of an element. */
export function queueBefore(windows: PipelineWindow[], path: string): QueueBefore | null {
  const last = windows.findLast(({ elements }) => elements.some((element) => element.path === path));
  const queue = last === undefined ? undefined : nearestQueue(last.elements, path);
  if (queue === undefined) return null;
  const seen = windows.flatMap(({ elements }) => elements.find((one) => one.path === queue.path)?.queue ?? []);
  const levels = seen.map(({ level }) => level).sort((a, b) => a - b);
  const level = levels[Math.floor(levels.length / 2)];
  return level === undefined ? null : { path: queue.path, level, capacity: seen.at(-1)?.capacity ?? null };
}

function nearestQueue(elements: ElementWindow[], path: string): ElementWindow | undefined {
  const seen = new Set([path]);
  for (let reached = [path]; reached.length > 0; ) {
    const before = elements.filter((one) => !seen.has(one.path) && one.feeds.some((fed) => reached.includes(fed)));
    const queue = before.find((one) => one.queue !== null);
    if (queue !== undefined) return queue;
    for (const one of before) seen.add(one.path);
    reached = before.map((one) => one.path);
  }
  return undefined;
}

export interface MachineFacts {
  name: string;
  load: number;
  cpus: number;
  steal: number | null;
  pressure: number | null;
}

/** The worst of each figure, by machine. */
export function machinesIn(windows: PipelineWindow[]): MachineFacts[] {
  return [...groups(windows, ({ host }) => host)].map(([name, all]) => ({
    name,
    load: Math.max(...all.map(({ machine }) => machine.load)),
    cpus: Math.max(...all.map(({ machine }) => machine.cpus)),
    steal: most(all.map(({ machine }) => machine.steal)),
    pressure: most(all.map(({ machine }) => machine.pressure)),
  }));
}

function most(values: (number | null)[]): number | null {
  const known = values.flatMap((value) => (value === null ? [] : [value]));
  return known.length === 0 ? null : Math.max(...known);
}

export interface PlayerFacts {
  session: string;
  /** The slowest load of a segment, and how much media that segment holds. */
  load: { ms: number; media: number | null } | null;
  /** Since when the playlist had not become longer: the most. */
  edgeAge: number | null;
}

const number = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);

export function playerFacts(session: string, events: EventView[], range: Range): PlayerFacts {
  const metas = metasIn(events, range).map(({ meta }) => meta);
  const loads = metas.flatMap((meta) => {
    const took = number(meta.frag_load_ms);
    return took === null ? [] : [{ ms: took, media: number(meta.frag_duration_ms) }];
  });
  const slowest = loads.sort((a, b) => b.ms - a.ms)[0];
  return { session, load: slowest ?? null, edgeAge: most(metas.map((meta) => number(meta.edge_age_ms))) };
}
