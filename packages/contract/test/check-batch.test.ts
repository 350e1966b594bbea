// Does each body get the status, the counter and the sentence of the contract, in the order of its checks?
// SPDX-License-Identifier: MPL-2.0
import { describe, expect, test } from "vitest";
import { eventsIn } from "../src/check-batch.js";
import {
  batch,
  boundary,
  check,
  event,
  type Json,
  receivedMs,
  withBoundaries,
  withMeta,
  without,
} from "./helpers/batches.js";

const many = (count: number, more: Json = {}): Json[] =>
  Array.from({ length: count }, (_, index) => event({ sequence_number: index, ...more }));
const meta = (key: string, value: unknown): Json => withMeta({ [key]: value });
const unavailable = (reason: unknown): Json => ({
  "network.detail_status": "network_detail_unavailable",
  "network.unavailable_reason": reason,
});

/** TABLE: what is sent → status, events that count as invalid, code, and what the sentence says. */
const refusals: [what: string, json: unknown, status: number, invalid: number, code: string, says: string][] = [
  ["null", null, 400, 0, "body_not_object", "must be an object"],
  ["a list", [event()], 400, 0, "body_not_object", "must be an object"],
  ["a text", "1.0", 400, 0, "body_not_object", "must be an object"],
  ["a number", 1, 400, 0, "body_not_object", "must be an object"],
  ["no version", { events: [event()] }, 400, 1, "schema_version_unknown", '"1.0"'],
  ["version 1", { schema_version: 1, events: [event()] }, 400, 1, "schema_version_unknown", '"1.0"'],
  ["version 1.1", batch(many(3), { schema_version: "1.1" }), 400, 3, "schema_version_unknown", '"1.0"'],
  [
    "version 2.0 and 101 events",
    batch(many(101), { schema_version: "2.0" }),
    400,
    101,
    "schema_version_unknown",
    '"1.0"',
  ],
  ["an unknown version and no events", { schema_version: "9" }, 400, 0, "schema_version_unknown", '"1.0"'],
  ["no events", { schema_version: "1.0" }, 422, 0, "events_missing", "1 to 100"],
  ["an empty list", batch([]), 422, 0, "events_missing", "1 to 100"],
  ["events that are no list", batch({ length: 3 }), 422, 0, "events_missing", "1 to 100"],
  ["events that are null", batch(null), 422, 0, "events_missing", "1 to 100"],
  [
    "boundaries alone",
    { schema_version: "1.0", session_boundaries: [boundary()] },
    422,
    0,
    "events_missing",
    "1 to 100",
  ],
  ["101 events", batch(many(101)), 422, 101, "events_too_many", "101 events"],
  [
    "101 bad events of another project",
    batch(many(101, { project_id: "" })),
    422,
    101,
    "events_too_many",
    "101 events",
  ],
  ["an event that is null", batch([null]), 422, 1, "event_invalid", "events[0] must be object"],
  ["an event that is a list", batch([[]]), 422, 1, "event_invalid", "events[0] must be object"],
  ["an event that is a text", batch([event(), "x"]), 422, 2, "event_invalid", "events[1] must be object"],
  ...["event_name", "project_id", "session_id", "client_timestamp", "sdk", "sdk.name", "sdk.version"].map(
    (path): [string, unknown, number, number, string, string] => [
      `no ${path}`,
      batch([without(event(), path)]),
      422,
      1,
      "event_invalid",
      `events[0].${path} is required`,
    ],
  ),
  [
    "a blank event_name",
    batch([event({ event_name: " \t" })]),
    422,
    1,
    "event_invalid",
    ".event_name must not be blank",
  ],
  ["an empty session_id", batch([event({ session_id: "" })]), 422, 1, "event_invalid", ".session_id must not be blank"],
  ["a blank project_id", batch([event({ project_id: " " })]), 422, 1, "event_invalid", ".project_id must not be blank"],
  [
    "a blank sdk.name",
    batch([event({ sdk: { name: "", version: "1" } })]),
    422,
    1,
    "event_invalid",
    ".sdk.name must not",
  ],
  ["a session_id of 257", batch([event({ session_id: "x".repeat(257) })]), 422, 1, "event_invalid", "256"],
  ["a NUL in session_id", batch([event({ session_id: "a\0b" })]), 422, 1, "event_invalid", "control characters"],
  ["half a character in session_id", batch([event({ session_id: "a\ud800" })]), 422, 1, "event_invalid", "session_id"],
  ["an event_name that is a number", batch([event({ event_name: 5 })]), 422, 1, "event_invalid", "must be string"],
  [
    "a time without offset",
    batch([event({ client_timestamp: "2026-04-28T12:00:00" })]),
    422,
    1,
    "event_invalid",
    "RFC 3339",
  ],
  [
    "a time that is a number",
    batch([event({ client_timestamp: receivedMs })]),
    422,
    1,
    "event_invalid",
    "must be string",
  ],
  ["the 13th month", batch([event({ client_timestamp: "2026-13-01T00:00:00Z" })]), 422, 1, "event_invalid", "RFC 3339"],
  [
    "the 30th of February",
    batch([event({ client_timestamp: "2026-02-30T00:00:00Z" })]),
    422,
    1,
    "event_invalid",
    "a day that",
  ],
  ["a bad time origin", batch([event({ client_time_origin: "today" })]), 422, 1, "event_invalid", "client_time_origin"],
  [
    "the 31st of April as origin",
    batch([event({ client_time_origin: "2026-04-31T00:00:00Z" })]),
    422,
    1,
    "event_invalid",
    "a day",
  ],
  ["sequence number -1", batch([event({ sequence_number: -1 })]), 422, 1, "event_invalid", "sequence_number"],
  ["sequence number 1.5", batch([event({ sequence_number: 1.5 })]), 422, 1, "event_invalid", "sequence_number"],
  ["sequence number 2^53", batch([event({ sequence_number: 2 ** 53 })]), 422, 1, "event_invalid", "sequence_number"],
  ["a sequence number as text", batch([event({ sequence_number: "1" })]), 422, 1, "event_invalid", "must be integer"],
  ["meta that is a list", withMeta([]), 422, 1, "event_invalid", ".meta must be object"],
  ["meta that is a text", withMeta("x"), 422, 1, "event_invalid", ".meta must be object"],
  [
    "an object in meta",
    meta("player", { name: "x" }),
    422,
    1,
    "event_invalid",
    ".meta.player must be string or number",
  ],
  ["a list in meta", meta("levels", [1]), 422, 1, "event_invalid", ".meta.levels must be string or number"],
  [
    "network.kind playlist",
    meta("network.kind", "playlist"),
    422,
    1,
    "event_invalid",
    'meta["network.kind"] must be one of manifest, segment',
  ],
  ["network.kind null", meta("network.kind", null), 422, 1, "event_invalid", "network.kind"],
  [
    "network.detail_status ok",
    meta("network.detail_status", "ok"),
    422,
    1,
    "event_invalid",
    "must be one of available",
  ],
  [
    "an unknown reason",
    withMeta(unavailable("because")),
    422,
    1,
    "event_invalid",
    "must be one of native_hls_unavailable",
  ],
  [
    "a reason without a status",
    meta("network.unavailable_reason", "cors_timing_blocked"),
    422,
    1,
    "event_invalid",
    "network.detail_status",
  ],
  [
    "a reason though available",
    withMeta({ ...unavailable("cors_timing_blocked"), "network.detail_status": "available" }),
    422,
    1,
    "event_invalid",
    'must be "network_detail_unavailable"',
  ],
  [
    "a URL with a query as redacted",
    meta("network.redacted_url", "https://h/a?b=c"),
    422,
    1,
    "event_invalid",
    "must be redacted",
  ],
  [
    "a URL with a user as redacted",
    meta("network.redacted_url", "https://u:p@h/a"),
    422,
    1,
    "event_invalid",
    "must be redacted",
  ],
  ["a relative URL as redacted", meta("network.redacted_url", "/a/b.ts"), 422, 1, "event_invalid", "must be redacted"],
  ["a number as redacted URL", meta("network.redacted_url", 1), 422, 1, "event_invalid", "must be string"],
  ["timing.* true", meta("timing.start", true), 422, 1, "event_invalid", "timing.start"],
  ["timing.* text", meta("timing.start", "soon"), 422, 1, "event_invalid", "RFC 3339"],
  ["sample rate 0", meta("session_sample_rate", 0), 422, 1, "event_invalid", "session_sample_rate"],
  ["sample rate 1.1", meta("session_sample_rate", 1.1), 422, 1, "event_invalid", "session_sample_rate"],
  ["sample rate as text", meta("session_sample_rate", "0.5"), 422, 1, "event_invalid", "must be number"],
  [
    "an unknown key of webrtc.*",
    meta("webrtc.local_ip", "10.0.0.1"),
    422,
    1,
    "event_invalid",
    "is not a key of webrtc.*",
  ],
  [
    "a known key with more behind it",
    meta("webrtc.ice_state_x", "new"),
    422,
    1,
    "event_invalid",
    "is not a key of webrtc.*",
  ],
  ["webrtc.ice_state good", meta("webrtc.ice_state", "good"), 422, 1, "event_invalid", "must be one of new, checking"],
  [
    "webrtc.connection_state checking",
    meta("webrtc.connection_state", "checking"),
    422,
    1,
    "event_invalid",
    "must be one of",
  ],
  ["webrtc.packets_lost -1", meta("webrtc.packets_lost", -1), 422, 1, "event_invalid", "packets_lost"],
  ["webrtc.sample_id 0.5", meta("webrtc.sample_id", 0.5), 422, 1, "event_invalid", "sample_id"],
  ["a run id in capitals", meta("webrtc.peer_connection_run_id", "A"), 422, 1, "event_invalid", "1 to 64 of"],
  [
    "webrtc.error_code oops",
    meta("webrtc.error_code", "oops"),
    422,
    1,
    "event_invalid",
    "must be one of whep_signaling_failed",
  ],
  ["webrtc.error_detail of 257", meta("webrtc.error_detail", "x".repeat(257)), 422, 1, "event_invalid", "256"],
  ["another project", batch([event({ project_id: "other" })]), 401, 0, "project_mismatch", "events[0].project_id"],
  [
    "another project, and a bad field in it",
    batch([event({ project_id: "other", session_id: "" })]),
    422,
    1,
    "event_invalid",
    "session_id",
  ],
  [
    "another project before a bad event",
    batch([event({ project_id: "other" }), {}]),
    401,
    0,
    "project_mismatch",
    "events[0]",
  ],
  [
    "a bad event before another project",
    batch([{}, event({ project_id: "other" })]),
    422,
    2,
    "event_invalid",
    "events[0]",
  ],
  [
    "another project and a bad boundary",
    { ...withBoundaries({}), events: [event({ project_id: "other" })] },
    401,
    0,
    "project_mismatch",
    "events[0]",
  ],
  [
    "boundaries that are no list",
    batch([event()], { session_boundaries: {} }),
    422,
    1,
    "boundary_invalid",
    "must be a list",
  ],
  [
    "21 boundaries",
    withBoundaries(...Array.from({ length: 21 }, () => boundary())),
    422,
    1,
    "boundary_invalid",
    "at most 20",
  ],
  ...Object.keys(boundary()).map((path): [string, unknown, number, number, string, string] => [
    `a boundary without ${path}`,
    withBoundaries(boundary(), without(boundary(), path)),
    422,
    1,
    "boundary_invalid",
    `session_boundaries[1].${path} is required`,
  ]),
  [
    "a boundary of another kind",
    withBoundaries(boundary({ kind: "x" })),
    422,
    1,
    "boundary_invalid",
    "network_signal_absent",
  ],
  [
    "a boundary of an unknown adapter",
    withBoundaries(boundary({ adapter: "dash.js" })),
    422,
    1,
    "boundary_invalid",
    "native_hls",
  ],
  [
    "a boundary with script as reason",
    withBoundaries(boundary({ reason: "<script>" })),
    422,
    1,
    "boundary_invalid",
    "must be one of",
  ],
  [
    "a boundary of a session without event",
    withBoundaries(boundary({ session_id: "other" })),
    422,
    1,
    "boundary_invalid",
    "same batch",
  ],
  [
    "a boundary of another project",
    withBoundaries(boundary({ project_id: "other" })),
    422,
    1,
    "boundary_invalid",
    "same project",
  ],
  [
    "a boundary of no day",
    withBoundaries(boundary({ client_timestamp: "2026-02-29T00:00:00Z" })),
    422,
    1,
    "boundary_invalid",
    "a day that",
  ],
  [
    "two good events and a bad one",
    batch([event(), event(), event({ sdk: null })]),
    422,
    3,
    "event_invalid",
    "events[2].sdk",
  ],
];

