// What does the session service ask of the place where windows of pipelines, streams and judged stalls are kept?
// SPDX-License-Identifier: MPL-2.0

import type { StoredEvent } from "@gst-pyroscope/contract/views";
import type { PipelineWindow, StallView } from "@gst-pyroscope/contract/window";

/** All times are milliseconds since 1970 by the service's clock, but `ownFromMs`. */
export interface WindowRow {
  project: string;
  /** `from` and `to` in it are corrected to the service's clock, too. */
  window: PipelineWindow;
  /** When it began by the agent's clock: the same window that comes again has the same. */
  ownFromMs: number;
  fromMs: number;
  toMs: number;
  receivedMs: number;
  /** What was added to the agent's times. */
  offsetMs: number;
}

export interface WindowsPage {
  fromMs: number;
  untilMs: number;
  /** The newest so many. */
  limit: number;
}

export interface StreamRow {
  streamId: string;
  firstMs: number;
  /** End of its newest window. */
  lastMs: number;
  /** Names of its pipelines, the newest last; eight at most. */
  pipelines: string[];
}

/** A manifest's address, redacted, and the stream that it stands for. */
export interface StreamPath {
  path: string;
  streamId: string;
  /** false: by a person's command. */
  learned: boolean;
}

/** What a stream's pipelines were like in health, by any key of the caller's: texts of JSON. */
export type Nominals = Record<string, unknown>;

export interface StallRow {
  project: string;
  /** Ingest number of the event that began it. */
  id: number;
  atMs: number;
  view: StallView;
}

export interface StallsPage {
  fromMs?: number | undefined;
  untilMs?: number | undefined;
  limit: number;
  after?: { atMs: number; id: number } | undefined;
}

/** Stalls of one stream that belong together. */
export interface IncidentRow {
  id: string;
  streamId: string;
  fromMs: number;
  /** null: a stall of it goes on. */
  untilMs: number | null;
  stalled: number;
  watching: number;
  /** Of those that are over. */
  worstMs: number;
  /** When the longest that goes on began. */
  openSinceMs: number | null;
  /** Its best-founded stall. */
  best: StallView;
}

export interface IncidentsPage {
  limit: number;
  stream?: string | undefined;
  after?: { fromMs: number; id: string } | undefined;
}

/** How long a player waited for its first picture, as it told. */
export interface Startup {
  project: string;
  sessionId: string;
  /** What its session says itself. */
  streamId: string | null;
  meta: StoredEvent["meta"];
}

export interface StallStore {
  /** One of the same stream, run and `ownFromMs` is replaced. */
  putWindows(windows: WindowRow[]): Promise<void>;
  /** Those that overlap the range, oldest first. */
  windows(project: string, streamId: string, page: WindowsPage): Promise<WindowRow[]>;
  /** By name. */
  streams(project: string): Promise<StreamRow[]>;
  nominals(project: string, streamId: string): Promise<Nominals>;
  /** Replaces all of the stream; of a stream without windows nothing is kept. */
  putNominals(project: string, streamId: string, nominals: Nominals): Promise<void>;
  streamPaths(project: string): Promise<StreamPath[]>;
  /** What was learned does not replace what a person said. */
  putStreamPath(project: string, path: StreamPath): Promise<void>;
  /** true: there was one. */
  removeStreamPath(project: string, path: string): Promise<boolean>;
  /** Replaced by id. A stall whose session is not there (any more) is left out. */
  putStalls(stalls: StallRow[]): Promise<void>;
  /** Oldest first. */
  stallsOfSession(project: string, sessionId: string): Promise<StallRow[]>;
  /** Newest first. */
  stallsOfStream(project: string, streamId: string, page: StallsPage): Promise<StallRow[]>;
  /** Newest first, then by id. */
  incidents(project: string, page: IncidentsPage): Promise<IncidentRow[]>;
  /** Its stalls oldest first, at most 1000; null: there is none. */
  incident(project: string, id: string): Promise<{ incident: IncidentRow; stalls: StallRow[] } | null>;
  /** Stalls of all projects that go on. */
  openStalls(): Promise<StallRow[]>;
  /** Events received since then that may begin or end a stall, and have not begun one that was judged; at most 1000, oldest first. */
  unjudged(sinceMs: number): Promise<StoredEvent[]>;
  /** Of events received before then, those of the newest 100 000 at least; oldest first, the newest 2000 at most. */
  startups(beforeMs: number): Promise<Startup[]>;
}

/**
 * Windows are kept as they came for so long, then rolled to longer ones, which are kept until the second time has passed;
 * those around a stall stay as they are as long as its session.
 */
export const windowsExactMs = 7_200_000;
export const windowsKeptMs = 86_400_000;
export const rolledMs = 10_000;

/** Windows that begin before this are rolled: all of their ten seconds are old enough. */
export const rolledBefore = (nowMs: number): number =>
  Math.floor((nowMs - windowsExactMs - longestExactMs) / rolledMs) * rolledMs;
/** Of a window as agents send it; a longer one may be rolled in two parts. */
const longestExactMs = 4000;
export const aroundStallMs = 60_000;
export const startupEvent = "startup_time_measured";
/** Names of events that may begin or end a stall. */
export const stallEvents = [
  ...(["rebuffer_started", "playback_error", startupEvent] as const),
  ...(["rebuffer_ended", "session_ended"] as const),
] as const;
export const mostStartups = 2000;
export const mostPipelines = 8;
export const mostUnjudged = 1000;
export const mostStallsOfIncident = 1000;

const confidenceRank = { high: 2, medium: 1, low: 0 } as const;

/** How well founded: a verdict that names something before one that does not, then by its confidence. */
export const foundation = ({ verdict, confidence }: Pick<StallView, "verdict" | "confidence">): number =>
  (verdict === "unknown" ? 0 : 10) + confidenceRank[confidence] + (verdict === "element" ? 0.5 : 0);

/** The names of a stream's pipelines with another one. */
export const withPipeline = (names: readonly string[], name: string): string[] =>
  names.at(-1) === name ? [...names] : [...names.filter((one) => one !== name), name].slice(-mostPipelines);
