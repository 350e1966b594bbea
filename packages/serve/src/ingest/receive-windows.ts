// May windows of pipelines come in? Each check in the order of those for events; accepted means stored.
// SPDX-License-Identifier: MPL-2.0
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { windowLimits } from "@gst-pyroscope/contract/window";
import { StoreFull } from "../store/errors.js";
import type { StallStore, WindowRow } from "../store/stall-port.js";
import { diskIsFull } from "../telemetry/disk-log.js";
import type { Log } from "../telemetry/log.js";
import type { Metrics } from "../telemetry/metrics.js";
import { Limiter, type Rate } from "./limiter.js";
import { type Outcome, refuse } from "./outcome.js";
import type { Incoming } from "./receive.js";
import type { Caller, Tokens } from "./tokens.js";
import { windowsFormat, windowsIn } from "./windows-format.js";

/** A machine with two pipelines that sends what gathered in ten minutes. */
const LEAST_CAPACITY = 600;
/** Windows that wait for the store. */
const MOST_WAITING = 1200;

export interface ReceivingWindows {
  tokens: Tokens;
  store: { stalls: Pick<StallStore, "putWindows"> };
  metrics: Metrics;
  now(): number;
  log: Log;
  /** Of events; of windows at once at least 600. */
  settings: { limits: Rate };
  /** Is told of what was stored. */
  stored(windows: WindowRow[]): void;
}

export interface IncomingWindows extends Incoming {
  /** Header Content-Encoding. */
  encoding: string;
}

export type WindowsOutcome = Outcome & { windows?: WindowRow[] };

const tokenHint =
  "send a pipeline token in the header X-MTrace-Token (gst-pyroscope serve token add --project demo --kind pipeline)";

/** Answers with what takes a request; that never throws, and every way out of it has been counted. */
export function windowsReceiver(parts: ReceivingWindows): (request: IncomingWindows) => Promise<WindowsOutcome> {
  const { capacity, refill } = parts.settings.limits;
  const limiter = new Limiter({ capacity: Math.max(capacity, LEAST_CAPACITY), refill });
  const state: State = { limiter, check: windowsFormat(), waiting: 0 };
  return async (request) => {
    if (request.token === undefined) return refuse(401, "token_missing", tokenHint);
    const body = await request.body();
    if (body === "too_large") return tooLarge();
    if (body === "aborted") return refuse(400, "body_not_json", "the body ended too early");
    const text = await textOf(body, request.encoding);
    if (typeof text !== "string") return text;
    const json = parsed(text);
    if (json === undefined)
      return refuse(400, "body_not_json", 'the body is not JSON: {"schema_version": "1.0", "windows": [...]}');
    const caller = parts.tokens.find(request.token);
    if (caller === null) return refuse(401, "token_unknown", `that token is nobody's: ${tokenHint}`);
    const outcome = permitted(request, caller, parts.tokens) ?? (await admit(json, request, caller, parts, state));
    return { project: caller.project, ...outcome };
  };
}

interface State {
  limiter: Limiter;
  check: ReturnType<typeof windowsFormat>;
  waiting: number;
}

const tooLarge = (): Outcome => {
  const reason = `a body may have ${windowLimits.bodyBytes} bytes, unpacked: send fewer windows at once`;
  return refuse(413, "body_too_large", reason);
};

/** A few packed bytes may be very many. */
async function textOf(body: Buffer, encoding: string): Promise<string | Outcome> {
  if (!/gzip/i.test(encoding)) return body.toString("utf8");
  try {
    return (await promisify(gunzip)(body, { maxOutputLength: windowLimits.bodyBytes })).toString("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") return tooLarge();
    return refuse(400, "body_not_json", "the body is not gzip, as its header Content-Encoding says it is");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function permitted({ origin, ownOrigin }: Incoming, caller: Caller, tokens: Tokens): Outcome | null {
  if (!caller.windows)
    return refuse(403, "token_not_permitted", `a ${caller.kind} token may not send windows: ${tokenHint}`);
  if (origin === undefined || origin === ownOrigin || tokens.permits(caller.project, origin)) return null;
  return refuse(403, "origin_not_permitted", "pages of this origin may not send to this project");
}

async function admit(
  json: unknown,
  request: Incoming,
  { project }: Caller,
  parts: ReceivingWindows,
  state: State,
): Promise<WindowsOutcome> {
  const { metrics } = parts;
  const count = windowsIn(json);
  const wait =
    count > windowLimits.windows ? 0 : state.limiter.charge(count, { project, client: request.client, origin: "" });
  if (wait > 0) {
    metrics.add("mtrace_rate_limited_windows_total", count);
    return { ...refuse(429, "rate_limited", `too many windows: try again in ${wait} s`), retryAfter: wait };
  }
  const rows = state.check(json, project, parts.now());
  if (Array.isArray(rows)) return keep(rows, parts, state);
  if (rows.status !== 401) metrics.add("mtrace_invalid_windows_total", count);
  return refuse(rows.status, rows.error, rows.reason);
}

async function keep(rows: WindowRow[], parts: ReceivingWindows, state: State): Promise<WindowsOutcome> {
  if (state.waiting + rows.length > MOST_WAITING) return dropped(rows.length, parts, "store_busy", 1);
  state.waiting += rows.length;
  try {
    await parts.store.stalls.putWindows(rows);
  } catch (error) {
    if (!(error instanceof StoreFull)) return notStored(error as Error, parts);
    diskIsFull(parts.log);
    return dropped(rows.length, parts, "store_full", 10);
  } finally {
    state.waiting -= rows.length;
  }
  parts.metrics.add("mtrace_pipeline_windows_total", rows.length);
  parts.stored(rows);
  return { status: 202, body: { accepted: rows.length }, outcome: "accepted", windows: rows };
}

function dropped(
  count: number,
  { metrics }: ReceivingWindows,
  error: "store_busy" | "store_full",
  retryAfter: number,
): Outcome {
  metrics.add("mtrace_dropped_windows_total", count);
  const why =
    error === "store_full" ? "the disk of the service is full" : "the service has more to write than it can hold";
  return { ...refuse(503, error, `${why}: send the windows again`), retryAfter };
}

function notStored({ message }: Error, { log }: ReceivingWindows): Outcome {
  log.warn("windows were not stored", { problem: message });
  return refuse(500, "internal_error", "the service could not store these windows: send them again");
}
