// In which state was the player from when to when, as its events and its samples tell?
// SPDX-License-Identifier: MPL-2.0
import type { EventView, Meta } from "@gst-pyroscope/contract/wire";
import type { Placed } from "./placed.js";

/** In the order in which a legend has them. */
export const playerStates = ["starting", "playing", "stalled", "paused", "seeking", "failed", "ended"] as const;
export type PlayerState = (typeof playerStates)[number];

/** Seconds since 1970. */
export interface Span {
  state: PlayerState;
  from: number;
  to: number;
}

const stateAfter: Record<string, PlayerState> = {
  playback_requested: "starting",
  preload_started: "starting",
  manifest_loaded: "starting",
  playback_started: "playing",
  playback_resumed: "playing",
  rebuffer_started: "stalled",
  playback_paused: "paused",
  seek_started: "seeking",
  playback_ended: "ended",
  session_ended: "ended",
};

/** What a sample says, by the SDK or as CMCD's key `sta`. A wait is told as a stall if it is one. */
const sampledStates: Record<string, PlayerState> = {
  ...{ playing: "playing", paused: "paused", ended: "ended" },
  ...{ p: "playing", a: "paused", e: "ended", f: "failed" },
};

export function spans(events: Placed[], end: number): Span[] {
  const found: Span[] = [];
  for (const { event, at } of events) {
    const open = found.at(-1);
    const state = stateOf(event, found);
    if (state === undefined || open?.state === state) continue;
    if (open?.state === "ended" && state !== "starting" && state !== "playing") continue; // it is late
    if (open?.state === "failed" && state === "paused") continue; // a picture that stands is what a failure looks like
    if (open !== undefined) open.to = at;
    found.push({ state, from: at, to: end });
  }
  return found.filter(({ from, to, state }) => to > from || state === "ended");
}

/** undefined: as before. */
function stateOf({ event_name: name, meta = {} }: EventView, before: Span[]): PlayerState | undefined {
  const open = before.at(-1)?.state;
  if (name === "metrics_sampled") return sampled(meta, open);
  if (name === "playback_error") return meta.fatal === true ? "failed" : undefined;
  if (name === "rebuffer_ended") return afterStall(meta);
  if (name === "seek_ended") return open === "seeking" ? afterSeek(meta, before.at(-2)?.state) : undefined;
  const state = stateAfter[name];
  // A playlist that is loaded again starts nothing.
  return state === "starting" && open !== undefined && open !== "ended" ? undefined : state;
}

/** The end of a stall is told by its own event: between two waits of one stall, a sample may find a moment that plays. */
function sampled(meta: Meta, open: PlayerState | undefined): PlayerState | undefined {
  const state = sampledStates[String(meta.player_state ?? meta.cmcd_sta)];
  return state === "playing" && open === "stalled" ? undefined : state;
}

/** Ended by something else than the picture, it is followed by an event that tells the state, unless the source was taken away. */
function afterStall({ ended_by: by = "playing" }: Meta): PlayerState | undefined {
  if (by === "playing") return "playing";
  return by === "emptied" || by === "detached" ? "paused" : undefined;
}

/** A jump of a paused video ends paused. CMCD tells the end of a jump by the state that follows it. */
function afterSeek({ cmcd_sta }: Meta, before: PlayerState | undefined): PlayerState {
  const stood = before === "paused" || before === "failed";
  return stood && cmcd_sta !== "p" ? before : "playing";
}
