// What does the session service ask of the place where sessions and events are kept?
// SPDX-License-Identifier: MPL-2.0
import type { StoredEvent, StoredSession } from "@gst-pyroscope/contract/views";
import type { CheckedBoundary, CheckedEvent, DeliveryStatus, SessionState } from "@gst-pyroscope/contract/wire";
import type { StallStore } from "./stall-port.js";

export type SessionRow = StoredSession;
export type EventRow = StoredEvent;

/** All times are milliseconds since 1970, as integers. */
export interface AcceptedBatch {
  project: string;
  receivedMs: number;
  /** 32 hex digits of the request that brought the batch; null: none. */
  traceId: string | null;
  /** Size of the body as received; it counts against the limit of the queue. */
  bytes: number;
  /** At least one; checked and redacted, in the order of the body. */
  events: CheckedEvent[];
  boundaries: CheckedBoundary[];
}

/** What a live stream tells about an event. */
export interface AppendedEvent {
  projectId: string;
  sessionId: string;
  /** Global, ≥ 1, rises with each event, is never given twice. */
  ingest: number;
  name: string;
}

export interface AppendedSession {
  sessionId: string;
  correlationId: string;
  /** This batch brought its first event. */
  created: boolean;
}

export interface AppendedBatch {
  /** One for each event of the batch, in its order. */
  events: (AppendedEvent & { delivery: DeliveryStatus })[];
  /** Each session of the batch once, in the order of their first events. */
  sessions: AppendedSession[];
  /** Events whose sample rate differs by more than 100 ppm from the session's first one. */
  sampleRateDrifts: number;
}

/** Newest start first, then by session id. */
export interface SessionsPage {
  limit: number;
  after?: { startedAt: number; sessionId: string } | undefined;
  state?: SessionState | undefined;
  stream?: string | undefined;
}

/** By time of receipt, then sequence number (none before 0), then ingest number. */
export interface EventsPage {
  limit: number;
  after?: { received: number; sequence: number | null; ingest: number } | undefined;
}

export interface Backfill {
  /** The newest `limit` events after the given one, oldest first. */
  events: AppendedEvent[];
  /** There were more, or may have been (the search goes back some 100 000 events): what is older is left out. */
  truncated: boolean;
}

export interface Retention {
  /** Events received longer ago are removed. */
  eventsMs: number;
  /** Ended sessions whose last event is older are removed with all that belongs to them. */
  sessionsMs: number;
  /** While the store holds more, the oldest events go. */
  maxBytes: number;
}

export interface Removed {
  sessions: number;
  events: number;
}

export type PurgeTarget = { project: string; sessionId: string } | { beforeMs: number } | "all";

/** Rows from before these times may have been removed: a cursor into them has expired. 0: nothing was removed. */
export interface KeptSince {
  eventsMs: number;
  sessionsMs: number;
}

export interface StoreStats {
  adapter: "memory" | "better-sqlite3" | "node:sqlite";
  /** One sentence: why this adapter. */
  why: string;
  /** Version of SQLite; null in memory. */
  engine: string | null;
  directory: string | null;
  /** Each commit waits for the disk. */
  durable: boolean;
  sessions: Record<SessionState, number>;
  events: number;
  newestIngest: number;
  /** Used by rows; walBytes: written, not yet moved into the main file. */
  bytes: number;
  walBytes: number;
  queue: { events: number; bytes: number; maxEvents: number; maxBytes: number };
  /** Transactions that stored events since the start: events / commits = how well they gather. */
  commits: number;
  /** Since when the disk is full; null: it is not. */
  fullSinceMs: number | null;
}

export interface Project {
  id: string;
  name: string;
  /** Origins of pages that may send, as browsers write them: https://example.org */
  origins: string[];
  /** Own capacity and refill per second of the rate limit; null: the service's. */
  limits: { capacity: number; refill: number } | null;
  createdMs: number;
}

export type TokenKind = "browser" | "pipeline" | "read" | "admin";

export interface Token {
  /** SHA-256 as 64 hex digits; the token itself is never kept. */
  hash: string;
  project: string;
  kind: TokenKind;
  createdMs: number;
}

/** Adds or replaces by id or hash. */
export interface ProjectStore {
  projects(): Promise<Project[]>;
  putProject(project: Project): Promise<void>;
  tokens(): Promise<Token[]>;
  putToken(token: Token): Promise<void>;
  /** true: there was one. */
  removeToken(hash: string): Promise<boolean>;
}

export interface SessionStore extends ProjectStore {
  /** Windows of pipelines, streams, and stalls; `retain` and `purge` concern them, too. */
  readonly stalls: StallStore;
  /** Resolves when committed. Rejects with StoreBusy (too much waits) or StoreFull (the disk); then nothing of the batch is kept. */
  append(batch: AcceptedBatch): Promise<AppendedBatch>;
  sessions(project: string, page: SessionsPage): Promise<SessionRow[]>;
  session(project: string, sessionId: string): Promise<SessionRow | null>;
  events(project: string, sessionId: string, page: EventsPage): Promise<EventRow[]>;
  eventsAfter(project: string, ingest: number, limit: number): Promise<Backfill>;
  /** 0: none yet. */
  newestIngest(): Promise<number>;
  /** No event for 60 s: stalled; for 5 min: ended. A stalled session that gets an event is active again. */
  sweep(nowMs: number): Promise<{ stalled: number; ended: number }>;
  retain(nowMs: number, limits: Retention): Promise<Removed>;
  /** Leaves no byte of what is removed in any file of the data directory. Projects, tokens and ingest numbers stay. */
  purge(what: PurgeTarget): Promise<Removed>;
  keptSince(): Promise<KeptSince>;
  stats(): Promise<StoreStats>;
  /** Commits what waits, then lets go of the data directory. */
  close(): Promise<void>;
}
