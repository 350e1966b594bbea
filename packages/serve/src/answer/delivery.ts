// Did the player, or the way to it, take too long?
// SPDX-License-Identifier: MPL-2.0
import type { Evidence } from "@gst-pyroscope/contract/window";
import { fact, type Shown } from "./facts.js";
import type { KnownStall } from "./stall-case.js";

/** Milliseconds; of a value that no stream has: two seconds. */
export const targetOf = ({ targetMs }: KnownStall): number =>
  targetMs !== null && targetMs > 0 && targetMs <= 60_000 ? targetMs : 2000;

/** What the player told that speaks for the network or for the player itself; null: nothing does. */
export function wayEvidence(stall: KnownStall): { part: "network" | "player"; evidence: Evidence } | null {
  return slowLoad(stall) ?? busyPlayer(stall) ?? oldPlaylist(stall);
}

function slowLoad(stall: KnownStall) {
  if (stall.loadFailed === true)
    return { part: "network" as const, evidence: fact("segment_load", {}, () => "A load of the player failed.") };
  const loads = stall.segmentLoads.map(({ ms, mediaMs }) => ({ ms, mediaMs: mediaMs || targetOf(stall) }));
  const [slowest] = loads.toSorted((a, b) => b.ms / b.mediaMs - a.ms / a.mediaMs);
  if (slowest === undefined || !(slowest.ms > 0.9 * slowest.mediaMs)) return null;
  const numbers = { load_s: slowest.ms / 1000, media_s: slowest.mediaMs / 1000 };
  const say = (shown: Shown) => `A segment of ${shown("media_s")} s of media took ${shown("load_s")} s to load.`;
  return { part: "network" as const, evidence: fact("segment_load", numbers, say) };
}

function busyPlayer({ bufferMs, framesDropped }: KnownStall) {
  const [buffer, frames] = [bufferMs ?? 0, framesDropped ?? 0];
  if (buffer >= 1000 && frames > 0) {
    const say = (shown: Shown) =>
      `The player had ${shown("buffer_s")} s of media in its buffer and dropped ${shown("frames")} frames.`;
    return { part: "player" as const, evidence: fact("frames_dropped", { buffer_s: buffer / 1000, frames }, say) };
  }
  if (!(buffer >= 2000)) return null;
  const say = (shown: Shown) => `The player had ${shown("buffer_s")} s of media in its buffer.`;
  return { part: "player" as const, evidence: fact("buffer_healthy", { buffer_s: buffer / 1000 }, say) };
}

function oldPlaylist(stall: KnownStall) {
  const edge = stall.edgeAgeMs ?? 0;
  if (!(edge > 3 * targetOf(stall))) return null;
  const say = (shown: Shown) => `The newest segment that the player knew was ${shown("edge_s")} s old.`;
  return { part: "network" as const, evidence: fact("segment_load", { edge_s: edge / 1000 }, say) };
}

/** The other way round: loads that were fast enough. */
export function fastLoads(stall: KnownStall): Evidence[] {
  const slowest = Math.max(0, ...stall.segmentLoads.map(({ ms }) => ms));
  if (stall.segmentLoads.length === 0 || slowest > targetOf(stall) / 2) return [];
  const say = (shown: Shown) => `Not the network: the player's last segments loaded in ${shown("load_s")} s at most.`;
  return [fact("segment_load", { load_s: slowest / 1000 }, say)];
}
