// Is each bad field of an event refused, with a sentence that names the field and what it must be?
// SPDX-License-Identifier: MPL-2.0
import { expect, test } from "vitest";
import { batch, check, event, type Json, receivedMs, unavailable, without } from "./helpers/batches.js";

/** What the sentence says of the only event of a batch. */
const reasonOf = (one: unknown): string => {
  const answer = check(batch([one]));
  expect(answer).toMatchObject({ status: 422, counter: "invalid", events: 1, body: { error: "event_invalid" } });
  return "body" in answer ? answer.body.reason : "";
};

test.each([null, [], "x", 5])("an event that is %j", (one) => {
  expect(reasonOf(one)).toBe("events[0] must be object");
});

test.each([...["event_name", "project_id", "session_id", "client_timestamp", "sdk", "sdk.name", "sdk.version"]])(
  "an event without %s",
  (path) => {
    expect(reasonOf(without(event(), path))).toBe(`events[0].${path} is required`);
  },
);

/** TABLE: fields → what the sentence says. */
const fields: [what: string, more: Json, says: string][] = [
  ["a blank event_name", { event_name: " \t" }, ".event_name must not be blank"],
  ["an empty session_id", { session_id: "" }, ".session_id must not be blank"],
  ["a blank project_id", { project_id: " " }, ".project_id must not be blank"],
  ["a blank sdk.name", { sdk: { name: "", version: "1" } }, ".sdk.name must not be blank"],
  ["a blank sdk.version", { sdk: { name: "a", version: " " } }, ".sdk.version must not be blank"],
  ["a session_id of 257", { session_id: "x".repeat(257) }, "256"],
  ["a NUL in session_id", { session_id: "a\0b" }, "control characters"],
  ["half a character in session_id", { session_id: "a\ud800" }, ".session_id"],
  ["an event_name that is a number", { event_name: 5 }, ".event_name must be string"],
  ["a time without offset", { client_timestamp: "2026-04-28T12:00:00" }, "RFC 3339"],
  ["a time that is a number", { client_timestamp: receivedMs }, ".client_timestamp must be string"],
  ["the 13th month", { client_timestamp: "2026-13-01T00:00:00Z" }, "RFC 3339"],
  ["the 30th of February", { client_timestamp: "2026-02-30T00:00:00Z" }, "a day that does not exist"],
  ["a bad time origin", { client_time_origin: "today" }, ".client_time_origin must be an RFC 3339 time"],
  ["the 31st of April as origin", { client_time_origin: "2026-04-31T00:00:00Z" }, "a day that does not exist"],
  ["sequence number -1", { sequence_number: -1 }, ".sequence_number must be >= 0"],
  ["sequence number 1.5", { sequence_number: 1.5 }, ".sequence_number"],
  ["sequence number 2^53", { sequence_number: 2 ** 53 }, ".sequence_number must be <= 9007199254740991"],
  ["a sequence number as text", { sequence_number: "1" }, ".sequence_number must be integer"],
  ["meta that is a list", { meta: [] }, ".meta must be object"],
  ["meta that is a text", { meta: "x" }, ".meta must be object"],
];

test.each(fields)("%s", (_, more, says) => {
  expect(reasonOf(event(more))).toContain(says);
});

/** TABLE: key of meta, value → what the sentence says of it. */
const keys: [key: string, value: unknown, says: string][] = [
  ["player", { name: "x" }, "must be string or number or boolean or null"],
  ["levels", [1], "must be string or number or boolean or null"],
  ["network.kind", "playlist", "must be one of manifest, segment"],
  ["network.kind", null, "must be one of manifest, segment"],
  ["network.kind", {}, "must be one of manifest, segment"],
  ["network.detail_status", "ok", "must be one of available, network_detail_unavailable"],
  ["network.redacted_url", "https://h/a?b=c", "must be redacted"],
  ["network.redacted_url", "https://u:p@h/a", "must be redacted"],
  ["network.redacted_url", "/a/b.ts", "must be redacted"],
  ["network.redacted_url", 1, "must be string"],
  ["timing.start", true, "must be"],
  ["timing.start", "soon", "must be an RFC 3339 time"],
  ["session_sample_rate", 0, "must be > 0"],
  ["session_sample_rate", 1.1, "must be <= 1"],
  ["session_sample_rate", "0.5", "must be number"],
  ["webrtc.local_ip", "10.0.0.1", "is not a key of webrtc.*"],
  ["webrtc.ice_state_x", "new", "is not a key of webrtc.*"],
  ["webrtc.", 1, "is not a key of webrtc.*"],
  ["webrtc.ice_state", "good", "must be one of new, checking"],
  ["webrtc.dtls_state", "checking", "must be one of new, connecting"],
  ["webrtc.connection_state", "checking", "must be one of new, connecting"],
  ["webrtc.packets_lost", -1, "must be >= 0"],
  ["webrtc.bytes_sent", "1", "must be integer"],
  ["webrtc.sample_id", 0.5, "must be integer"],
  ["webrtc.peer_connection_run_id", "A", "1 to 64 of a-z"],
  ["webrtc.error_code", "oops", "must be one of whep_signaling_failed"],
  ["webrtc.error_detail", "x".repeat(257), "256"],
];

test.each(keys)("meta %s: %j", (key, value, says) => {
  const reason = reasonOf(event({ meta: { [key]: value } }));
  expect(reason).toContain(says);
  expect(reason).toContain(key);
});

test.each([
  ["unknown", unavailable("because"), "must be one of native_hls_unavailable"],
  [
    "though available",
    { ...unavailable("cors_timing_blocked"), "network.detail_status": "available" },
    'must be "network_detail_unavailable"',
  ],
  ["alone", { "network.unavailable_reason": "cors_timing_blocked" }, 'meta["network.detail_status"] is required'],
])("a reason %s", (_, meta, says) => {
  expect(reasonOf(event({ meta }))).toContain(says);
});

test("no sentence repeats a value that was sent", () => {
  const secret = "s3cr3t value";
  const places = ["event_name", "client_timestamp", "sequence_number", "sdk", "meta", "client_time_origin"];
  const reasons = places.map((place) => reasonOf(event({ [place]: [secret] })));
  expect(reasons.filter((reason) => reason.includes(secret))).toEqual([]);
});
