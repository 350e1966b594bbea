// What was remembered of a CMCD session, when only its stored events are left, as after a restart of the service? Pure.
//
// Each event has the state, kind and number of the report that it stands for, so that reading them in order leads to the same place.
// SPDX-License-Identifier: MPL-2.0
import type { Meta, Sdk } from "../wire.js";
import { type CmcdSession, newCmcdSession } from "./session.js";

/** Of a stored event, as much as is used here. */
export interface StoredReport {
  name: string;
  clientMs: number;
  sequence: number | null;
  sdk: Sdk;
  meta: Meta | null;
}

/** Name of the program that events from CMCD have. */
export const CMCD_SDK = "cmcd";

/** `events`: the newest ones, in the order in which they came; `whole`: there are none before them. null: none is from CMCD. */
export function recallCmcd(events: readonly StoredReport[], whole: boolean): CmcdSession | null {
  const own = events.filter(({ sdk }) => sdk.name === CMCD_SDK);
  if (own.length === 0) return null;
  const reports = own.filter(({ meta }) => meta?.source !== "request");
  // As long as it has sent no report of its own, its requests are what is known of its state.
  const telling = reports.length > 0 ? reports : own;
  const session = { ...newCmcdSession(), reportsEvents: reports.length > 0 };
  if (!whole) Object.assign(session, { hasPlayed: true, startupIsKnown: true });
  for (const event of telling) {
    if (event.meta?.late === true) {
      if (event.name === "rebuffer_started") session.missed = false;
      continue;
    }
    if (reports.length > 0) recallPlace(session, event);
    recallState(session, event);
    recallStep(session, event);
  }
  return session;
}

function recallPlace(session: CmcdSession, { sequence, clientMs, meta }: StoredReport): void {
  const again = numberIn(meta, "cmcd_sn");
  if (again !== null) session.run = 1;
  const number = sequence ?? again;
  // Of several events of one report only the first has its number, unless the numbers began anew.
  if (number !== null && number !== session.sequence) session.missed = number !== session.sequence + 1;
  session.sequence = number ?? session.sequence;
  session.atMs = meta?.cmcd_e === "rr" ? Math.max(session.atMs, clientMs) : clientMs;
}

function recallState(session: CmcdSession, { meta }: StoredReport): void {
  const state = meta?.cmcd_sta;
  if (typeof state !== "string") return;
  session.state = state;
  if (state === "p") session.hasPlayed = true;
}

function recallStep(session: CmcdSession, { name, clientMs, meta }: StoredReport): void {
  if (name === "playback_requested") session.requestedMs ??= clientMs;
  if (name === "startup_time_measured") session.startupIsKnown = true;
  if (name === "rebuffer_started") {
    session.hasPlayed = true;
    session.stall = { sinceMs: clientMs, nudges: 0, playheadMs: numberIn(meta, "cmcd_pt") };
  }
  if (name === "rebuffer_nudged" && session.stall !== null) session.stall.nudges++;
  if (name === "seek_started") session.seekSinceMs = clientMs;
  if (name === "rebuffer_ended" || name === "seek_ended") Object.assign(session, { stall: null, seekSinceMs: null });
  const byEvent = meta?.cmcd_e === "e" && meta.source !== "request";
  if (name === "playback_error") session.error = { atMs: clientMs, by: byEvent ? "event" : "state" };
  if (name === "cmcd_error") session.error = null;
}

function numberIn(meta: Meta | null, key: string): number | null {
  const value = meta?.[key];
  return typeof value === "number" ? value : null;
}
