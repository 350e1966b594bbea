// Where are sessions kept when nothing shall remain of them, as in tests?
// SPDX-License-Identifier: MPL-2.0
import { randomUUID } from "node:crypto";
import type { CheckedBoundary, SignalAbsent } from "@gst-pyroscope/contract/wire";
import { absentKey, placeOf } from "./memory-order.js";
import { MemoryStalls } from "./memory-stalls.js";
import { endedAfterMs, everySession, type Facts, newFacts, receiptMs, stalledAfterMs, takeEvent } from "./model.js";
import { comparePlaces, compareText } from "./order.js";
import type * as port from "./port.js";
import { windowsKeptMs } from "./stall-port.js";

interface Session {
  projectId: string;
  sessionId: string;
  facts: Facts;
  absent: Map<string, SignalAbsent>;
  receivedMs: number; // of the batch that is being added
  sequences: Set<number>; // of the events that are kept
}

type Kept = Omit<port.EventRow, "projectId" | "sessionId" | "correlationId"> & { session: Session };

const compareSessions = (a: Session, b: Session): number =>
  b.facts.startedMs - a.facts.startedMs || compareText(a.sessionId, b.sessionId);

const sessionRow = ({ projectId, sessionId, facts, absent }: Session): port.SessionRow => {
  const { ppm, topSequence: _, ...rest } = facts;
  const signalAbsent = [...absent].sort(([a], [b]) => compareText(a, b)).map(([, signal]) => ({ ...signal }));
  return { projectId, sessionId, ...rest, sampleRatePpm: ppm ?? everySession, signalAbsent };
};

const eventRow = ({ session, ...event }: Kept): port.EventRow => ({
  projectId: session.projectId,
  sessionId: session.sessionId,
  correlationId: session.facts.correlationId,
  ...event,
});

const appended = ({ session, ingest, name }: Kept): port.AppendedEvent => ({
  projectId: session.projectId,
  sessionId: session.sessionId,
  ingest,
  name,
});

class MemoryStore implements port.SessionStore {
  #sessions = new Map<string, Session>();
  #events: Kept[] = [];
  #ingest = 0;
  #commits = 0;
  #keptSince: port.KeptSince = { eventsMs: 0, sessionsMs: 0 };
  #projects = new Map<string, port.Project>();
  #tokens = new Map<string, port.Token>();
  readonly stalls = new MemoryStalls({
    session: (project, sessionId) => this.#find(project, sessionId)?.facts,
    events: () => this.#events.map(eventRow),
  });

  async append(batch: port.AcceptedBatch): Promise<port.AppendedBatch> {
    this.#commits++;
    const touched = new Map<string, port.AppendedSession>();
    let sampleRateDrifts = 0;
    const events = batch.events.map((event) => {
      const session = this.#open(batch, event.sessionId, touched);
      const seen = event.sequence !== null && session.sequences.has(event.sequence);
      if (event.sequence !== null) session.sequences.add(event.sequence);
      if (takeEvent(session.facts, event, session.receivedMs)) sampleRateDrifts++;
      const { name, clientMs, clientOriginMs, sequence, sdk, meta, skewed } = event;
      const delivery = seen ? ("duplicate_suspected" as const) : ("accepted" as const);
      const arrival = { ingest: ++this.#ingest, receivedMs: session.receivedMs, traceId: batch.traceId, delivery };
      const kept = { session, name, clientMs, clientOriginMs, sequence, sdk, meta, skewed, ...arrival };
      this.#events.push(kept);
      return { ...appended(kept), delivery };
    });
    for (const boundary of batch.boundaries) this.#addBoundary(batch.project, boundary);
    return { events, sessions: [...touched.values()], sampleRateDrifts };
  }

  #open(batch: port.AcceptedBatch, sessionId: string, touched: Map<string, port.AppendedSession>): Session {
    let session = this.#find(batch.project, sessionId);
    const created = !session;
    if (!session) {
      const facts = newFacts(batch.receivedMs, randomUUID());
      session = { projectId: batch.project, sessionId, facts, receivedMs: 0, absent: new Map(), sequences: new Set() };
      this.#sessions.set(JSON.stringify([batch.project, sessionId]), session);
    }
    if (touched.has(sessionId)) return session;
    touched.set(sessionId, { sessionId, correlationId: session.facts.correlationId, created });
    session.receivedMs = receiptMs(session.facts, batch.receivedMs);
    return session;
  }

