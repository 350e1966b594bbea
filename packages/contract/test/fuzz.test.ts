// Does anything that a stranger may send make the contract throw, or keep what must not be kept?
// SPDX-License-Identifier: MPL-2.0
import { decodeCmcd } from "@svta/cml-cmcd";
import { describe, expect, test } from "vitest";
import { mapCmcd } from "../src/cmcd/map.js";
import type { CmcdSession } from "../src/cmcd/session.js";
import type { CmcdRecord } from "../src/cmcd/values.js";
import { redactMeta } from "../src/redaction.js";
import { readTimestamp } from "../src/timestamps.js";
import { readTraceparent } from "../src/traceparent.js";
import { batch, boundary, check, event, type Json, seeded } from "./helpers/batches.js";
import { context } from "./helpers/cmcd-player.js";

const ROUNDS = 10_000;
const odd: unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, "", " ", "\0", "\ud800", "x".repeat(300), [], {}, [[]], { a: {} }],
  ...["demo", "1.0", "2026-04-28T12:00:00Z", "2026-02-30T00:00:00Z", "https://u:p@h/a?b#c", "://", "mailto:a@b", "%zz"],
];
const keys = [
  ...[
    "event_name",
    "project_id",
    "session_id",
    "client_timestamp",
    "client_time_origin",
    "sequence_number",
    "sdk",
    "meta",
  ],
  ...[
    "name",
    "version",
    "url",
    "network.kind",
    "network.redacted_url",
    "timing.x",
    "webrtc.x",
    "__proto__",
    "constructor",
    "toString",
    "",
  ],
  ...[
    "kind",
    "network_kind",
    "adapter",
    "reason",
    "schema_version",
    "events",
    "session_boundaries",
    "stream_id",
    "session_sample_rate",
  ],
];

/** Puts odd values in odd places. */
function mutated(json: unknown, random: (below: number) => number): unknown {
  if (random(6) === 0) return odd[random(odd.length)];
  if (Array.isArray(json)) return json.map((part) => mutated(part, random));
  if (typeof json !== "object" || json === null) return json;
  const entries = Object.entries(json).filter(() => random(12) > 0);
  if (random(3) === 0) entries.push([keys[random(keys.length)] ?? "", odd[random(odd.length)]]);
  return Object.fromEntries(entries.map(([key, value]) => [key, mutated(value, random)]));
}

test(`${ROUNDS} batches: an answer to each, and nothing that is kept could be redacted further`, () => {
  const random = seeded(1);
  const statuses = new Map<number, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const meta: Json = { stream_id: "demo", poster: "https://u:p@h/a?b", "network.kind": "segment", bitrate: 1 };
    const good = batch([event({ meta }), event()], { session_boundaries: [boundary()] });
    const json =
      random(5) === 0
        ? { ...good, events: [event({ meta: { [keys[random(keys.length)] ?? ""]: odd[random(odd.length)] } })] }
        : mutated(good, random);
    const answer = check(json);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    if (!("boundaries" in answer)) expect(answer.body.reason.length).toBeGreaterThan(10);
    else
      for (const { meta: kept } of answer.events) {
        expect(redactMeta(kept ?? {})).toEqual(kept ?? {});
        expect(JSON.stringify(kept)).not.toContain("u:p@");
      }
  }
  expect([...statuses.keys()].sort()).toEqual([202, 400, 401, 422]);
  expect(statuses.get(202)).toBeGreaterThan(200);
  expect(({} as Json).a).toBeUndefined();
});

