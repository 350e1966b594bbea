// How are sessions kept in SQLite without the service ever waiting for the disk?
// SPDX-License-Identifier: MPL-2.0
import { setTimeout as sleep } from "node:timers/promises";
import { StoreFull } from "../errors.js";
import type * as port from "../port.js";
import { CommitQueue, type QueueLimits } from "../queue.js";
import { walBytes } from "./files.js";
import type { GroupOutcome, Opened, ReaderCalls, ThreadData, WriterCalls, WrittenBatch } from "./protocol.js";
import { searchFiles } from "./search.js";
import { stallStore } from "./stall-calls.js";
import { Thread } from "./thread.js";

export interface WalLimits {
  /** From this size on it is emptied as soon as no reader is in the way. */
  maxWalBytes: number;
  /** A reader that is in the way for so long is ended and begun again. */
  maxBlockedMs: number;
}

/** Each try to empty the WAL keeps the writer waiting for a moment. */
const retryMs = 1000;

export const defaultWalLimits: WalLimits = { maxWalBytes: 67_108_864, maxBlockedMs: 30_000 };

export interface SqliteOptions extends Omit<ThreadData, "role"> {
  /** The bundled src/store/sqlite/worker.ts. */
  worker: URL;
  limits: QueueLimits & WalLimits;
}

const written = ({ project, receivedMs, traceId, events, boundaries }: port.AcceptedBatch): WrittenBatch => ({
  project,
  receivedMs,
  traceId,
  boundaries,
  events: events.map(({ sdk, meta, ...rest }) => ({
    ...rest,
    sdk: JSON.stringify([sdk.name, sdk.version]),
    meta: meta && JSON.stringify(meta),
  })),
});

const appended = (batch: port.AcceptedBatch, outcome: GroupOutcome[number]): port.AppendedBatch | Error => {
  if ("failed" in outcome) return new Error(outcome.failed);
  const { ingests, duplicates, sessions, sampleRateDrifts } = outcome;
  const events = batch.events.map(({ sessionId, name }, i) => ({
    projectId: batch.project,
    sessionId,
    ingest: ingests[i] ?? 0,
    name,
    delivery: duplicates[i] ? ("duplicate_suspected" as const) : ("accepted" as const),
  }));
  return { events, sessions, sampleRateDrifts };
};

export class SqliteStore implements port.SessionStore {
  readonly stalls = stallStore(
    () => this.#writer,
    () => this.#reader,
  );
  #options: SqliteOptions;
  #writer: Thread<WriterCalls>;
  #reader: Thread<ReaderCalls>;
  #opened: Opened;
  #queue: CommitQueue;
  #commits = 0;
  #fullSinceMs: number | null = null;
  #blockedSince: number | null = null;
  #tidying = false;

  private constructor(options: SqliteOptions, writer: Thread<WriterCalls>, opened: Opened) {
    this.#options = options;
    this.#writer = writer;
    this.#opened = opened;
    this.#reader = this.#newReader();
    this.#queue = new CommitQueue((group) => this.#commit(group), options.limits);
  }

  static async open(options: SqliteOptions): Promise<SqliteStore> {
    const { directory, durable, driver } = options;
    const writer = new Thread<WriterCalls>(options.worker, { role: "writer", directory, durable, driver });
    try {
      const store = new SqliteStore(options, writer, await writer.call("opened"));
      await store.#reader.call("opened");
      return store;
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  #newReader(): Thread<ReaderCalls> {
    const { directory, durable, driver } = this.#options;
    return new Thread<ReaderCalls>(this.#options.worker, { role: "reader", directory, durable, driver });
  }

  append(batch: port.AcceptedBatch): Promise<port.AppendedBatch> {
    return this.#queue.push(batch);
  }

  async #commit(group: port.AcceptedBatch[]): Promise<(port.AppendedBatch | Error)[]> {
    try {
      const outcomes = await this.#writer.call("append", group.map(written));
      this.#commits++;
      this.#fullSinceMs = null;
      this.#tidy();
      return outcomes.map((outcome, i) => appended(group[i] as port.AcceptedBatch, outcome));
    } catch (error) {
      if (error instanceof StoreFull) this.#full();
      throw error;
    }
  }

  /** What the WAL holds may fit into the main file, whose free pages it takes; then there is room again. */
  #full(): void {
    this.#fullSinceMs ??= Date.now();
    this.#tidy(0);
  }

