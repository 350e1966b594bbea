// Are version, size, events, projects and boundaries checked in the order of the contract, each with its status and counter?
// SPDX-License-Identifier: MPL-2.0
import { expect, test } from "vitest";
import { batch, boundary, check, event, type Json, many, withBoundaries, without } from "./helpers/batches.js";

type Row = [what: string, json: unknown, status: number, invalid: number, code: string, says: string];

const expectRefusal = ([, json, status, invalid, code, says]: Row): void => {
  const answer = check(json);
  const counter = invalid === 0 ? "none" : "invalid";
  expect(answer).toMatchObject({ status, counter, events: invalid, body: { error: code } });
  expect("body" in answer && answer.body.reason).toContain(says);
};

const noObject = (what: string, json: unknown): Row => [what, json, 400, 0, "body_not_object", "must be an object"];
const version = (what: string, json: Json, invalid: number): Row => {
  return [what, json, 400, invalid, "schema_version_unknown", 'must be "1.0"'];
};
const missing = (what: string, json: Json): Row => [what, json, 422, 0, "events_missing", "1 to 100"];
const foreign = (what: string, json: Json): Row => [what, json, 401, 0, "project_mismatch", "events[0].project_id"];
const bad = (what: string, json: Json, invalid: number, says: string): Row => {
  return [what, json, 422, invalid, "event_invalid", says];
};

const other = { project_id: "other" };

/** TABLE: what is sent → status, events that count as invalid, code, and what the sentence says. */
const whole: Row[] = [
  noObject("null", null),
  noObject("a list", [event()]),
  noObject("a text", "1.0"),
  noObject("a number", 1),
  version("no version", { events: [event()] }, 1),
  version("version 1 as number", batch([event()], { schema_version: 1 }), 1),
  version("version 1.1", batch(many(3), { schema_version: "1.1" }), 3),
  version("version 2.0 and 101 events", batch(many(101), { schema_version: "2.0" }), 101),
  version("an unknown version and no events", { schema_version: "9" }, 0),
  missing("no events", { schema_version: "1.0" }),
  missing("an empty list", batch([])),
  missing("events that are no list", batch({ length: 3 })),
  missing("events that are null", batch(null)),
  missing("boundaries alone", { schema_version: "1.0", session_boundaries: [boundary()] }),
  ["101 events", batch(many(101)), 422, 101, "events_too_many", "101 events"],
  ["101 bad events", batch(many(101, { project_id: "" })), 422, 101, "events_too_many", "101 events"],
  foreign("another project", batch([event(other)])),
  foreign("another project before a bad event", batch([event(other), {}])),
  foreign("another project and a bad boundary", { ...withBoundaries({}), events: [event(other)] }),
  bad("another project, a bad field in it", batch([event({ ...other, session_id: "" })]), 1, "events[0].session_id"),
  bad("a bad event before another project", batch([{}, event(other)]), 2, "events[0]"),
  bad("two good events and a bad one", batch([event(), event(), event({ sdk: null })]), 3, "events[2].sdk"),
  bad("a bad event and a bad boundary", { ...withBoundaries({}), events: [{}] }, 1, "events[0]"),
];

test.each(whole)("%s", (...row) => expectRefusal(row));

/** TABLE: boundaries → what the sentence says. */
const boundaries: [what: string, boundaries: unknown, says: string][] = [
  ["that are no list", {}, "must be a list"],
  ["21", Array.from({ length: 21 }, () => boundary()), "at most 20"],
  ...Object.keys(boundary()).map((path): [string, unknown, string] => {
    return [`without ${path}`, [boundary(), without(boundary(), path)], `session_boundaries[1].${path} is required`];
  }),
  ["that is null", [null], "session_boundaries[0] must be object"],
  ["of another kind", [boundary({ kind: "x" })], "must be one of network_signal_absent"],
  ["of an unknown adapter", [boundary({ adapter: "dash.js" })], "must be one of hls.js, native_hls, unknown"],
  ["of another network kind", [boundary({ network_kind: "x" })], "must be one of manifest, segment"],
  ["with script as reason", [boundary({ reason: "<script>" })], "must be one of native_hls_unavailable"],
  ["of a session without event", [boundary({ session_id: "other" })], "same batch"],
  ["of another project", [boundary(other)], "same project"],
  ["of no day", [boundary({ client_timestamp: "2026-02-29T00:00:00Z" })], "a day that does not exist"],
];

test.each(boundaries)("boundaries: %s", (what, list, says) => {
  expectRefusal([what, batch([event()], { session_boundaries: list }), 422, 1, "boundary_invalid", says]);
});
