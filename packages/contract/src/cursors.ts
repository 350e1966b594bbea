// Which text names a place in a list of sessions or events, and what is wrong with one that does not?
// SPDX-License-Identifier: MPL-2.0
import type { ErrorBody } from "./wire.js";

export interface SessionPlace {
  startedAt: number;
  sessionId: string;
}

export interface EventPlace {
  received: number;
  sequence: number | null;
  ingest: number;
}

export interface CursorProblem {
  status: 400 | 410;
  body: ErrorBody;
}

export type Read<Place> = { after: Place } | { problem: CursorProblem };

/** What the reader's list is of, and since when (milliseconds since 1970) its rows are all still kept. */
export interface SessionScope {
  project: string;
  keptSinceMs?: number;
}
export interface EventScope extends SessionScope {
  sessionId: string;
}

export declare const writeSessionCursor: (scope: SessionScope, after: SessionPlace) => string;
export declare const readSessionCursor: (scope: SessionScope, text: string) => Read<SessionPlace>;
export declare const writeEventCursor: (scope: EventScope, after: EventPlace) => string;
export declare const readEventCursor: (scope: EventScope, text: string) => Read<EventPlace>;
