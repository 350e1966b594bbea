// At which time of day was each segment of a live playlist made, when the playlist does not say?
//
// The first segment began when its file was closed, less its duration; each one after it begins where the one before it ended. The
// times of files jitter (1.08 s between two segments of 2 s at a start under load), so that they only correct the sum when the two
// differ by a second or more: then the pipeline really paused or jumped. Pure: files and clocks are the caller's.
// SPDX-License-Identifier: MPL-2.0

/** Name of a segment as its playlist writes it → when its file was closed (milliseconds since 1970); undefined: not there. */
export type ClosedAt = (uri: string) => number | undefined;

/** What is remembered of a playlist from one reading to the next: only segments that it still lists. */
export type Anchors = ReadonlyMap<string, Anchor>;

interface Anchor {
  closedMs: number;
  startMs: number;
}

interface Segment {
  /** Line of its name. */
  line: number;
  uri: string;
  durationMs: number;
}

export interface Rewritten {
  text: string;
  anchors: Anchors;
}

/** From here on the file's time is believed instead of the sum of durations. */
const REANCHOR_MS = 1000;

/** Media playlists only; a playlist that has program times, or no segments (a master), stays as it is. */
export function withProgramTime(text: string, closedAt: ClosedAt, before: Anchors): Rewritten {
  const lines = text.split(/\r?\n/);
  if (lines.some((line) => line.startsWith("#EXT-X-PROGRAM-DATE-TIME:"))) return { text, anchors: before };
  const segments = segmentsOf(lines);
  if (segments.length === 0) return { text, anchors: before };
  const { starts, anchors } = startsOf(segments, closedAt, before);
  const timed = lines.flatMap((line, index) => {
    const start = starts.get(index);
    return start === undefined
      ? [line]
      : [`#EXT-X-PROGRAM-DATE-TIME:${new Date(Math.round(start)).toISOString()}`, line];
  });
  return { text: timed.join("\n"), anchors };
}

/** A name without an EXTINF before it is no segment; a duration that cannot be read neither. */
function segmentsOf(lines: readonly string[]): Segment[] {
  const segments: Segment[] = [];
  let durationMs = Number.NaN;
  for (const [line, content] of lines.entries()) {
    const uri = content.trim();
    const [, seconds] = /^#EXTINF:\s*(\d+(?:\.\d+)?)/.exec(uri) ?? [];
    if (seconds !== undefined) durationMs = Number(seconds) * 1000;
    if (uri === "" || uri.startsWith("#")) continue;
    if (Number.isFinite(durationMs)) segments.push({ line, uri, durationMs });
    durationMs = Number.NaN;
  }
  return segments;
}

function startsOf(segments: readonly Segment[], closedAt: ClosedAt, before: Anchors) {
  const starts = new Map<number, number>();
  const anchors = new Map<string, Anchor>();
  let expectedMs: number | null = null;
  for (const { line, uri, durationMs } of segments) {
    const closedMs = closedAt(uri);
    const startMs: number | null =
      closedMs === undefined ? expectedMs : startOf(before.get(uri), closedMs, durationMs, expectedMs);
    expectedMs = startMs === null ? null : startMs + durationMs;
    if (startMs === null) continue;
    starts.set(line, startMs);
    if (closedMs !== undefined) anchors.set(uri, { closedMs, startMs });
  }
  return { starts, anchors };
}

/** A segment keeps the time that viewers were told once, unless its file was written anew under the same name. */
function startOf(known: Anchor | undefined, closedMs: number, durationMs: number, expectedMs: number | null): number {
  if (known?.closedMs === closedMs) return known.startMs;
  const byFile = closedMs - durationMs;
  return expectedMs !== null && Math.abs(byFile - expectedMs) < REANCHOR_MS ? expectedMs : byFile;
}
