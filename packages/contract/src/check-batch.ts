// May this body be stored, and as what; or which status, counter and sentence does its sender get?
//
// All or nothing: one bad event refuses its batch. The order of the checks is part of the contract.
// SPDX-License-Identifier: MPL-2.0
import { limits, SCHEMA_VERSION } from "./names.js";
import { isRedacted, redactMeta } from "./redaction.js";
import { sampleRatePpm } from "./sampling.js";
import { type Problem, problemOf, type Validator } from "./shape-problem.js";
import { streamIdOf } from "./stream-id.js";
import { isSkewed, readTimestamp } from "./timestamps.js";
import type { Boundary, CheckedBoundary, CheckedEvent, ErrorBody, ErrorCode, PlayerEvent } from "./wire.js";

export interface Refused {
  status: 400 | 401 | 422;
  /** `invalid`: add `events` to mtrace_invalid_events_total. */
  counter: "none" | "invalid";
  events: number;
  body: ErrorBody;
}

export interface Passed {
  status: 202;
  events: CheckedEvent[];
  boundaries: CheckedBoundary[];
  /** Of CMCD, whose lines stand each for itself: how many were refused beside these. */
  refusedEvents?: number;
}

export interface CheckOptions {
  receivedMs: number;
  /** `ajv.compile` of `eventSchema` and `boundarySchema` (src/schema.ts). */
  validators: { event: Validator; boundary: Validator };
}

type Json = Record<string, unknown>;

const NO_INSTANT = "names a day that does not exist, or a year before 0 or after 9999";

/** How many events a body claims to have, for the rate limit that is charged before the checks; 0 when it has no list. */
export function eventsIn(json: unknown): number {
  return isObject(json) && Array.isArray(json.events) ? json.events.length : 0;
}

/** Of the table of checks those that come after the rate limit: version, size, each event, each boundary. */
export function checkBatch(json: unknown, project: string, options: CheckOptions): Passed | Refused {
  if (!isObject(json)) {
    return refused(400, 0, "body_not_object", 'The body must be an object: {"schema_version": "1.0", "events": [...]}');
  }
  return checkWhole(json) ?? checkParts(json, project, options);
}

function checkWhole(json: Json): Refused | null {
  const events = eventsIn(json);
  if (json.schema_version !== SCHEMA_VERSION) {
    const reason = `schema_version must be "${SCHEMA_VERSION}"; this service knows no other`;
    return refused(400, events, "schema_version_unknown", reason);
  }
  if (events === 0) return refused(422, 0, "events_missing", "events must be a list of 1 to 100 events");
  if (events > limits.events) {
    return refused(422, events, "events_too_many", `${events} events are too many: send at most 100 in a batch`);
  }
  return null;
}

function checkParts(json: Json, project: string, options: CheckOptions): Passed | Refused {
  const events = json.events as PlayerEvent[];
  for (const [index, event] of events.entries()) {
    const problem = options.validators.event(event) ? problemBeyondShape(event) : problemOf(options.validators.event);
    if (problem !== null) return refused(422, events.length, "event_invalid", sentence("events", index, problem));
    if (event.project_id !== project) return foreign(index);
  }
  const boundaries = json.session_boundaries ?? [];
  const reason = boundaryProblem(boundaries, events, options.validators.boundary);
  if (reason !== null) return refused(422, events.length, "boundary_invalid", reason);
  return {
    status: 202,
    events: events.map((event) => checkedEvent(event, options.receivedMs)),
    boundaries: (boundaries as Boundary[]).map(checkedBoundary),
  };
}

/** A session is read below /api/stream-sessions/: there these are no names. */
const unreadable = ["stream", ".", ".."];

/** What a schema cannot say. */
function problemBeyondShape(event: PlayerEvent): Problem | null {
  if (unreadable.includes(event.session_id)) {
    return { path: ".session_id", message: `must not be ${event.session_id}: no address could name it; use a UUID` };
  }
  if (readTimestamp(event.client_timestamp) === null) {
    return { path: ".client_timestamp", message: NO_INSTANT };
  }
  if (event.client_time_origin != null && readTimestamp(event.client_time_origin) === null) {
    return { path: ".client_time_origin", message: NO_INSTANT };
  }
  const url = event.meta?.["network.redacted_url"];
  if (typeof url === "string" && !isRedacted(url)) {
    const message = "must be redacted before it is sent: no user, query, fragment or token in its path";
    return { path: '.meta["network.redacted_url"]', message };
  }
  return null;
}

function boundaryProblem(boundaries: unknown, events: PlayerEvent[], validator: Validator): string | null {
  if (!Array.isArray(boundaries)) return "session_boundaries must be a list";
  if (boundaries.length > limits.boundaries) {
    return `${boundaries.length} session_boundaries are too many: send at most ${limits.boundaries} in a batch`;
  }
  const sessions = new Set(events.map(({ project_id, session_id }) => JSON.stringify([project_id, session_id])));
  for (const [index, boundary] of (boundaries as Boundary[]).entries()) {
    const problem = validator(boundary) ? boundaryProblemBeyondShape(boundary, sessions) : problemOf(validator);
    if (problem !== null) return sentence("session_boundaries", index, problem);
  }
  return null;
}

function boundaryProblemBeyondShape(boundary: Boundary, sessions: ReadonlySet<string>): Problem | null {
  if (readTimestamp(boundary.client_timestamp) === null) {
    return { path: ".client_timestamp", message: NO_INSTANT };
  }
  if (sessions.has(JSON.stringify([boundary.project_id, boundary.session_id]))) return null;
  return { path: ".session_id", message: "must be that of an event in the same batch, of the same project" };
}

function checkedEvent(event: PlayerEvent, receivedMs: number): CheckedEvent {
  const clientMs = readTimestamp(event.client_timestamp) ?? receivedMs;
  const meta = event.meta == null ? null : redactMeta(event.meta);
  return {
    name: event.event_name,
    sessionId: event.session_id,
    clientMs,
    sequence: event.sequence_number ?? null,
    clientOriginMs: readTimestamp(event.client_time_origin),
    sdk: { name: event.sdk.name, version: event.sdk.version },
    meta,
    streamId: streamIdOf(meta),
    sampleRatePpm: sampleRatePpm(meta),
    skewed: isSkewed(clientMs, receivedMs),
  };
}

function checkedBoundary(boundary: Boundary): CheckedBoundary {
  return {
    kind: boundary.network_kind,
    adapter: boundary.adapter,
    reason: boundary.reason,
    sessionId: boundary.session_id,
    clientMs: readTimestamp(boundary.client_timestamp) ?? 0,
  };
}

function foreign(index: number): Refused {
  const reason = `events[${index}].project_id is not the project of this token`;
  return { status: 401, counter: "none", events: 0, body: { error: "project_mismatch", reason } };
}

function refused(status: 400 | 422, events: number, error: ErrorCode, reason: string): Refused {
  return { status, counter: events === 0 ? "none" : "invalid", events, body: { error, reason } };
}

function sentence(list: string, index: number, { path, message }: Problem): string {
  return `${list}[${index}]${path} ${message}`;
}

function isObject(json: unknown): json is Json {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
