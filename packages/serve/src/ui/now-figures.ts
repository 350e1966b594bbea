// Who watches right now, who of them is stalled, and what went wrong last? From the stream of events.
// SPDX-License-Identifier: MPL-2.0
import type { SessionView, StreamFrame } from "@gst-pyroscope/contract/wire";
import { signal } from "@preact/signals";
import { link, listen } from "./live.js";
import { timesOf } from "./problem-times.js";

export interface ProblemFrame extends StreamFrame {
  /** Milliseconds since 1970. "asked": of an event that this page did not hear as it happened. */
  at: number | "asked" | "unknown";
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

export function watchFigures(): void {
  listen((frame, past) => {
    if (frame !== null) take(frame, past);
    askTimesSoon();
  });
  setInterval(() => {
    if (arrivals.length > 0 || figures.value.perSecond > 0) figures.value = { ...figures.value, perSecond: rate() };
  }, 1000);
}

function take(frame: StreamFrame, past: boolean): void {
  const { event_name: name, session_id: id } = frame;
  if (!past) arrivals.push(Date.now());
  const { stalled, problems, perSecond } = figures.value;
  if (name === "rebuffer_started") stalled.add(id);
  if (stallEnds.includes(name)) stalled.delete(id);
  if (!problemNames.includes(name)) return;
  const problem: ProblemFrame = { ...frame, at: past ? "asked" : Date.now() };
  figures.value = { stalled, problems: [problem, ...problems].slice(0, MOST_PROBLEMS), perSecond };
}

/** However many frames come in, one question after the other, and no more rounds of them than one in this time. */
const GATHER_MS = 500;
let round: ReturnType<typeof setTimeout> | undefined;

function askTimesSoon(): void {
  if (round === undefined && figures.value.problems.some(({ at }) => at === "asked"))
    round = setTimeout(() => askTimes().finally(() => (round = undefined)), GATHER_MS);
}

async function askTimes(): Promise<void> {
  const asked = figures.value.problems.filter(({ at }) => at === "asked");
  const times = await timesOf(asked);
  const problems = figures.value.problems.map((problem) => ({
    ...problem,
    at: times.get(problem.ingest_sequence) ?? problem.at,
  }));
  figures.value = { ...figures.value, problems };
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
