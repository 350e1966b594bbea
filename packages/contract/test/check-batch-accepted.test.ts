// What is kept of a good batch, with unknown fields, odd clocks and addresses that nobody may keep?
// SPDX-License-Identifier: MPL-2.0
import { describe, expect, test } from "vitest";
import { eventsIn } from "../src/check-batch.js";
import {
  batch,
  boundary,
  check,
  event,
  type Json,
  many,
  receivedMs,
  unavailable,
  withMeta,
} from "./helpers/batches.js";

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
