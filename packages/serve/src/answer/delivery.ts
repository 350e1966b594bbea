// Did the player, or the way to it, take too long?
// SPDX-License-Identifier: MPL-2.0
import type { Evidence } from "@gst-pyroscope/contract/window";
import { fact } from "./facts.js";
import type { KnownStall } from "./stall-case.js";

/** Milliseconds; of a value that no stream has: two seconds. */
export const targetOf = ({ targetMs }: KnownStall): number =>
  targetMs !== null && targetMs > 0 && targetMs <= 60_000 ? targetMs : 2000;

/** What speaks for the network or for the player itself. */
export interface Way {
  part: "network" | "player";
  evidence: Evidence;
}

/** By what the player told; null: nothing speaks for either. */
export function wayEvidence(stall: KnownStall): Way | null {
  return slowLoad(stall) ?? busyPlayer(stall) ?? oldPlaylist(stall);
}

function slowLoad(stall: KnownStall): Way | null {
  if (stall.loadFailed === true) return network(fact("segment_load")`A load of the player failed.`);
  const loads = stall.segmentLoads.map(({ ms, mediaMs }) => ({ ms, mediaMs: mediaMs || targetOf(stall) }));
  const [slowest] = loads.toSorted((a, b) => b.ms / b.mediaMs - a.ms / a.mediaMs);
  if (slowest === undefined || !(slowest.ms > 0.9 * slowest.mediaMs)) return null;
  const [media_s, load_s] = [slowest.mediaMs / 1000, slowest.ms / 1000];
  return network(fact("segment_load")`A segment of ${{ media_s }} s of media took ${{ load_s }} s to load.`);
}

function busyPlayer({ bufferMs, framesDropped }: KnownStall): Way | null {
  const [buffer_s, frames] = [(bufferMs ?? 0) / 1000, framesDropped ?? 0];
  const had = ["The player had ", { buffer_s }, " s of media in its buffer"];
  if (buffer_s >= 1 && frames > 0)
    return { part: "player", evidence: fact("frames_dropped")`${had} and dropped ${{ frames }} frames.` };
  return buffer_s >= 2 ? { part: "player", evidence: fact("buffer_healthy")`${had}.` } : null;
}

const network = (evidence: Evidence): Way => ({ part: "network", evidence });

function oldPlaylist(stall: KnownStall): Way | null {
  const edge_s = (stall.edgeAgeMs ?? 0) / 1000;
  if (!(edge_s > (3 * targetOf(stall)) / 1000)) return null;
  return network(fact("segment_load")`The newest segment that the player knew was ${{ edge_s }} s old.`);
}

/** The other way round: loads that were fast enough. */
export function fastLoads(stall: KnownStall): Evidence[] {
  const load_s = Math.max(0, ...stall.segmentLoads.map(({ ms }) => ms)) / 1000;
  if (stall.segmentLoads.length === 0 || load_s > targetOf(stall) / 2000) return [];
  return [fact("segment_load")`Not the network: the player's last segments loaded in ${{ load_s }} s at most.`];
}