describe("refused:", () => {
  test.each(refusals)("%s", (_, json, status, invalid, code, says) => {
    const answer = check(json);
    expect(answer).toMatchObject({
      status,
      counter: invalid === 0 ? "none" : "invalid",
      events: invalid,
      body: { error: code },
    });
    expect("body" in answer && answer.body.reason).toContain(says);
  });

  test("no sentence repeats a value that was sent", () => {
    const secret = "s3cr3t value";
    const places = ["event_name", "client_timestamp", "sequence_number", "sdk", "meta", "client_time_origin"];
    const bodies = places.map((place) => batch([event({ [place]: [secret] })]));
    const texts = bodies.map((json) => JSON.stringify(check(json)));
    expect(texts.filter((text) => text.includes("event_invalid"))).toHaveLength(places.length);
    expect(texts.filter((text) => text.includes(secret))).toEqual([]);
  });
});

/** TABLE: what is sent → what is kept of the first event. */
const accepted: [what: string, json: Json, kept: Json][] = [
  [
    "the example of the contract",
    batch([event()]),
    { name: "rebuffer_started", sequence: 42, meta: null, skewed: false },
  ],
  ["an unknown name", batch([event({ event_name: "moon_landing" })]), { name: "moon_landing" }],
  [
    "unknown fields",
    batch([event({ x: { y: [1] }, sdk: { name: "a", version: "b", more: 1 } })], { z: 1 }),
    { sdk: { name: "a", version: "b" } },
  ],
  [
    "unknown keys of meta",
    withMeta({ a: 1, "b.c": "d", e: null, f: false }),
    { meta: { a: 1, "b.c": "d", e: null, f: false } },
  ],
  [
    "a time of ours that a player sends",
    batch([event({ server_received_at: "1999-01-01T00:00:00Z" })]),
    { skewed: false },
  ],
  [
    "null where something may be absent",
    batch([event({ meta: null, sequence_number: null, client_time_origin: null })], { session_boundaries: null }),
    { meta: null, sequence: null, clientOriginMs: null },
  ],
  ["an offset", batch([event({ client_timestamp: "2026-04-28T14:00:00.5+02:00" })]), { clientMs: receivedMs - 500 }],
  [
    "nanoseconds",
    batch([event({ client_timestamp: "2026-04-28T12:00:00.123456789Z" })]),
    { clientMs: receivedMs - 877 },
  ],
  [
    "a leap second",
    batch([event({ client_timestamp: "2016-12-31T23:59:60Z" })]),
    { clientMs: Date.parse("2017-01-01T00:00:00Z"), skewed: true },
  ],
  ["a clock 60 s behind", batch([event({ client_timestamp: "2026-04-28T11:59:01.000Z" })]), { skewed: false }],
  ["a clock 60.001 s behind", batch([event({ client_timestamp: "2026-04-28T11:59:00.999Z" })]), { skewed: true }],
  ["a clock 60.001 s ahead", batch([event({ client_timestamp: "2026-04-28T12:01:01.001Z" })]), { skewed: true }],
  [
    "a time origin",
    batch([event({ client_time_origin: "2026-04-28T12:00:00Z" })]),
    { clientOriginMs: receivedMs - 1000 },
  ],
  ["a stream", withMeta({ stream_id: " demo " }), { streamId: "demo" }],
  ["a stream that is a number", withMeta({ stream_id: 7 }), { streamId: null, meta: { stream_id: 7 } }],
  ["a sample rate", withMeta({ session_sample_rate: 0.25 }), { sampleRatePpm: 250_000 }],
  ["a tiny sample rate", withMeta({ session_sample_rate: 1e-9 }), { sampleRatePpm: 1 }],
  ["every session", withMeta({ session_sample_rate: 1 }), { sampleRatePpm: 1_000_000 }],
  [
    "a reason with its status",
    withMeta(unavailable("cors_timing_blocked")),
    { meta: unavailable("cors_timing_blocked") },
  ],
  [
    "timing.*",
    withMeta({ "timing.start": 1.5, "timing.at": "2026-04-28T12:00:00Z" }),
    { meta: { "timing.start": 1.5, "timing.at": "2026-04-28T12:00:00Z" } },
  ],
  [
    "webrtc.*",
    withMeta({ "webrtc.ice_state": "connected", "webrtc.bytes_sent": 0 }),
    { meta: { "webrtc.ice_state": "connected", "webrtc.bytes_sent": 0 } },
  ],
  ["a bitrate as another program writes it", withMeta({ bitrate: "720p" }), { meta: { bitrate: "720p" } }],
  [
    "a redacted URL",
    withMeta({ "network.redacted_url": "https://h/:redacted/a.ts" }),
    { meta: { "network.redacted_url": "https://h/:redacted/a.ts" } },
  ],
  ["a URL", withMeta({ poster: "https://u:p@h/a?b#c" }), { meta: { poster: "https://h/a" } }],
];

