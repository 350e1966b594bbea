// Does a reader get the fields of the contract, and none that has nothing to say?
// SPDX-License-Identifier: MPL-2.0
import { expect, test } from "vitest";
import { isDrift } from "../src/sampling.js";
import { cleanStreamId } from "../src/stream-id.js";
import { eventView, type StoredEvent, type StoredSession, sessionView } from "../src/views.js";

const session: StoredSession = {
  ...{ projectId: "demo", sessionId: "s", state: "active", startedMs: 1000, lastSeenMs: 2000, endedMs: null },
  ...{ endSource: null, events: 2, correlationId: "c", signalAbsent: [], sampleRatePpm: 1_000_000, streamId: null },
};
const stored: StoredEvent = {
  ...{
    name: "rebuffer_started",
    projectId: "demo",
    sessionId: "s",
    clientMs: 1000,
    clientOriginMs: null,
    receivedMs: 1001,
    ingest: 7,
  },
  ...{ sequence: null, sdk: { name: "a", version: "1" }, meta: null, correlationId: "c", traceId: null },
  ...{ skewed: false, delivery: "accepted" },
};

test("a session with nothing special", () => {
  expect(sessionView(session)).toEqual({
    ...{ session_id: "s", project_id: "demo", state: "active", started_at: "1970-01-01T00:00:01.000Z" },
    ...{ last_event_at: "1970-01-01T00:00:02.000Z", end_source: null, event_count: 2, correlation_id: "c" },
    network_signal_absent: [],
  });
});

test("a session with all", () => {
  const segment = { kind: "segment", adapter: "native_hls", reason: "native_hls_unavailable" } as const;
  const manifest = { ...segment, kind: "manifest" } as const;
  const signalAbsent = [segment, manifest, { ...segment, adapter: "hls.js" } as const, segment];
  const more = { endedMs: 3000, endSource: "sweeper", sampleRatePpm: 250_000, streamId: "demo", signalAbsent } as const;
  expect(sessionView({ ...session, ...more, state: "ended" })).toMatchObject({
    ...{ state: "ended", ended_at: "1970-01-01T00:00:03.000Z", end_source: "sweeper", stream_id: "demo" },
    ...{ sample_rate_ppm: 250_000, sample_rate: 0.25 },
    network_signal_absent: [manifest, { ...segment, adapter: "hls.js" }, segment],
  });
});

test("an event with nothing special, and one with all", () => {
  const least = eventView(stored);
  expect(Object.keys(least)).toEqual([
    ...["event_name", "project_id", "session_id", "client_timestamp", "server_received_at", "ingest_sequence", "sdk"],
    ...["correlation_id", "delivery_status"],
  ]);
  const more = { sequence: 0, meta: { a: 1 }, traceId: "ab", skewed: true, clientOriginMs: 0 };
  expect(eventView({ ...stored, ...more, delivery: "duplicate_suspected" })).toEqual({
    ...least,
    ...{ sequence_number: 0, meta: { a: 1 }, trace_id: "ab", time_skew_warning: true },
    ...{ client_time_origin: "1970-01-01T00:00:00.000Z", delivery_status: "duplicate_suspected" },
  });
});

test.each([
  ["demo", "demo"],
  ["  a b\n", "a b"],
  ["\0", null],
  ["", null],
  ["😀".repeat(200), "😀".repeat(128)],
  ["a\u2028b\ud800", "ab"],
])("stream %j becomes %j", (id, clean) => {
  expect(cleanStreamId(id)).toBe(clean);
});

test("a sample rate drifts when it differs by more than 100 millionths", () => {
  expect([isDrift(250_000, 250_100), isDrift(250_000, 250_101), isDrift(250_000, 249_899)]).toEqual([
    false,
    true,
    true,
  ]);
});
