// Which batches do the tests of stores write?
// SPDX-License-Identifier: MPL-2.0
import type { CheckedBoundary, CheckedEvent } from "@gst-pyroscope/contract/wire";
import type { AcceptedBatch, SessionStore } from "../../src/store/port.js";

/** 2026-01-01, a round time to count from. */
export const t0 = 1_767_225_600_000;

export const event = (sessionId: string, more: Partial<CheckedEvent> = {}): CheckedEvent => ({
  name: "segment_loaded",
  sessionId,
  clientMs: t0 - 5,
  sequence: null,
  clientOriginMs: null,
  sdk: { name: "player", version: "1.0.0" },
  meta: null,
  streamId: null,
  sampleRatePpm: null,
  skewed: false,
  ...more,
});

export const boundary = (sessionId: string, more: Partial<CheckedBoundary> = {}): CheckedBoundary => ({
  sessionId,
  kind: "segment",
  adapter: "native_hls",
  reason: "native_hls_unavailable",
  clientMs: t0,
  ...more,
});

export const batch = (events: CheckedEvent[], more: Partial<AcceptedBatch> = {}): AcceptedBatch => ({
  project: "demo",
  receivedMs: t0,
  traceId: null,
  bytes: 300 * events.length,
  events,
  boundaries: [],
  ...more,
});

/** One batch of `count` events with sequence numbers 0 … */
export const run = (sessionId: string, count: number, more: Partial<AcceptedBatch> = {}): AcceptedBatch =>
  batch(
    Array.from({ length: count }, (_, sequence) => event(sessionId, { sequence })),
    more,
  );

/** All events of a session, page by page. */
export const walkEvents = async (store: SessionStore, sessionId: string, limit: number, project = "demo") => {
  const rows = [];
  for (let page = await store.events(project, sessionId, { limit }); page.length; ) {
    rows.push(...page);
    const last = page[page.length - 1];
    if (!last) break;
    const after = { received: last.receivedMs, sequence: last.sequence, ingest: last.ingest };
    page = await store.events(project, sessionId, { limit, after });
  }
  return rows;
};

/** All sessions of a project, page by page; `between` runs after each page. */
export const walkSessions = async (store: SessionStore, limit: number, between = async (): Promise<void> => {}) => {
  const rows = [];
  for (let page = await store.sessions("demo", { limit }); page.length; ) {
    rows.push(...page);
    await between();
    const last = page[page.length - 1];
    if (!last) break;
    const after = { startedAt: last.startedMs, sessionId: last.sessionId };
    page = await store.sessions("demo", { limit, after });
  }
  return rows;
};

/** Random numbers that are the same for the same seed (mulberry32). */
export const randomOf = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
};