  #find(project: string, sessionId: string): Session | undefined {
    return this.#sessions.get(JSON.stringify([project, sessionId]));
  }

  #addBoundary(project: string, { sessionId, kind, adapter, reason }: CheckedBoundary): void {
    const signal = { kind, adapter, reason };
    this.#find(project, sessionId)?.absent.set(absentKey(signal), signal);
  }

  async sessions(project: string, page: port.SessionsPage): Promise<port.SessionRow[]> {
    const { after, state, stream } = page;
    const isAfter = ({ facts, sessionId }: Session): boolean =>
      !after ||
      facts.startedMs < after.startedAt ||
      (facts.startedMs === after.startedAt && compareText(sessionId, after.sessionId) > 0);
    return [...this.#sessions.values()]
      .filter((one) => one.projectId === project && isAfter(one))
      .filter(({ facts }) => (!state || facts.state === state) && (!stream || facts.streamId === stream))
      .sort(compareSessions)
      .slice(0, page.limit)
      .map(sessionRow);
  }

  async session(project: string, sessionId: string): Promise<port.SessionRow | null> {
    const session = this.#find(project, sessionId);
    return session ? sessionRow(session) : null;
  }

  async events(
    project: string,
    sessionId: string,
    { limit, after, newest }: port.EventsPage,
  ): Promise<port.EventRow[]> {
    const session = this.#find(project, sessionId);
    return this.#events
      .filter((event) => event.session === session && (!after || comparePlaces(placeOf(event), after) > 0))
      .sort((a, b) => comparePlaces(placeOf(a), placeOf(b)))
      .slice(...(newest ? [-limit] : [0, limit]))
      .map(eventRow);
  }

  async eventsAfter(project: string, ingest: number, limit: number): Promise<port.Backfill> {
    const all = this.#events.filter((event) => event.ingest > ingest && event.session.projectId === project);
    return { events: all.slice(Math.max(0, all.length - limit)).map(appended), truncated: all.length > limit };
  }

  async newestIngest(): Promise<number> {
    return this.#ingest;
  }

  async sweep(nowMs: number): Promise<{ stalled: number; ended: number }> {
    const result = { stalled: 0, ended: 0 };
    for (const { facts } of this.#sessions.values()) {
      const silentMs = nowMs - facts.lastSeenMs;
      if (facts.state === "ended" || silentMs < stalledAfterMs) continue;
      if (silentMs >= endedAfterMs) {
        Object.assign(facts, { state: "ended", endedMs: nowMs, endSource: "sweeper" });
        result.ended++;
      } else if (facts.state === "active") {
        facts.state = "stalled";
        result.stalled++;
      }
    }
    return result;
  }

  async retain(nowMs: number, limits: port.Retention): Promise<port.Removed> {
    const cut = { eventsMs: nowMs - limits.eventsMs, sessionsMs: nowMs - limits.sessionsMs };
    const old = ({ facts }: Session): boolean => facts.state === "ended" && facts.lastSeenMs < cut.sessionsMs;
    const removed = this.#remove(old, (event) => event.receivedMs < cut.eventsMs);
    this.#forget(cut, removed);
    this.stalls.forget({ ...cut, windowsMs: nowMs - windowsKeptMs, stallsMs: 0, around: false });
    this.stalls.roll(nowMs);
    return removed;
  }

  async purge(what: port.PurgeTarget): Promise<port.Removed> {
    if (what !== "all" && "sessionId" in what) {
      const target = this.#find(what.project, what.sessionId);
      const removed = this.#remove((session) => session === target, null);
      this.stalls.forget({ sessionsMs: 0, windowsMs: 0, stallsMs: 0, around: false });
      return removed;
    }
    const beforeMs = what === "all" ? Number.POSITIVE_INFINITY : what.beforeMs;
    const old = ({ facts }: Session): boolean => facts.lastSeenMs < beforeMs;
    const newest = Math.max(0, ...[...this.#sessions.values()].map(({ facts }) => facts.lastSeenMs));
    const removed = this.#remove(old, (event) => event.receivedMs < beforeMs);
    const cut = Math.min(beforeMs, newest + 1);
    this.#forget({ eventsMs: cut, sessionsMs: cut }, removed);
    this.stalls.forget({ sessionsMs: beforeMs, windowsMs: beforeMs, stallsMs: beforeMs, around: true });
    return removed;
  }

  #remove(isOld: (session: Session) => boolean, isOldEvent: ((event: Kept) => boolean) | null): port.Removed {
    const before = { sessions: this.#sessions.size, events: this.#events.length };
    for (const [key, session] of this.#sessions) if (isOld(session)) this.#sessions.delete(key);
    this.#events = this.#events.filter((event) => !isOld(event.session) && !isOldEvent?.(event));
    for (const session of this.#sessions.values()) session.sequences.clear();
    for (const { session, sequence } of this.#events) if (sequence !== null) session.sequences.add(sequence);
    return { sessions: before.sessions - this.#sessions.size, events: before.events - this.#events.length };
  }

  #forget(cut: port.KeptSince, removed: port.Removed): void {
    if (removed.events) this.#keptSince.eventsMs = Math.max(this.#keptSince.eventsMs, cut.eventsMs);
    if (removed.sessions) this.#keptSince.sessionsMs = Math.max(this.#keptSince.sessionsMs, cut.sessionsMs);
  }

  async keptSince(): Promise<port.KeptSince> {
    return { ...this.#keptSince };
  }

  async stats(): Promise<port.StoreStats> {
    const sessions = { active: 0, stalled: 0, ended: 0 };
    for (const { facts } of this.#sessions.values()) sessions[facts.state]++;
    return {
      adapter: "memory",
      why: "Nothing is written to disk: all is gone when the process ends.",
      engine: null,
      directory: null,
      durable: false,
      sessions,
      events: this.#events.length,
      newestIngest: this.#ingest,
      bytes: 0,
      walBytes: 0,
      queue: { events: 0, bytes: 0, maxEvents: 0, maxBytes: 0 },
      commits: this.#commits,
      fullSinceMs: null,
    };
  }

  async projects(): Promise<port.Project[]> {
    return [...this.#projects.values()].sort((a, b) => compareText(a.id, b.id));
  }

  async putProject(project: port.Project): Promise<void> {
    this.#projects.set(project.id, structuredClone(project));
  }

  async tokens(): Promise<port.Token[]> {
    return [...this.#tokens.values()].sort((a, b) => compareText(a.hash, b.hash));
  }

  async putToken(token: port.Token): Promise<void> {
    this.#tokens.set(token.hash, { ...token });
  }

  async removeToken(hash: string): Promise<boolean> {
    return this.#tokens.delete(hash);
  }

  async close(): Promise<void> {
    this.#sessions.clear();
    this.#events = [];
  }
}

export const memoryStore = (): port.SessionStore => new MemoryStore();
