// Could a player have had the segment that it waited for? By the times at which the segments of the playlists were closed. Pure.
// SPDX-License-Identifier: MPL-2.0
import type { Anchors } from "./program-time.js";

/**
 * Was the segment that begins at this program time complete half a target duration before `atMs`? null: not known, or the
 * playlists do not agree.
 */
export function segmentWasReady(
  playlists: Iterable<Anchors>,
  programMs: number,
  { atMs, targetMs }: { atMs: number; targetMs: number },
): boolean | null {
  const answers = new Set<boolean | null>();
  for (const anchors of playlists) answers.add(inPlaylist(anchors, programMs, atMs, targetMs));
  const [answer = null] = answers;
  return answers.size === 1 ? answer : null;
}

function inPlaylist(anchors: Anchors, programMs: number, atMs: number, targetMs: number): boolean | null {
  const starts = [...anchors.values()].sort((a, b) => a.startMs - b.startMs);
  const newest = starts.at(-1);
  const [oldest] = starts;
  if (newest === undefined || oldest === undefined || programMs < oldest.startMs - targetMs / 2) return null;
  const found = starts.findLast(({ startMs }) => Math.abs(startMs - programMs) <= targetMs / 2);
  if (found !== undefined) return found.closedMs <= atMs - targetMs / 2;
  return programMs > newest.startMs ? false : null;
}
