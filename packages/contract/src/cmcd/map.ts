// Which events does one CMCD report stand for? Of event mode (CTA-5004-B), or of the address of a request (also version 1).
//
// The first event of a report has its sequence number; further ones have none, or they would count as its duplicates. Numbers of
// requests are counted apart by the player, and so are not taken.
// SPDX-License-Identifier: MPL-2.0
import { writeTimestamp } from "../timestamps.js";
import type { Meta, PlayerEvent } from "../wire.js";
import { metaOf } from "./meta.js";
import { CMCD_SDK } from "./recall.js";
import { type CmcdSession, enter, errorStep, newCmcdSession, type Reported, type Step } from "./session.js";
import { type CmcdRecord, numberOf, numbersOf, own, plainValues, textOf } from "./values.js";

export interface CmcdContext {
  project: string;
  receivedMs: number;
  mode: "event" | "request";
}

export type Mapped =
  | { sessionId: string; session: CmcdSession; events: PlayerEvent[] }
  /** Nothing can be kept of it. */
  | { problem: string };

const MAX_ID = 256;
const YEAR_10000_MS = 253_402_300_800_000;

/** Under which id the caller keeps the CmcdSession; null: the report has none. */
export function cmcdSessionId(record: CmcdRecord): string | null {
  const [sid] = plainValues(own(record, "sid"));
  const clean = String(sid ?? "")
    .replace(/[\p{Cc}\p{Cs}]/gu, "")
    .trim()
    .slice(0, MAX_ID)
    .replace(/\p{Cs}$/u, "");
  return clean === "" ? null : clean;
}

/** `before`: what the last call for this session gave back; null for its first report. It is not changed. */
export function mapCmcd(record: CmcdRecord, before: CmcdSession | null, context: CmcdContext): Mapped {
  const sessionId = cmcdSessionId(record);
  if (sessionId === null) return { problem: "a CMCD report needs a session id, sid" };
  const session = structuredCopy(before ?? newCmcdSession());
  const report = readReport(record, context);
  const steps = context.mode === "event" ? eventSteps(session, report) : requestSteps(session, report);
  const base = { project_id: context.project, session_id: sessionId, sdk: sdkOf(record) };
  const shared: Meta = { ...metaOf(record), ...markOf(report, session, context.mode) };
  const numbered = context.mode === "event" && session.run === 0 && report.sequence !== null;
  const events = steps.map(
    ({ name, meta, atMs }, index): PlayerEvent => ({
      event_name: name,
      ...base,
      client_timestamp: writeTimestamp(atMs ?? report.atMs),
      ...(numbered && index === 0 ? { sequence_number: report.sequence as number } : {}),
      meta: { ...shared, ...meta },
    }),
  );
  return { sessionId, session, events };
}

interface Report {
  record: CmcdRecord;
  kind: string;
  state: string | null;
  atMs: number;
  sequence: number | null;
}

type TimedStep = Step & { atMs?: number };

function readReport(record: CmcdRecord, { receivedMs, mode }: CmcdContext): Report {
  const ts = numberOf(record, "ts");
  const sn = numberOf(record, "sn");
  const isInstant = mode === "event" && ts !== null && ts >= 0 && ts < YEAR_10000_MS;
  return {
    record,
    kind: textOf(record, "e") ?? "",
    state: textOf(record, "sta"),
    atMs: isInstant ? Math.trunc(ts) : receivedMs,
    sequence: Number.isSafeInteger(sn) && (sn as number) >= 0 ? sn : null,
  };
}

function eventSteps(session: CmcdSession, report: Report): TimedStep[] {
  session.reportsEvents = true;
  if (isLate(session, report)) return lateSteps(session, report);
  if (report.sequence !== null && report.sequence <= session.sequence) session.run++;
  if (report.sequence !== null) session.missed = report.sequence !== session.sequence + 1;
  session.sequence = report.sequence ?? session.sequence;
  // The time of an answer is when its request was made: before states that are already known.
  const sinceMs = report.kind === "rr" ? Math.max(session.atMs, report.atMs) : report.atMs;
  session.atMs = sinceMs;
  const entered = report.state === null ? [] : enter(session, reportedOf({ ...report, atMs: sinceMs }, report.state));
  const steps = [...entered, ...kindSteps(session, report, entered), ...startup(session, report, entered)];
  return steps.length === 0 ? [{ name: "cmcd_event" }] : steps;
}

