// What do the service's thread and the threads with SQLite say to each other?
// SPDX-License-Identifier: MPL-2.0
import type { CheckedBoundary, CheckedEvent } from "@gst-pyroscope/contract/wire";
import type * as port from "../port.js";
import type { DriverName } from "./driver.js";
import type { StallReaderCalls, StallWriterCalls } from "./stall-calls.js";

export interface ThreadData {
  role: "writer" | "reader";
  directory: string;
  durable: boolean;
  driver?: DriverName | undefined;
}

export type ErrorKind = "full" | "unusable" | "other";

export type Answer = { id: number; value: unknown } | { id: number; kind: ErrorKind; message: string };

export interface Call {
  id: number;
  name: string;
  args: unknown[];
}

/** An event whose texts are ready to be stored: the service's thread makes them, the writer has enough to do. */
export interface WrittenEvent extends Omit<CheckedEvent, "sdk" | "meta"> {
  sdk: string;
  meta: string | null;
}

export interface WrittenBatch extends Pick<port.AcceptedBatch, "project" | "receivedMs" | "traceId"> {
  events: WrittenEvent[];
  boundaries: CheckedBoundary[];
}

export interface BatchOutcome {
  /** Numbers of the events, in order. */
  ingests: number[];
  /** Which of them are suspected to be duplicates. */
  duplicates: boolean[];
  sessions: port.AppendedSession[];
  sampleRateDrifts: number;
}

/** null: this batch alone could not be stored, and why. */
export type GroupOutcome = (BatchOutcome | { failed: string })[];

export interface Opened {
  driver: DriverName;
  why: string;
  engine: string;
}

export interface WriterCalls extends StallWriterCalls {
  opened(): Opened;
  append(group: WrittenBatch[]): GroupOutcome;
  sweep(nowMs: number): { stalled: number; ended: number };
  retain(nowMs: number, limits: port.Retention): Promise<port.Removed>;
  purge(what: port.PurgeTarget): Promise<port.Removed>;
  /** true: the WAL is empty now. */
  emptyWal(waitMs: number): boolean;
  /** Writes the whole file anew, without what the space between rows still holds. */
  rewrite(): void;
  putProject(project: port.Project): void;
  putToken(token: port.Token): void;
  removeToken(hash: string): boolean;
}

export type FileStats = Pick<port.StoreStats, "sessions" | "events" | "newestIngest" | "bytes">;

export interface ReaderCalls extends StallReaderCalls {
  opened(): Opened;
  sessions(project: string, page: port.SessionsPage): port.SessionRow[];
  session(project: string, sessionId: string): port.SessionRow | null;
  events(project: string, sessionId: string, page: port.EventsPage): port.EventRow[];
  eventsAfter(project: string, ingest: number, limit: number): port.Backfill;
  newestIngest(): number;
  keptSince(): port.KeptSince;
  fileStats(): FileStats;
  /** In any project. */
  holdsSession(sessionId: string): boolean;
  projects(): port.Project[];
  tokens(): port.Token[];
}
