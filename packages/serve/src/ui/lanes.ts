// Which states did a player go through, and how did its figures run? From its events, on one time axis.
// SPDX-License-Identifier: MPL-2.0
import type { EventView, Meta } from "@gst-pyroscope/contract/wire";
import { type Placed, placed } from "./placed.js";
import type { Range } from "./range.js";

export type PlayerState = "starting" | "playing" | "stalled" | "paused" | "seeking" | "ended";

/** Seconds since 1970. */
export interface Span {
  state: PlayerState;
  from: number;
  to: number;
}

export interface Line {
  times: number[];
  values: number[];
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
}

const stateAfter: Record<string, PlayerState> = {
  playback_requested: "starting",
  preload_started: "starting",
  manifest_loaded: "starting",
  playback_started: "playing",
  playback_resumed: "playing",
  rebuffer_started: "stalled",
  rebuffer_ended: "playing",
  playback_paused: "paused",
  seek_started: "seeking",
  seek_ended: "playing",
  playback_ended: "ended",
  session_ended: "ended",
};

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
    buffer: line(ordered, secondsIn("buffer_ms")),
    latency: line(ordered, secondsIn("live_latency_ms")),
    bitrate: line(ordered, bitrateOf),
    stalls: { count: stalled.length, seconds: stalled.reduce((sum, span) => sum + span.to - span.from, 0) },
    errors: ordered.filter(({ event }) => event.event_name === "playback_error").length,
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
  return times.flatMap((at, index) => (at < from || at > to ? [] : [[at, values[index] ?? 0] as [number, number]]));
}

function spans(events: Placed[], end: number): Span[] {
  const found: Span[] = [];
  for (const { event, at } of events) {
    const state = stateAfter[event.event_name];
    const open = found.at(-1);
    if (state === undefined || open?.state === state) continue;
    // A playlist that is loaded again starts nothing, and what comes after the end is late.
    if (state === "starting" && open !== undefined && open.state !== "ended") continue;
    if (open?.state === "ended" && state !== "starting" && state !== "playing") continue;
    if (open !== undefined) open.to = at;
    found.push({ state, from: at, to: end });
  }
  return found.filter(({ from, to, state }) => to > from || state === "ended");
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

function line(events: Placed[], figure: Figure): Line {
  const points = events.flatMap(({ event, at }) => {
    const value = figure(event.meta ?? {});
    return value === undefined ? [] : [[at, value] as const];
  });
  return { times: points.map(([at]) => at), values: points.map(([, value]) => value) };
}
