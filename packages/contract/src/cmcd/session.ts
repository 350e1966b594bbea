// What did a player go through, by the states that it reports one after the other? Pure: the caller keeps the CmcdSession.
//
// Players differ: hls.js reports a seek for each of its small jumps over a gap, and waiting for data after a real seek as if it
// were a stall. Both are told apart here.
// SPDX-License-Identifier: MPL-2.0
import type { Meta } from "../wire.js";

/** What has to be remembered of a CMCD session between two reports. */
export interface CmcdSession {
  /** Token of `sta`; null: none was reported. */
  state: string | null;
  /** Of the last report in order; the time is by the player's clock, milliseconds since 1970. */
  sequence: number;
  /** The report right before that one has not come: it may be on its way. */
  missed: boolean;
  atMs: number;
  /** How often the sequence numbers began anew, as when a page loads its playlist again. */
  run: number;
  /** It has sent events: states in the addresses of its requests are late then. */
  reportsEvents: boolean;
  requestedMs: number | null;
  hasPlayed: boolean;
  startupIsKnown: boolean;
  stall: { sinceMs: number; nudges: number; playheadMs: number | null } | null;
  seekSinceMs: number | null;
  error: { atMs: number; by: "state" | "event" } | null;
}

/** An event without what is common to all of its report. */
export interface Step {
  name: string;
  meta?: Meta;
}

export interface Reported {
  state: string;
  atMs: number;
  /** Position in the media, `pt`; null: not sent. */
  playheadMs: number | null;
  /** Duration of the stall that has ended, `bsd`; null: not sent. */
  starvedMs: number | null;
}

export function newCmcdSession(): CmcdSession {
  return {
    ...{ state: null, sequence: -1, missed: false, atMs: 0, run: 0, reportsEvents: false },
    ...{ requestedMs: null, hasPlayed: false, startupIsKnown: false, stall: null, seekSinceMs: null, error: null },
  };
}

/** A jump of the player itself comes soon after the stall began; later it is the viewer's. */
const NUDGE_WITHIN_MS = 10_000;
/** And is short, where the player tells its position. */
const NUDGE_MEDIA_MS = 1000;
/** State and event of one error come together. */
const SAME_ERROR_MS = 1000;

/** Changes `session`. Empty: the state is the one before, or its change means nothing to a viewer. */
export function enter(session: CmcdSession, now: Reported): Step[] {
  if (session.state === now.state) return [];
  const steps = stepsInto(session, now);
  session.state = now.state;
  return steps;
}

function stepsInto(session: CmcdSession, now: Reported): Step[] {
  switch (now.state) {
    case "s":
      session.requestedMs ??= now.atMs;
      return [{ name: "playback_requested" }];
    case "d":
      return [{ name: "preload_started" }];
    case "p":
      return play(session, now);
    case "r":
      return stall(session, now);
    case "k":
      return seek(session, now);
    case "a":
      return [...interrupt(session, now, "pause"), { name: "playback_paused" }];
    case "e":
      return [...interrupt(session, now, "end"), { name: "playback_ended" }];
    case "f":
      return [...interrupt(session, now, "error"), errorStep(session, now.atMs, "state", true)];
    case "q":
      return [...interrupt(session, now, "quit"), { name: "session_ended" }];
    default:
      return [];
  }
}

function play(session: CmcdSession, now: Reported): Step[] {
  const isFirst = !session.hasPlayed;
  session.hasPlayed = true;
  if (session.stall !== null || session.seekSinceMs !== null) return interrupt(session, now, null);
  if (isFirst) return [{ name: "playback_started" }];
  return session.state === "a" || session.state === "s" ? [{ name: "playback_resumed" }] : [];
}

function stall(session: CmcdSession, now: Reported): Step[] {
  const isStarting = session.state === "s" || session.state === "d";
  if (isStarting || session.seekSinceMs !== null || session.stall !== null) return [];
  session.hasPlayed = true;
  session.stall = { sinceMs: now.atMs, nudges: 0, playheadMs: now.playheadMs };
  return [{ name: "rebuffer_started" }];
}

function seek(session: CmcdSession, now: Reported): Step[] {
  if (session.stall !== null && isNudge(session.stall, now)) {
    session.stall.nudges++;
    return [{ name: "rebuffer_nudged" }];
  }
  const before = interrupt(session, now, "seek");
  session.seekSinceMs = now.atMs;
  return [...before, { name: "seek_started" }];
}

function isNudge(open: NonNullable<CmcdSession["stall"]>, now: Reported): boolean {
  if (now.atMs - open.sinceMs > NUDGE_WITHIN_MS) return false;
  if (open.playheadMs === null || now.playheadMs === null) return true;
  return Math.abs(now.playheadMs - open.playheadMs) <= NUDGE_MEDIA_MS;
}

/** Ends an open stall or seek; `by`: what ended it, null when the picture moves again. */
function interrupt(session: CmcdSession, now: Reported, by: string | null): Step[] {
  const { stall, seekSinceMs } = session;
  session.stall = null;
  session.seekSinceMs = null;
  const why: Meta = by === null ? {} : { ended_by: by };
  if (stall !== null) {
    const duration_ms = now.starvedMs ?? Math.max(0, now.atMs - stall.sinceMs);
    const nudges: Meta = stall.nudges === 0 ? {} : { nudges: stall.nudges };
    return [{ name: "rebuffer_ended", meta: { duration_ms, ...nudges, ...why } }];
  }
  if (seekSinceMs === null) return [];
  return [{ name: "seek_ended", meta: { duration_ms: Math.max(0, now.atMs - seekSinceMs), ...why } }];
}

/** Of the two words on one error, the state and the event, the first is the error, the second only says more about it. */
export function errorStep(session: CmcdSession, atMs: number, by: "state" | "event", fatal: boolean): Step {
  const { error } = session;
  const isSecond = error !== null && error.by !== by && Math.abs(atMs - error.atMs) <= SAME_ERROR_MS;
  session.error = isSecond ? null : { atMs, by };
  return { name: isSecond ? "cmcd_error" : "playback_error", meta: { fatal } };
}