  /** The WAL is emptied when it has grown large; writing waits for that no longer than 100 ms. */
  #tidy(largeBytes = this.#options.limits.maxWalBytes): void {
    if (this.#tidying || walBytes(this.#options.directory) <= largeBytes) return;
    this.#tidying = true;
    this.#emptyWal(100)
      .catch(() => false) // a full disk: appending tells
      .then((emptied) => (emptied ? undefined : sleep(retryMs, undefined, { ref: false })))
      .finally(() => {
        this.#tidying = false;
      });
  }

  async #emptyWal(waitMs: number): Promise<boolean> {
    const emptied = await this.#writer.call("emptyWal", waitMs);
    if (emptied) this.#blockedSince = null;
    else this.#blockedSince ??= performance.now();
    const { maxBlockedMs } = this.#options.limits;
    if (this.#blockedSince === null || performance.now() - this.#blockedSince < maxBlockedMs) return emptied;
    this.#blockedSince = null;
    const slow = this.#reader;
    this.#reader = this.#newReader();
    await slow.terminate("Reading took so long that it was given up; ask for less at once.");
    return emptied;
  }

  sessions(project: string, page: port.SessionsPage): Promise<port.SessionRow[]> {
    return this.#reader.call("sessions", project, page);
  }

  session(project: string, sessionId: string): Promise<port.SessionRow | null> {
    return this.#reader.call("session", project, sessionId);
  }

  events(project: string, sessionId: string, page: port.EventsPage): Promise<port.EventRow[]> {
    return this.#reader.call("events", project, sessionId, page);
  }

  eventsAfter(project: string, ingest: number, limit: number): Promise<port.Backfill> {
    return this.#reader.call("eventsAfter", project, ingest, limit);
  }

  newestIngest(): Promise<number> {
    return this.#reader.call("newestIngest");
  }

  keptSince(): Promise<port.KeptSince> {
    return this.#reader.call("keptSince");
  }

  sweep(nowMs: number): Promise<{ stalled: number; ended: number }> {
    return this.#writer.call("sweep", nowMs);
  }

  retain(nowMs: number, limits: port.Retention): Promise<port.Removed> {
    return this.#writer.call("retain", nowMs, limits);
  }

  /**
   * Rows are overwritten when they go, but SQLite leaves copies where it has moved rows from page to page. So the
   * files are searched for the id, and written anew when it is there; after a purge of many they always are.
   */
  async purge(what: port.PurgeTarget): Promise<port.Removed> {
    const removed = await this.#writer.call("purge", what);
    const one = what !== "all" && "sessionId" in what ? what.sessionId : null;
    if (one === null && what !== "all" && removed.sessions + removed.events === 0) return removed;
    await this.#emptyWalAtLast();
    if (one !== null && !(await this.#holds(one))) return removed;
    if (one !== null && (await this.#isElsewhere(one))) return removed;
    await this.#writer.call("rewrite");
    await this.#emptyWalAtLast();
    return removed;
  }

  #holds(text: string): Promise<boolean> {
    return searchFiles(this.#options.worker, this.#options.directory, text);
  }

  /** Another project has a session of that id, or it has come again: then it is rightly there. */
  #isElsewhere(sessionId: string): Promise<boolean> {
    return this.#reader.call("holdsSession", sessionId);
  }

  async #emptyWalAtLast(): Promise<void> {
    for (let tries = 0; tries < 100; tries++) if (await this.#emptyWal(500)) return;
    throw new Error("What was removed could not be cleared from the write-ahead log: another process reads the data.");
  }

  async stats(): Promise<port.StoreStats> {
    const { driver: adapter, why, engine } = this.#opened;
    const { directory, durable } = this.#options;
    return {
      adapter,
      why,
      engine,
      directory,
      durable,
      ...(await this.#reader.call("fileStats")),
      walBytes: walBytes(directory),
      queue: this.#queue.figures,
      commits: this.#commits,
      fullSinceMs: this.#fullSinceMs,
    };
  }

  projects(): Promise<port.Project[]> {
    return this.#reader.call("projects");
  }

  putProject(project: port.Project): Promise<void> {
    return this.#writer.call("putProject", project);
  }

  tokens(): Promise<port.Token[]> {
    return this.#reader.call("tokens");
  }

  putToken(token: port.Token): Promise<void> {
    return this.#writer.call("putToken", token);
  }

  removeToken(hash: string): Promise<boolean> {
    return this.#writer.call("removeToken", hash);
  }

  async close(): Promise<void> {
    await this.#queue.drain();
    await this.#reader.close();
    await this.#writer.close();
  }
}
