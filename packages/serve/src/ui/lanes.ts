// Which states did a player go through, and how did its figures run? From its events, on one time axis.
// SPDX-License-Identifier: MPL-2.0
import type { EventView, Meta } from "@gst-pyroscope/contract/wire";
import { type Placed, placed } from "./placed.js";
import { type Span, spans } from "./player-states.js";
import type { Range } from "./range.js";

export interface Line {
  times: number[];
  /** null: from here on it is not known. */
  values: (number | null)[];
}

export interface Lanes {
  from: number;
  to: number;
  states: Span[];
  buffer: Line;
  latency: Line;
  bitrate: Line;
  stalls: { count: number; seconds: number };
  errors: number;
  /** The line of the buffer is not known in stalls. */
  bufferHasGaps: boolean;
}

/** `running`: the last state still holds at `nowMs`. */
export function lanesOf(events: EventView[], running: boolean, nowMs: number): Lanes {
  const ordered = placed(events);
  const from = ordered[0]?.at ?? nowMs / 1000;
  const last = ordered.at(-1)?.at ?? from;
  const to = Math.max(running ? Math.max(last, nowMs / 1000) : last, from + 1);
  const states = spans(ordered, to);
  const stalled = states.filter(({ state }) => state === "stalled");
  return {
    ...{ from, to, states },
    buffer: bufferOf(ordered, stalled),
    latency: line(ordered, secondsIn("live_latency_ms")),
    bitrate: line(ordered, bitrateOf),
    stalls: { count: stalled.length, seconds: stalled.reduce((sum, span) => sum + span.to - span.from, 0) },
    errors: ordered.filter(({ event }) => event.event_name === "playback_error").length,
    bufferHasGaps: stalled.length > 0 && isCmcd(ordered),
  };
}

/** What of them lies in the range; the counts stay those of the session. A range without any of it is not taken. */
export function lanesIn(lanes: Lanes, { from, until }: Range): Lanes {
  const begin = Math.max(lanes.from, (from ?? 0) / 1000);
  const end = until === undefined ? lanes.to : Math.min(lanes.to, until / 1000);
  if (begin >= end) return lanes;
  const states = lanes.states
    .filter((span) => span.from <= end && span.to >= begin)
    .map((span) => ({ ...span, from: Math.max(span.from, begin), to: Math.min(span.to, end) }));
  return { ...lanes, from: begin, to: end, states };
}

/** Of a line that is drawn whole: its points that are in sight. */
export function pointsIn({ times, values }: Line, from: number, to: number): [number, number][] {
  return times.flatMap((at, index) => {
    const value = values[index] ?? null;
    return value === null || at < from || at > to ? [] : [[at, value] as [number, number]];
  });
}

type Figure = (meta: Meta) => number | undefined;

const numberIn = (meta: Meta, field: string): number | undefined => {
  const value = meta[field];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
};

const secondsIn =
  (field: string): Figure =>
  (meta) => {
    const ms = numberIn(meta, field);
    return ms === undefined ? undefined : ms / 1000;
  };

/** Mbit/s: of the variant, if the player tells it; else of the segment. */
function bitrateOf(meta: Meta): number | undefined {
  const bitrate = numberIn(meta, "bitrate") ?? 0;
  if (bitrate > 0) return bitrate / 1e6;
  const [bytes, ms] = [numberIn(meta, "frag_bytes"), numberIn(meta, "frag_duration_ms") ?? 0];
  return bytes === undefined || ms <= 0 ? undefined : (bytes * 8) / ms / 1000;
}

/** By CMCD, hls.js reports in a stall what was buffered at some time before: that is left out. */
function bufferOf(events: Placed[], stalled: Span[]): Line {
  const seconds = secondsIn("buffer_ms");
  if (!isCmcd(events)) return line(events, seconds);
  const known = events.filter(({ at }) => !stalled.some(({ from, to }) => at >= from && at < to));
  const { times, values } = line(known, seconds);
  const points = times.map((at, index): [number, number | null] => [at, values[index] ?? null]);
  const gaps = points.length === 0 ? [] : stalled.map(({ from }): [number, null] => [from, null]);
  const all = [...points, ...gaps].sort(([a], [b]) => a - b);
  return { times: all.map(([at]) => at), values: all.map(([, value]) => value) };
}

const isCmcd = (events: Placed[]): boolean => events.some(({ event }) => event.sdk.name === "cmcd");

function line(events: Placed[], figure: Figure): Line {
  const points = events.flatMap(({ event, at }) => {
    const value = figure(event.meta ?? {});
    return value === undefined ? [] : [[at, value] as const];
  });
  return { times: points.map(([at]) => at), values: points.map(([, value]) => value) };
}
