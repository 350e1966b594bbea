// Has a session of this name been reported before? Then the page takes another: its events count from zero, and would look repeated.
// SPDX-License-Identifier: MPL-2.0
import type { SessionPage } from "@gst-pyroscope/contract/wire";
import { ask, problemOf } from "../api.js";
import type { DemoSettings } from "./settings.js";

const NEWEST = 1000;
const DIGITS = 8;

/** `given`: the name in the address. A service that does not tell is taken at its word: the name stays. */
export async function withFreshId(settings: DemoSettings, given: string | null): Promise<DemoSettings> {
  if (!given || !(await isKnown(given).catch(() => false))) return settings;
  return { ...settings, sessionId: `${given}-${crypto.randomUUID().slice(0, DIGITS)}`, playedBefore: given };
}

/** Among the newest first: browsers report an answer 404 in their console, as if something was wrong. */
async function isKnown(id: string): Promise<boolean> {
  const { sessions, next_cursor } = await ask<SessionPage>(`/api/stream-sessions?limit=${NEWEST}`);
  if (sessions.some(({ session_id }) => session_id === id)) return true;
  return next_cursor !== undefined && (await answersFor(id));
}

async function answersFor(id: string): Promise<boolean> {
  try {
    await ask(`/api/stream-sessions/${encodeURIComponent(id)}?events_limit=1`);
    return true;
  } catch (error) {
    if (problemOf(error).status === 404) return false;
    throw error;
  }
}
