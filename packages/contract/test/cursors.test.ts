// Does a cursor lead back to its place, and which of the three errors does another text get?
// SPDX-License-Identifier: MPL-2.0
import { describe, expect, test } from "vitest";
import { readEventCursor, readSessionCursor, writeEventCursor, writeSessionCursor } from "../src/cursors.js";
import { readLimit } from "../src/page-limit.js";
import { seeded } from "./helpers/batches.js";

const raw = (json: unknown): string => Buffer.from(JSON.stringify(json)).toString("base64url");
const scope = { project: "demo", sessionId: "s-1" };
const sessionPlace = { startedAt: 1_777_000_000_000, sessionId: 'é/😀 "1"' };
const eventPlace = { received: 1_777_000_000_000, sequence: 0, ingest: 17 };

describe("a cursor leads back to its place:", () => {
  test("of sessions", () => {
    const text = writeSessionCursor(scope, sessionPlace);
    expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(readSessionCursor(scope, text)).toEqual({ after: sessionPlace });
    expect(JSON.parse(Buffer.from(text, "base64url").toString())).toEqual({
      ...{ v: 3, pid: "demo", sa: sessionPlace.startedAt, sid: sessionPlace.sessionId },
    });
  });

  test.each([eventPlace, { ...eventPlace, sequence: null }])("of events: %o", (place) => {
    expect(readEventCursor(scope, writeEventCursor(scope, place))).toEqual({ after: place });
  });
});

const good = { v: 3, pid: "demo", sa: 1, sid: "a" };
const goodEvent = { v: 3, pid: "demo", sid: "s-1", rcv: 5, seq: 1, ing: 9 };

/** TABLE: text of a session cursor → status and code. */
const sessionTexts: [what: string, text: string, status: number, code: string][] = [
  ["no version", raw({ pid: "x", offset: 3 }), 400, "cursor_invalid_legacy"],
  ["version 1", raw({ ...good, v: 1 }), 400, "cursor_invalid_legacy"],
  ["version 2", raw({ v: 2, sa: 1, sid: "a" }), 400, "cursor_invalid_legacy"],
  ["version 4", raw({ ...good, v: 4 }), 400, "cursor_invalid_malformed"],
  ["version as text", raw({ ...good, v: "3" }), 400, "cursor_invalid_malformed"],
  ["nothing", "", 400, "cursor_invalid_malformed"],
  ["no base64url", "a+b/c=", 400, "cursor_invalid_malformed"],
  ["padding", `${raw(good)}=`, 400, "cursor_invalid_malformed"],
  ["no JSON", Buffer.from("{").toString("base64url"), 400, "cursor_invalid_malformed"],
  ["no UTF-8", Buffer.from([0xff, 0xfe]).toString("base64url"), 400, "cursor_invalid_malformed"],
  ["a list", raw([3]), 400, "cursor_invalid_malformed"],
  ["null", raw(null), 400, "cursor_invalid_malformed"],
  ["one field more", raw({ ...good, x: 1 }), 400, "cursor_invalid_malformed"],
  ["one field less", raw({ v: 3, pid: "demo", sa: 1 }), 400, "cursor_invalid_malformed"],
  ["a time as text", raw({ ...good, sa: "1" }), 400, "cursor_invalid_malformed"],
  ["half a millisecond", raw({ ...good, sa: 0.5 }), 400, "cursor_invalid_malformed"],
  ["another project", raw({ ...good, pid: "other" }), 400, "cursor_invalid_malformed"],
  ["a cursor of events", raw(goodEvent), 400, "cursor_invalid_malformed"],
  ["too long", raw({ ...good, sid: "x".repeat(5000) }), 400, "cursor_invalid_malformed"],
  ["what was removed", raw({ ...good, sa: 999 }), 410, "cursor_expired"],
];

test.each(sessionTexts)("sessions: %s", (_, text, status, code) => {
  const read = readSessionCursor({ project: "demo", keptSinceMs: 1000 }, text);
  expect(read).toMatchObject({ problem: { status, body: { error: code } } });
  expect("problem" in read && read.problem.body.reason).toContain("leave it out");
});

/** TABLE: text of an event cursor → status and code. */
const eventTexts: [what: string, text: string, status: number, code: string][] = [
  ["no version", raw({ pid: "x" }), 400, "cursor_invalid_legacy"],
  ["another session", raw({ ...goodEvent, sid: "s-2", rcv: 5000 }), 400, "cursor_invalid_malformed"],
  ["another project", raw({ ...goodEvent, pid: "other", rcv: 5000 }), 400, "cursor_invalid_malformed"],
  ["ingest number 0", raw({ ...goodEvent, rcv: 5000, ing: 0 }), 400, "cursor_invalid_malformed"],
  ["a sequence number that is null", raw({ ...goodEvent, rcv: 5000, seq: null }), 400, "cursor_invalid_malformed"],
  ["a cursor of sessions", raw(good), 400, "cursor_invalid_malformed"],
  ["what was removed", raw({ ...goodEvent, rcv: 999 }), 410, "cursor_expired"],
  ["a number not given yet: the store was emptied", raw({ ...goodEvent, rcv: 5000, ing: 101 }), 410, "cursor_expired"],
];

test.each(eventTexts)("events: %s", (_, text, status, code) => {
  const read = readEventCursor({ ...scope, keptSinceMs: 1000, newestIngest: 100 }, text);
  expect(read).toMatchObject({ problem: { status, body: { error: code } } });
});

test("10 000 damaged cursors are read or refused, never thrown at the reader", () => {
  const random = seeded(11);
  const texts = [writeSessionCursor(scope, sessionPlace), writeEventCursor(scope, eventPlace)];
  let refused = 0;
  for (let round = 0; round < 10_000; round++) {
    const letters = [...(texts[round % 2] ?? "")];
    for (let change = 0; change <= random(3); change++) {
      letters[random(letters.length)] = String.fromCharCode(random(2) === 0 ? 33 + random(94) : random(65_536));
    }
    const text = letters.join("");
    for (const read of [readSessionCursor(scope, text), readEventCursor(scope, text)]) {
      if ("problem" in read) refused++;
      else expect(Object.values(read.after).some((value) => typeof value === "number")).toBe(true);
    }
  }
  expect(refused).toBeGreaterThan(10_000);
});

test.each([
  [undefined, 100],
  [null, 100],
  ["1", 1],
  ["1000", 1000],
  ["1001", "limit_invalid"],
  ["0", "limit_invalid"],
  ["-1", "limit_invalid"],
  ["1e2", "limit_invalid"],
  ["", "limit_invalid"],
  ["ten", "limit_invalid"],
])("limit %s", (text, result) => {
  const read = readLimit("limit", text);
  expect("limit" in read ? read.limit : read.problem.error).toBe(result);
  const events = readLimit("events_limit", text);
  expect("limit" in events ? events.limit : events.problem.error).toBe(
    typeof result === "string" ? `events_${result}` : result,
  );
});