describe("accepted:", () => {
  test.each(accepted)("%s", (_, json, kept) => {
    const answer = check(json);
    expect(answer).toMatchObject({ status: 202 });
    expect("boundaries" in answer && answer.events[0]).toMatchObject(kept);
  });

  test("100 events and 20 boundaries", () => {
    const answer = check(batch(many(100), { session_boundaries: Array.from({ length: 20 }, () => boundary()) }));
    if (!("boundaries" in answer)) throw new Error(answer.body.reason);
    expect(answer.events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(answer.boundaries).toHaveLength(20);
    expect(answer.boundaries[0]).toEqual({
      ...{ kind: "segment", adapter: "native_hls", reason: "native_hls_unavailable" },
      ...{ sessionId: "01J7K9X4Z2QHB6V3WS5R8Y4D1F", clientMs: receivedMs - 1000 },
    });
  });

  test("a key named __proto__ stays a key and changes no object", () => {
    const answer = check(JSON.parse(JSON.stringify(withMeta({ a: 1 })).replace('"a"', '"__proto__"')));
    if (!("boundaries" in answer)) throw new Error(answer.body.reason);
    expect(Object.keys(answer.events[0]?.meta ?? {})).toEqual(["__proto__"]);
    expect(({} as Json).polluted).toBeUndefined();
  });
});

test.each([
  [batch(many(3)), 3],
  [batch(many(500)), 500],
  [batch("x"), 0],
  [{}, 0],
  [null, 0],
  [[event()], 0],
])("events that a body claims to have are counted before it is checked: %#", (json, count) => {
  expect(eventsIn(json)).toBe(count);
});

test("the table has what the contract asks for", () => {
  expect(refusals.length + accepted.length).toBeGreaterThanOrEqual(60);
});