describe(`${ROUNDS} CMCD reports`, () => {
  const kept = (record: CmcdRecord, session: CmcdSession | null, mode: "event" | "request"): CmcdSession | null => {
    const mapped = mapCmcd(record, session, { ...context, mode });
    if ("problem" in mapped) return session;
    expect(mapped.events.length).toBeGreaterThan(0);
    const answer = check(batch(mapped.events));
    expect("body" in answer ? answer.body.reason : "").toBe("");
    return mapped.session;
  };

  test("of any values become events that pass the checks", () => {
    const random = seeded(2);
    const names = [
      "e",
      "sta",
      "sn",
      "ts",
      "sid",
      "cid",
      "bl",
      "br",
      "bsd",
      "msd",
      "pt",
      "ec",
      "rc",
      "url",
      "ot",
      "bs",
      "v",
      "nor",
      "webrtc.x",
      "__proto__",
      "com.gstpyroscope-pdt",
    ];
    const values = [
      ...odd,
      "p",
      "r",
      "k",
      "a",
      "f",
      "ps",
      "rr",
      "e",
      "s",
      1,
      5,
      1_777_000_000_000,
      [1, "a"],
      new Date(Number.NaN),
      Symbol("x"),
      { value: 1 },
      { value: {} },
      () => 1,
      Number.NaN,
    ];
    let session: CmcdSession | null = null;
    for (let round = 0; round < ROUNDS; round++) {
      const chosen = names.filter(() => random(3) === 0).map((name) => [name, values[random(values.length)]]);
      session = kept({ sid: "s", ...Object.fromEntries(chosen) }, session, random(4) === 0 ? "request" : "event");
    }
    expect(session).not.toBeNull();
  });

  test("as lines with damage are decoded and mapped, or refused by the decoder", () => {
    const random = seeded(3);
    const line =
      'bl=(6500),br=(800),cid="demo",e=ps,mtp=(1200),sf=h,sid="6c0ae2b4",sn=5,sta=r,ts=1777000000371,v=2,com.gstpyroscope-pdt=@1777000000';
    let mapped = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const letters = [...line];
      for (let change = 0; change <= random(4); change++)
        letters[random(letters.length)] = String.fromCharCode(32 + random(95));
      let record: CmcdRecord;
      try {
        record = decodeCmcd(letters.join("")) as CmcdRecord;
      } catch {
        continue; // the service counts it
      }
      kept(record, null, "event");
      mapped++;
    }
    expect(mapped).toBeGreaterThan(ROUNDS / 10);
  });
});

/** TABLE: header → what is read. */
const headers: [header: string | undefined, result: unknown][] = [
  [undefined, "absent"],
  ["", "absent"],
  [`00-${"ab".repeat(16)}-${"cd".repeat(8)}-01`, { traceId: "ab".repeat(16), spanId: "cd".repeat(8), sampled: true }],
  [`00-${"ab".repeat(16)}-${"cd".repeat(8)}-00`, { traceId: "ab".repeat(16), spanId: "cd".repeat(8), sampled: false }],
  [` 00-${"ab".repeat(16)}-${"cd".repeat(8)}-03 `, { traceId: "ab".repeat(16), spanId: "cd".repeat(8), sampled: true }],
  [`00-${"AB".repeat(16)}-${"cd".repeat(8)}-01`, "invalid"],
  [`00-${"0".repeat(32)}-${"cd".repeat(8)}-01`, "invalid"],
  [`00-${"ab".repeat(16)}-${"0".repeat(16)}-01`, "invalid"],
  [`01-${"ab".repeat(16)}-${"cd".repeat(8)}-01`, "invalid"],
  [`ff-${"ab".repeat(16)}-${"cd".repeat(8)}-01`, "invalid"],
  [`00-${"ab".repeat(16)}-${"cd".repeat(8)}-01-more`, "invalid"],
  [`00-${"ab".repeat(15)}-${"cd".repeat(8)}-01`, "invalid"],
  ["garbage", "invalid"],
  ["\0", "invalid"],
];

test.each(headers)("traceparent %j", (header, result) => {
  expect(readTraceparent(header)).toEqual(result);
});

test.each([
  ["2026-04-28T12:00:00Z", Date.UTC(2026, 3, 28, 12)],
  ["2026-04-28t12:00:00z", Date.UTC(2026, 3, 28, 12)],
  ["2026-04-28T12:00:00.1+05:30", Date.UTC(2026, 3, 28, 6, 30, 0, 100)],
  ["2024-02-29T23:59:59.999-11:00", Date.UTC(2024, 2, 1, 10, 59, 59, 999)],
  ["2016-12-31T23:59:60.5Z", Date.UTC(2017, 0, 1) + 500],
  ["0001-01-01T00:00:00Z", Date.parse("0001-01-01T00:00:00Z")],
  ["0000-01-01T00:00:00Z", Date.parse("0000-01-01T00:00:00Z")],
  ["0000-01-01T00:00:00+14:00", null],
  ["9999-12-31T23:59:59.999Z", Date.parse("9999-12-31T23:59:59.999Z")],
  ["9999-12-31T23:59:59-14:00", null],
  ["9999-12-31T23:59:60Z", null],
  ["2023-02-29T00:00:00Z", null],
  ["2026-04-28 12:00:00Z", null],
  ["2026-04-28T24:00:00Z", null],
  ["2026-04-28", null],
  [5, null],
])("time %s", (text, milliseconds) => {
  expect(readTimestamp(text)).toBe(milliseconds);
});
