// Which text names a place in a list of sessions or events, and what is wrong with one that does not?
//
// Opaque to readers: base64url of JSON without padding. It carries whose list it is of, so that it opens no other.
// SPDX-License-Identifier: MPL-2.0
import { fromBase64Url, toBase64Url } from "./platform.js";
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

export interface SessionScope {
  project: string;
  /** Milliseconds since 1970; what is older was removed, and a page that continues there would have a gap. */
  keptSinceMs?: number;
}
export interface EventScope extends SessionScope {
  sessionId: string;
  /** Highest number given so far: a place beyond it is of a store that was emptied since. */
  newestIngest?: number;
}

export const VERSION = 3;
const MAX_LENGTH = 4096;

export function writeSessionCursor(scope: SessionScope, after: SessionPlace): string {
  return toBase64Url(JSON.stringify({ v: VERSION, pid: scope.project, sa: after.startedAt, sid: after.sessionId }));
}

export function writeEventCursor(scope: EventScope, after: EventPlace): string {
  const sequence = after.sequence === null ? {} : { seq: after.sequence };
  const place = { rcv: after.received, ...sequence, ing: after.ingest };
  return toBase64Url(JSON.stringify({ v: VERSION, pid: scope.project, sid: scope.sessionId, ...place }));
}

export function readSessionCursor(scope: SessionScope, text: string): Read<SessionPlace> {
  const fields = fieldsOf(text, ["v", "pid", "sa", "sid"]);
  if ("problem" in fields) return fields;
  const { pid, sa, sid } = fields.fields;
  if (!isWhole(sa) || typeof sid !== "string" || sid === "")
    return malformed("a field is missing or of the wrong kind");
  if (pid !== scope.project) return malformed("it is of another list");
  return within(scope, sa) ? { after: { startedAt: sa, sessionId: sid } } : expired();
}

export function readEventCursor(scope: EventScope, text: string): Read<EventPlace> {
  const fields = fieldsOf(text, ["v", "pid", "sid", "rcv", "seq", "ing"]);
  if ("problem" in fields) return fields;
  const { pid, sid, rcv, seq, ing } = fields.fields;
  const isSequence = seq === undefined || isWhole(seq);
  if (!isWhole(rcv) || !isSequence || !isWhole(ing) || ing < 1) {
    return malformed("a field is missing or of the wrong kind");
  }
  if (pid !== scope.project || sid !== scope.sessionId) return malformed("it is of another list");
  const place = { received: rcv, sequence: isWhole(seq) ? seq : null, ingest: ing };
  return within(scope, rcv) && ing <= (scope.newestIngest ?? ing) ? { after: place } : expired();
}

type Fields = { fields: Record<string, unknown> } | { problem: CursorProblem };

export function fieldsOf(text: string, known: readonly string[]): Fields {
  const json = text.length > MAX_LENGTH ? null : parsed(fromBase64Url(text));
  if (typeof json !== "object" || json === null || Array.isArray(json)) return malformed("it cannot be decoded");
  const fields = json as Record<string, unknown>;
  if (!Object.hasOwn(fields, "v") || fields.v === 1 || fields.v === 2) return legacy();
  if (fields.v !== VERSION) return malformed("its version is not known");
  const stranger = Object.keys(fields).some((key) => !known.includes(key));
  return stranger ? malformed("it has a field that is not known") : { fields };
}

function parsed(json: string | null): unknown {
  try {
    return json === null ? null : JSON.parse(json);
  } catch {
    return null;
  }
}

export function within(scope: SessionScope, instant: number): boolean {
  return instant >= (scope.keptSinceMs ?? instant);
}

export function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

const AGAIN = "leave it out to begin at the first page";

function problem(status: 400 | 410, error: ErrorBody["error"], reason: string): { problem: CursorProblem } {
  return { problem: { status, body: { error, reason: `${reason}: ${AGAIN}` } } };
}

const legacy = () => problem(400, "cursor_invalid_legacy", "This cursor is of an older version of the service");
export const malformed = (what: string) =>
  problem(400, "cursor_invalid_malformed", `This cursor is not valid, ${what}`);
export const expired = () => problem(410, "cursor_expired", "What this cursor points to has been removed");