/** Overtaken on its way by a later one: it changes no state, but is kept. */
function isLate(session: CmcdSession, { sequence, atMs }: Report): boolean {
  return sequence !== null && sequence <= session.sequence && atMs <= session.atMs;
}

const isBefore = (session: CmcdSession, { sequence }: Report): boolean => sequence === session.sequence - 1;

/** A stall so short that its end came first is told whole. */
function lateSteps(session: CmcdSession, report: Report): TimedStep[] {
  const isStall = report.state === "r" && session.state === "p" && session.missed && isBefore(session, report);
  if (!isStall) {
    const steps = kindSteps(session, report, []);
    return (steps.length === 0 ? [{ name: "cmcd_event" }] : steps).map((step) => late(step));
  }
  session.missed = false;
  const end = { name: "rebuffer_ended", meta: { duration_ms: session.atMs - report.atMs }, atMs: session.atMs };
  return [late({ name: "rebuffer_started" }), late(end)];
}

const late = (step: TimedStep): TimedStep => ({ ...step, meta: { ...step.meta, late: true } });

function requestSteps(session: CmcdSession, report: Report): TimedStep[] {
  const { state, record } = report;
  const isManifest = textOf(record, "ot") === "m";
  const request = { name: isManifest ? "manifest_requested" : "segment_requested" };
  if (session.reportsEvents) return [request];
  if (state !== null) return [...enter(session, reportedOf(report, state)), request];
  const starved = plainValues(own(record, "bs"))[0] === true;
  return [...(starved ? [{ name: "rebuffer_started" }, { name: "rebuffer_ended" }] : []), request];
}

function reportedOf({ record, atMs }: Report, state: string): Reported {
  const starvedMs = numbersOf(record, "bsd").at(-1) ?? null;
  return { state, atMs, playheadMs: numberOf(record, "pt"), starvedMs };
}

/** What the kind of the report says besides the state. */
function kindSteps(session: CmcdSession, report: Report, entered: Step[]): Step[] {
  switch (report.kind) {
    case "ps":
      return [];
    case "bc":
      return [{ name: "bitrate_switch" }];
    case "pr":
      return [{ name: "playback_rate_changed" }];
    case "t":
      return [{ name: "metrics_sampled" }];
    case "e":
      return entered.some(({ name }) => name === "playback_error" || name === "cmcd_error")
        ? []
        : [errorStep(session, report.atMs, "event", report.state === "f")];
    case "rr":
      return [responseStep(report.record)];
    default:
      return [{ name: "cmcd_event" }];
  }
}

/** The answer of a server; 0: there was none. */
function responseStep(record: CmcdRecord): Step {
  const status = numberOf(record, "rc");
  const kind = textOf(record, "ot") === "m" ? "manifest" : "segment";
  const isGood = status === null || (status >= 200 && status < 400);
  const meta = { "network.kind": kind, "network.detail_status": "available" };
  return { name: isGood ? `${kind}_loaded` : "segment_failed", meta };
}

/** Once a session: as the player measured it, else from its first state to the first picture. */
function startup(session: CmcdSession, report: Report, entered: Step[]): Step[] {
  if (session.startupIsKnown) return [];
  const started = entered.some(({ name }) => name === "playback_started");
  const derived = started && session.requestedMs !== null ? Math.max(0, report.atMs - session.requestedMs) : null;
  const duration_ms = numberOf(report.record, "msd") ?? derived;
  if (duration_ms === null) return [];
  session.startupIsKnown = true;
  return [{ name: "startup_time_measured", meta: { duration_ms } }];
}

function markOf(report: Report, session: CmcdSession, mode: CmcdContext["mode"]): Meta {
  if (mode === "request")
    return { source: "request", ...(report.sequence === null ? {} : { cmcd_sn: report.sequence }) };
  return session.run > 0 && report.sequence !== null ? { cmcd_sn: report.sequence } : {};
}

function sdkOf(record: CmcdRecord): PlayerEvent["sdk"] {
  return { name: CMCD_SDK, version: String(numberOf(record, "v") ?? 1) };
}

function structuredCopy(session: CmcdSession): CmcdSession {
  return { ...session, stall: session.stall && { ...session.stall }, error: session.error && { ...session.error } };
}
