// Who watches right now, who of them is stalled, and what went wrong last? From the stream of events.
// SPDX-License-Identifier: MPL-2.0
import type { SessionView, StreamFrame } from "@gst-pyroscope/contract/wire";
import { signal } from "@preact/signals";
import { link, listen } from "./live.js";

export interface ProblemFrame extends StreamFrame {
  /** Milliseconds since 1970; null: before this page was opened. */
  heardMs: number | null;
}

export interface NowFigures {
  /** In this moment without picture. */
  stalled: Set<string>;
  /** Newest first. */
  problems: ProblemFrame[];
  /** Within the last RATE_MS. */
  perSecond: number;
}

export const RATE_MS = 10_000;
const MOST_PROBLEMS = 20;
const problemNames = ["rebuffer_started", "playback_error", "segment_failed", "cmcd_error"];
const stallEnds = ["rebuffer_ended", "session_ended", "playback_ended", "playback_started", "playback_paused"];

const empty: NowFigures = { stalled: new Set(), problems: [], perSecond: 0 };
export const figures = signal<NowFigures>(empty);

let arrivals: number[] = [];
let openedAt = -1;

/** `newest`: events up to this number happened before the page was opened. */
export function watchFigures(newest: number | null): void {
  openedAt = newest ?? -1;
  listen((frame) => frame !== null && take(frame));
  setInterval(() => {
    if (arrivals.length > 0 || figures.value.perSecond > 0) figures.value = { ...figures.value, perSecond: rate() };
  }, 1000);
}

function take(frame: StreamFrame): void {
  const { event_name: name, session_id: id, ingest_sequence: ingest } = frame;
  const past = ingest <= openedAt;
  if (!past) arrivals.push(Date.now());
  const { stalled, problems, perSecond } = figures.value;
  if (name === "rebuffer_started") stalled.add(id);
  if (stallEnds.includes(name)) stalled.delete(id);
  if (!problemNames.includes(name)) return;
  const problem = { ...frame, heardMs: past ? null : Date.now() };
  figures.value = { stalled, problems: [problem, ...problems].slice(0, MOST_PROBLEMS), perSecond };
}

function rate(): number {
  const since = Date.now() - RATE_MS;
  arrivals = arrivals.filter((at) => at > since);
  return link.value === "live" ? arrivals.length / (RATE_MS / 1000) : 0;
}

export interface StreamRow {
  stream: string | undefined;
  viewers: number;
  stalled: number;
}

/** Most viewers first. */
export function byStream(sessions: SessionView[], stalled: Set<string>): StreamRow[] {
  const rows = new Map<string | undefined, StreamRow>();
  for (const { stream_id: stream, session_id } of sessions) {
    const row = rows.get(stream) ?? { stream, viewers: 0, stalled: 0 };
    row.viewers++;
    if (stalled.has(session_id)) row.stalled++;
    rows.set(stream, row);
  }
  return [...rows.values()].sort((a, b) => b.viewers - a.viewers);
}
