// What does a judge need to know of a stall, from what its player told?
// SPDX-License-Identifier: MPL-2.0
import type { KnownStall, StallCase } from "../answer/stall-case.js";
import { number } from "./player.js";
import type { Stall } from "./stall.js";

/** `offsetMs`: what program times have to be corrected by; 0 where the service's own origin writes them. */
export function knownStall(stall: Stall, streamId: string, offsetMs: number): KnownStall {
  const { meta, player, atMs, lastedMs } = stall;
  const [playing, buffer] = [number(meta.playing_date), number(meta.buffer_ms)];
  return {
    ...{ session_id: player.sessionId, stream_id: streamId, atMs, lastedMs },
    bufferEndMs: playing === null ? null : playing + (buffer ?? 0) + offsetMs,
    bufferMs: buffer,
    edgeAgeMs: number(meta.edge_age_ms),
    segmentLoads: stall.loads,
    framesDropped: stall.framesDropped,
    targetMs: player.mediaMs,
    loadFailed: stall.loadFailed,
  };
}

/** Stalls that differ by less than this have the same windows. */
const SAME_MS = 2000;
const rounded = (ms: number | null): number | null => (ms === null ? null : Math.round(ms / SAME_MS));

/**
 * Cases of one stream with the same text have the same answer, but for the figures of the single viewer: 100 viewers who
 * stall at once are one question.
 */
export function sameness({ stall, segmentWasReady }: Pick<StallCase, "stall" | "segmentWasReady">): string {
  const target = stall.targetMs ?? SAME_MS;
  const slow = Math.max(0, ...stall.segmentLoads.map(({ ms, mediaMs }) => ms / (mediaMs || target)));
  const way = [Math.ceil(Math.min(slow, 2) * 2), stall.loadFailed, (stall.framesDropped ?? 0) > 0];
  const edge = Math.min(5, Math.floor((stall.edgeAgeMs ?? 0) / target));
  const buffer = Math.min(2, Math.floor((stall.bufferMs ?? 0) / 1000));
  const times = [rounded(stall.atMs), rounded(stall.bufferEndMs), rounded(stall.lastedMs)];
  return JSON.stringify([...times, ...way, edge, buffer, segmentWasReady, stall.targetMs]);
}
