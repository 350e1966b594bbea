// May a batch be stored? Each check in the order of the contract, with its status and counter; accepted means committed.
// SPDX-License-Identifier: MPL-2.0
import { isUtf8 } from "node:buffer";
import type { Passed, Refused } from "@gst-pyroscope/contract/check-batch";
import { limits } from "@gst-pyroscope/contract/names";
import type { ErrorCode } from "@gst-pyroscope/contract/wire";
import { StoreBusy, StoreFull } from "../store/errors.js";
import type { AcceptedBatch, AppendedBatch, AppendedEvent, SessionStore } from "../store/port.js";
import { diskHasRoom, diskIsFull } from "../telemetry/disk-log.js";
import type { Log } from "../telemetry/log.js";
import type { Metrics } from "../telemetry/metrics.js";
import { originRefused, tokenRefused } from "../telemetry/refusals.js";
import type { Limiter } from "./limiter.js";
import { type Outcome, refuse } from "./outcome.js";
import type { Caller, Tokens } from "./tokens.js";

/** What a body may be written in. */
export interface Format<Decoded> {
  /** undefined: not in this format. */
  decode(text: string): Decoded | undefined;
  /** The sentence for what is not. */
  notDecoded: string;
  count(decoded: Decoded): number;
  /** Reads what the check has to know; before it, and before nothing else. */
  prepare?(decoded: Decoded, project: string): Promise<void>;
  check(decoded: Decoded, project: string, receivedMs: number): Passed | Refused;
  /** What passed the check was not stored after all. */
  revert?(decoded: Decoded): void;
}

export interface Incoming {
  /** undefined: none was sent. */
  token: string | undefined;
  origin: string | undefined;
  /** That of the service's own pages. */
  ownOrigin: string;
  /** Address of the client; only the limiter sees it. */
  client: string;
  cookie: boolean;
  body(): Promise<Buffer | "too_large" | "aborted">;
  traceId: string | null;
}

export interface Receiving {
  tokens: Tokens;
  limiter: Pick<Limiter, "charge">;
  store: Pick<SessionStore, "append" | "events">;
  metrics: Metrics;
  publish(events: AppendedEvent[]): void;
  /** Is told of what was stored. */
  observe?(batch: AcceptedBatch, appended: AppendedBatch): void;
  now(): number;
  log: Log;
}

const tokenHint = "send the project's token in the header X-MTrace-Token";

/** Never throws; every way out has been counted. */
export async function receive<Decoded>(request: Incoming, format: Format<Decoded>, parts: Receiving): Promise<Outcome> {
  parts.metrics.add("mtrace_api_batches_received");
  if (request.cookie) parts.metrics.add("mtrace_cookies_ignored_total");
  if (request.token === undefined) return badToken(401, "token_missing", tokenHint, parts);
  const body = await request.body();
  if (body === "too_large") return tooLarge();
  if (body === "aborted") return refuse(400, "body_not_json", "the body ended too early");
  // Decoded leniently, each bad byte would become another character, and the sender would never know.
  if (!isUtf8(body)) return refuse(400, "body_not_json", "the body is not UTF-8 text: encode it so");
  const decoded = format.decode(body.toString("utf8"));
  if (decoded === undefined) return refuse(400, "body_not_json", format.notDecoded);
  const caller = parts.tokens.find(request.token);
  if (caller === null) return badToken(401, "token_unknown", `that token is nobody's: ${tokenHint}`, parts);
  const outcome =
    permitted(request, caller, parts) ?? (await admit(request, { format, decoded, caller, bytes: body.length }, parts));
  return { project: caller.project, events: format.count(decoded), ...outcome };
}

const tooLarge = (): Outcome =>
  refuse(413, "body_too_large", `a body may have ${limits.bodyBytes} bytes: send fewer events at once`);

function badToken(status: 401 | 403, error: ErrorCode, reason: string, parts: Receiving): Outcome {
  tokenRefused(parts, error);
  return refuse(status, error, reason);
}

