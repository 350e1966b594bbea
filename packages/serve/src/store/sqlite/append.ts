// How do batches become rows, many of them in one transaction?
// SPDX-License-Identifier: MPL-2.0
import { randomUUID } from "node:crypto";
import { type Facts, newFacts, receiptMs, takeEvent } from "../model.js";
import { type Database, inTransaction } from "./driver.js";
import { isDiskFull } from "./files.js";
import type { BatchOutcome, GroupOutcome, WrittenBatch, WrittenEvent } from "./protocol.js";
import { endSources, factsOf, type SessionColumns, states } from "./rows.js";

interface Open {
  pk: number;
  client: string;
  facts: Facts;
  /** Of the batch that is being written. */
  receivedMs: number;
}

/** Sessions that the transaction has touched: read once, written once. */
type Touched = Map<string, Open>;

const statements = (db: Database) => ({
  find: db.prepare("SELECT * FROM sessions WHERE project = ? AND id = ?"),
  create: db.prepare(
    `INSERT INTO sessions(project, id, state, started, last_seen, events, correlation, top, client)
     VALUES (?, ?, 0, ?, ?, 0, ?, -1, ?)`,
  ),
  update: db.prepare(
    `UPDATE sessions SET stream = ?, state = ?, last_seen = ?, ended = ?, end_source = ?, events = ?, ppm = ?, top = ?
     WHERE pk = ?`,
  ),
  seen: db.prepare("SELECT 1 FROM events WHERE session = ? AND seq = ? AND seq >= 0 LIMIT 1"),
  event: db.prepare(
    `INSERT INTO events(session, received, seq, name, client_ts, origin, sdk, meta, trace, skew, delivery)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  boundary: db.prepare("INSERT OR IGNORE INTO boundaries VALUES (?, ?, ?, ?)"),
  count: db.prepare("UPDATE meta SET value = value + ? WHERE key = 'events'"),
});

export class Appender {
  #db: Database;
  #directory: string;
  #sql: ReturnType<typeof statements>;

  constructor(db: Database, directory: string) {
    this.#db = db;
    this.#directory = directory;
    this.#sql = statements(db);
  }

  /** All in one transaction; when that fails each batch in its own, so that one cannot take the others with it. */
  append(group: WrittenBatch[]): GroupOutcome {
    try {
      return this.#commit(group);
    } catch (error) {
      if (isDiskFull(error, this.#directory)) throw error;
      return group.map((batch) => this.#commitAlone(batch));
    }
  }

  #commitAlone(batch: WrittenBatch): GroupOutcome[number] {
    try {
      return this.#commit([batch])[0] ?? { failed: "no outcome" };
    } catch (error) {
      return { failed: (error as Error).message };
    }
  }

  #commit(group: WrittenBatch[]): BatchOutcome[] {
    return inTransaction(this.#db, () => {
      const touched: Touched = new Map();
      const outcomes = group.map((batch) => this.#batch(batch, touched));
      for (const session of touched.values()) this.#save(session);
      this.#sql.count.run(group.reduce((sum, batch) => sum + batch.events.length, 0));
      return outcomes;
    });
  }

  #batch(batch: WrittenBatch, touched: Touched): BatchOutcome {
    const outcome: BatchOutcome = { ingests: [], duplicates: [], sessions: [], sampleRateDrifts: 0 };
    for (const event of batch.events) {
      const session = this.#open(batch, event, touched, outcome);
      const duplicate = this.#isDuplicate(session, event.sequence);
      if (takeEvent(session.facts, event, session.receivedMs)) outcome.sampleRateDrifts++;
      outcome.ingests.push(this.#insert(session, batch, event, duplicate));
      outcome.duplicates.push(duplicate);
    }
    for (const { sessionId, kind, adapter, reason } of batch.boundaries) {
      const session = touched.get(keyOf(batch.project, sessionId));
      if (session) this.#sql.boundary.run(session.pk, kind, adapter, reason);
    }
    return outcome;
  }

  #open(batch: WrittenBatch, event: WrittenEvent, touched: Touched, outcome: BatchOutcome): Open {
    const key = keyOf(batch.project, event.sessionId);
    const before = touched.get(key);
    const session = before ?? this.#find(batch.project, event.sessionId) ?? this.#create(batch, event);
    touched.set(key, session);
    if (!outcome.sessions.some((one) => one.sessionId === event.sessionId)) {
      const { correlationId, events } = session.facts;
      session.receivedMs = receiptMs(session.facts, batch.receivedMs);
      outcome.sessions.push({ sessionId: event.sessionId, correlationId, created: events === 0 });
    }
    return session;
  }

  #find(project: string, id: string): Open | undefined {
    const row = this.#sql.find.get(project, id) as SessionColumns | undefined;
    return row && { pk: row.pk, client: row.client, facts: factsOf(row), receivedMs: 0 };
  }

  #create({ project, receivedMs }: WrittenBatch, { sessionId, sdk }: WrittenEvent): Open {
    const facts = newFacts(receivedMs, randomUUID());
    const made = this.#sql.create.run(project, sessionId, receivedMs, receivedMs, facts.correlationId, sdk);
    return { pk: Number(made.lastInsertRowid), client: sdk, facts, receivedMs };
  }

  /** Sequence numbers rise, so that the look-up is needed for those only that do not. */
  #isDuplicate({ pk, facts }: Open, sequence: number | null): boolean {
    if (sequence === null || sequence > facts.topSequence) return false;
    return this.#sql.seen.get(pk, sequence) !== undefined;
  }

  #insert({ pk, client, receivedMs }: Open, batch: WrittenBatch, event: WrittenEvent, duplicate: boolean): number {
    const made = this.#sql.event.run(
      pk,
      receivedMs,
      event.sequence ?? -1,
      event.name,
      event.clientMs,
      event.clientOriginMs,
      event.sdk === client ? null : event.sdk,
      event.meta,
      batch.traceId,
      Number(event.skewed),
      Number(duplicate),
    );
    return Number(made.lastInsertRowid);
  }

  #save({ pk, facts }: Open): void {
    const { streamId, state, lastSeenMs, endedMs, endSource, events, ppm, topSequence } = facts;
    const source = endSource === null ? null : endSources.indexOf(endSource);
    this.#sql.update.run(streamId, states.indexOf(state), lastSeenMs, endedMs, source, events, ppm, topSequence, pk);
  }
}

const keyOf = (project: string, sessionId: string): string => `${project}\n${sessionId}`;
