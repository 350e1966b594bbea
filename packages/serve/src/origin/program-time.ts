// At which time of day was each segment of a live playlist made, when the playlist does not say?
//
// A segment began when its file was complete, less its duration. The times of files jitter (1.08 s between two segments of 2 s at
// a start under load), but a file is only ever late, never early: of a few segments in a row, the one that was least late says when
// all of them began. Where they differ by a second or more, the pipeline really paused or jumped. Pure: files and clocks are the
// caller's.
// SPDX-License-Identifier: MPL-2.0

/** Name of a segment as its playlist writes it → when its file was complete (milliseconds since 1970); undefined: not there. */
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
/** Segments in a row of which one, at least, is assumed to be in time. */
const RECENT = 4;

/** Its name; null: there is none, or the playlist has program times of its own. */
export function lastSegment(text: string): string | null {
  const lines = text.split(/\r?\n/);
  return hasTimes(lines) ? null : (segmentsOf(lines).at(-1)?.uri ?? null);
}

const hasTimes = (lines: readonly string[]): boolean =>
  lines.some((line) => line.startsWith("#EXT-X-PROGRAM-DATE-TIME:"));

/** Media playlists only; a playlist that has program times, or no segments (a master), stays as it is. */
export function withProgramTime(text: string, closedAt: ClosedAt, before: Anchors): Rewritten {
  const lines = text.split(/\r?\n/);
  if (hasTimes(lines)) return { text, anchors: before };
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

/** A segment keeps the time that viewers were told once, unless its file was written anew under the same name. */
function startsOf(segments: readonly Segment[], closedAt: ClosedAt, before: Anchors) {
  const timed: Timed[] = [];
  let recent: number[] = [];
  for (const { line, uri, durationMs } of segments) {
    const closedMs = closedAt(uri);
    if (closedMs !== undefined) recent = withNext(recent, closedMs - durationMs);
    if (recent.length > 0) {
      const known = before.get(uri);
      const told = known !== undefined && Math.abs(known.closedMs - (closedMs ?? known.closedMs)) < REANCHOR_MS;
      timed.push({ line, uri, durationMs, closedMs, told, startMs: told ? known.startMs : Math.min(...recent) });
    }
    recent = recent.map((startMs) => startMs + durationMs);
  }
  backwards(timed);
  const starts = new Map(timed.map(({ line, startMs }) => [line, startMs]));
  const closed = timed.flatMap(({ uri, closedMs, startMs }): [string, Anchor][] =>
    closedMs === undefined ? [] : [[uri, { closedMs, startMs }]],
  );
  return { starts, anchors: new Map(closed) };
}

interface Timed extends Segment {
  closedMs: number | undefined;
  /** Viewers know its time. */
  told: boolean;
  startMs: number;
}

/** When a segment began by the files of those before it, and by its own: the pipeline has paused or jumped when these differ. */
function withNext(recent: readonly number[], byFile: number): number[] {
  const jumped = recent.length > 0 && Math.abs(byFile - Math.min(...recent)) >= REANCHOR_MS;
  return jumped ? [byFile] : [...recent, byFile].slice(-RECENT);
}

/** What a later file shows of the segments before it that no viewer knows yet. */
function backwards(timed: Timed[]): void {
  for (let index = timed.length - 2; index >= 0; index--) {
    const [one, next] = [timed[index], timed[index + 1]];
    if (one === undefined || next === undefined || one.told) continue;
    const earlier = next.startMs - one.durationMs;
    if (earlier < one.startMs && one.startMs - earlier < REANCHOR_MS) one.startMs = earlier;
  }
}