function permitted({ origin, ownOrigin }: Incoming, caller: Caller, parts: Receiving): Outcome | null {
  if (!caller.sends) return badToken(403, "token_not_permitted", `a ${caller.kind} token may not send events`, parts);
  if (origin === undefined || origin === ownOrigin || parts.tokens.permits(caller.project, origin)) return null;
  originRefused(parts, origin);
  const reason = "pages of this origin may not send to this project: start the service with --allow-origin ORIGIN";
  return refuse(403, "origin_not_permitted", reason);
}

export interface Batch<Decoded> {
  format: Format<Decoded>;
  decoded: Decoded;
  caller: Caller;
  bytes: number;
}

/** What comes after the token: rate, content, store. */
export async function admit<Decoded>(request: Incoming, batch: Batch<Decoded>, parts: Receiving): Promise<Outcome> {
  const { format, decoded, caller } = batch;
  const events = format.count(decoded);
  const wait = events > limits.events ? 0 : charge(events, request, caller, parts);
  if (wait > 0) {
    parts.metrics.add("mtrace_rate_limited_events_total", events);
    return { ...refuse(429, "rate_limited", `too many events: try again in ${wait} s`), retryAfter: wait };
  }
  try {
    await format.prepare?.(decoded, caller.project);
  } catch (error) {
    return notStored(error as Error, events, parts);
  }
  const receivedMs = parts.now();
  const checked = format.check(decoded, caller.project, receivedMs);
  if (checked.status === 202) {
    const outcome = await store(checked, { request, caller, receivedMs, bytes: batch.bytes }, parts);
    if (outcome.status !== 202) format.revert?.(decoded);
    else parts.metrics.add("mtrace_invalid_events_total", checked.refusedEvents ?? 0);
    return outcome;
  }
  if (checked.counter === "invalid") parts.metrics.add("mtrace_invalid_events_total", checked.events);
  return { ...refuse(checked.status, checked.body.error, checked.body.reason) };
}

/** A batch that is too long is charged nothing: its sender hears what is wrong with it, not to wait. */
function charge(
  events: number,
  { client, origin }: Incoming,
  { project }: Caller,
  { limiter, tokens }: Receiving,
): number {
  return limiter.charge(events, { project, client, origin: origin ?? "" }, tokens.limitsOf(project) ?? undefined);
}

interface Stored {
  request: Incoming;
  caller: Caller;
  receivedMs: number;
  bytes: number;
}

async function store({ events, boundaries }: Passed, stored: Stored, parts: Receiving): Promise<Outcome> {
  const { request, caller, receivedMs, bytes } = stored;
  const batch = { project: caller.project, receivedMs, traceId: request.traceId, bytes, events, boundaries };
  try {
    const appended = events.length === 0 ? nothing : await parts.store.append(batch);
    if (events.length > 0) diskHasRoom(parts.log);
    parts.metrics.accepted(events);
    parts.metrics.add("mtrace_sample_rate_drifts_total", appended.sampleRateDrifts);
    parts.metrics.add("mtrace_duplicate_events_total", appended.events.filter(isDuplicate).length);
    parts.publish(appended.events);
    parts.observe?.(batch, appended);
    const correlations = appended.sessions.map(({ correlationId }) => correlationId);
    const skewed = events.some((event) => event.skewed);
    return { status: 202, body: { accepted: events.length }, outcome: "accepted", correlations, skewed };
  } catch (error) {
    return notStored(error as Error, events.length, parts);
  }
}

const nothing: AppendedBatch = { events: [], sessions: [], sampleRateDrifts: 0 };
const isDuplicate = ({ delivery }: { delivery: string }): boolean => delivery === "duplicate_suspected";

function notStored(error: Error, events: number, { metrics, log }: Receiving): Outcome {
  const full = error instanceof StoreFull;
  if (full || error instanceof StoreBusy) {
    if (full) diskIsFull(log);
    metrics.add("mtrace_dropped_events_total", events);
    const reason = full ? "the disk of the service is full" : "the service has more to write than it can hold";
    return {
      ...refuse(503, full ? "store_full" : "store_busy", `${reason}: send the batch again`),
      retryAfter: full ? 10 : 1,
    };
  }
  log.warn("a batch was not stored", { problem: error.message });
  return refuse(500, "internal_error", "the service could not store this batch: send it again");
}
