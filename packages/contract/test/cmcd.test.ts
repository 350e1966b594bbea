// Do the reports of a CMCD player become the events that its viewer lived through?
// SPDX-License-Identifier: MPL-2.0
import { describe, expect, test } from "vitest";
import { mapCmcd } from "../src/cmcd/map.js";
import { newCmcdSession } from "../src/cmcd/session.js";
import type { CmcdRecord } from "../src/cmcd/values.js";
import { context, mapAll, names, report } from "./helpers/cmcd-player.js";

const states = (text: string, more: Record<number, Record<string, unknown>> = {}): CmcdRecord[] =>
  [...text].map((sta, index) => report(index, { sta, ...more[index] }));

/** TABLE: states, one a second → events. */
const courses: [what: string, states: string, events: string[]][] = [
  ["a start", "sp", ["playback_requested", "playback_started", "startup_time_measured"]],
  ["a preloaded start", "dsp", ["preload_started", "playback_requested", "playback_started", "startup_time_measured"]],
  [
    "waiting while it starts is no stall",
    "srp",
    ["playback_requested", "cmcd_event", "playback_started", "startup_time_measured"],
  ],
  ["joined in the middle", "p", ["playback_started"]],
  ["a stall", "prp", ["playback_started", "rebuffer_started", "rebuffer_ended"]],
  ["a stall is the first word", "rp", ["rebuffer_started", "rebuffer_ended"]],
  ["a jump over a gap", "prkp", ["playback_started", "rebuffer_started", "rebuffer_nudged", "rebuffer_ended"]],
  [
    "two jumps over a gap",
    "prkrkp",
    ["playback_started", "rebuffer_started", "rebuffer_nudged", "cmcd_event", "rebuffer_nudged", "rebuffer_ended"],
  ],
  ["a seek", "pkp", ["playback_started", "seek_started", "seek_ended"]],
  ["a seek that waits is no stall", "pkrp", ["playback_started", "seek_started", "cmcd_event", "seek_ended"]],
  [
    "a stall after a seek",
    "pkprp",
    ["playback_started", "seek_started", "seek_ended", "rebuffer_started", "rebuffer_ended"],
  ],
  ["a pause", "pap", ["playback_started", "playback_paused", "playback_resumed"]],
  ["a stall ended by a pause", "pra", ["playback_started", "rebuffer_started", "rebuffer_ended", "playback_paused"]],
  ["the end", "pe", ["playback_started", "playback_ended"]],
  [
    "a stall that becomes an error",
    "prf",
    ["playback_started", "rebuffer_started", "rebuffer_ended", "playback_error"],
  ],
  ["quit", "pq", ["playback_started", "session_ended"]],
  ["quit while it seeks", "pkq", ["playback_started", "seek_started", "seek_ended", "session_ended"]],
  ["the same state twice", "pp", ["playback_started", "cmcd_event"]],
  ["states that nobody knows", "pwx", ["playback_started", "cmcd_event", "cmcd_event"]],
];

describe("states:", () => {
  test.each(courses)("%s: %s", (_, course, events) => {
    expect(names(mapAll(states(course)))).toEqual(events);
  });

  test("a stall has its duration, and how often the player jumped", () => {
    expect(mapAll(states("prkrp")).at(-1)?.meta).toMatchObject({ duration_ms: 3000, nudges: 1 });
    expect(mapAll(states("pra"))[2]?.meta).toMatchObject({ duration_ms: 1000, ended_by: "pause" });
  });

  test("the player's own measure of a stall and of its start is taken", () => {
    expect(mapAll(states("prp", { 2: { bsd: [120, 870] } })).at(-1)?.meta).toMatchObject({ duration_ms: 870 });
    expect(mapAll(states("sp", { 1: { msd: 432 } })).at(-1)?.meta).toMatchObject({ duration_ms: 432 });
    expect(names(mapAll(states("spp", { 1: { msd: 432 }, 2: { msd: 432 } })))).toHaveLength(4);
  });

  test("a seek long after the stall began, or far, is the viewer's", () => {
    const soon = [report(0, { sta: "p" }), report(1, { sta: "r" }), report(12, { sta: "k" }), report(13, { sta: "p" })];
    expect(names(mapAll(soon)).slice(1)).toEqual(["rebuffer_started", "rebuffer_ended", "seek_started", "seek_ended"]);
    const far = mapAll(states("prk", { 1: { pt: 10_000 }, 2: { pt: 60_000 } }));
    expect(names(far).slice(1)).toEqual(["rebuffer_started", "rebuffer_ended", "seek_started"]);
    const near = mapAll(states("prk", { 1: { pt: 10_000 }, 2: { pt: 10_200 } }));
    expect(names(near).slice(1)).toEqual(["rebuffer_started", "rebuffer_nudged"]);
  });

  test("what the caller keeps is not changed by the next report", () => {
    const session = newCmcdSession();
    mapCmcd(report(1, { sta: "r" }), session, context);
    expect(session).toEqual(newCmcdSession());
  });
});

describe("order:", () => {
  test("only the first event of a report has its number", () => {
    const numbers = mapAll(states("sp")).map(({ event_name, sequence_number }) => [event_name, sequence_number]);
    expect(numbers).toEqual([
      ["playback_requested", 0],
      ["playback_started", 1],
      ["startup_time_measured", undefined],
    ]);
  });

  test("a stall whose end came first is told whole", () => {
    const [first, stall, end] = states("prp");
    const events = mapAll([first, end, stall].map((record) => record ?? {}));
    expect(names(events)).toEqual(["playback_started", "cmcd_event", "rebuffer_started", "rebuffer_ended"]);
  });

  test("what comes late changes no state, and is kept", () => {
    const [first, pause, play] = states("pap");
    const events = mapAll([first, play, pause].map((record) => record ?? {}));
    expect(names(events)).toEqual(["playback_started", "cmcd_event", "cmcd_event"]);
    expect(events.at(-1)?.meta).toMatchObject({ late: true, cmcd_sta: "a" });
  });

  test("numbers that begin anew are no duplicates", () => {
    const again = [report(0, { sta: "p" }), report(1, { sta: "a" }), { ...report(5, { sta: "p" }), sn: 0 }];
    const events = mapAll(again);
    expect(names(events)).toEqual(["playback_started", "playback_paused", "playback_resumed"]);
    expect(events[2]).toMatchObject({ meta: { cmcd_sn: 0 } });
    expect(events[2]).not.toHaveProperty("sequence_number");
  });

  test("an answer, whose time is that of its request, moves no state back", () => {
    const answer = { ...report(2, { e: "rr", sta: "r", rc: 200 }), ts: report(-20, {}).ts };
    const events = mapAll([report(0, { sta: "p" }), report(1, { sta: "r" }), answer, report(3, { sta: "p" })]);
    expect(names(events)).toEqual(["playback_started", "rebuffer_started", "segment_loaded", "rebuffer_ended"]);
    expect(events.at(-1)).toMatchObject({ sequence_number: 3, meta: { duration_ms: 2000 } });
    expect(names(mapAll([report(0, { sta: "p" }), { ...answer, sn: 1 }]))[1]).toBe("rebuffer_started");
  });

  test("a time that cannot be is replaced by ours", () => {
    for (const ts of [-1, 1e300, Number.NaN, "soon", undefined]) {
      const [event] = mapAll([report(0, { sta: "p", ts })]);
      expect(event?.client_timestamp).toBe(new Date(context.receivedMs).toISOString());
    }
  });
});

/** TABLE: report → first event and what its meta has. */
const kinds: [what: string, record: Record<string, unknown>, name: string, meta: Record<string, unknown>][] = [
  ["a bitrate", { e: "bc", br: [4000, 128] }, "bitrate_switch", { bitrate: 4_128_000 }],
  [
    "a sample",
    { e: "t", bl: [6500, 4200], ltc: 8400, mtp: [12_000] },
    "metrics_sampled",
    { buffer_ms: 4200, live_latency_ms: 8400, cmcd_mtp: 12_000 },
  ],
  ["an error", { e: "e", ec: ["a", "b"] }, "playback_error", { error_code: "a,b", fatal: false }],
  [
    "a segment",
    { e: "rr", rc: 200, ttfb: 12, ttlb: 31, url: "https://h/a.ts?CMCD=x", ot: "v" },
    "segment_loaded",
    {
      frag_load_ms: 31,
      cmcd_ttfb: 12,
      cmcd_rc: 200,
      "network.redacted_url": "https://h/a.ts",
      "network.kind": "segment",
    },
  ],
  ["a manifest", { e: "rr", rc: 200, ot: "m" }, "manifest_loaded", { "network.kind": "manifest" }],
  ["no answer", { e: "rr", rc: 0 }, "segment_failed", { cmcd_rc: 0 }],
  ["not found", { e: "rr", rc: 404 }, "segment_failed", { cmcd_rc: 404 }],
  ["a rate", { e: "pr", pr: 1.02 }, "playback_rate_changed", { cmcd_pr: 1.02 }],
  ["muted", { e: "m" }, "cmcd_event", { cmcd_e: "m" }],
  ["an event of the page", { e: "ce", cen: "lap" }, "cmcd_event", { cmcd_cen: "lap" }],
  ["an event of tomorrow", { e: "zz", "x-y": ["a", 1] }, "cmcd_event", { cmcd_e: "zz", "cmcd_x-y": "a,1" }],
  ["the stream", { e: "t", cid: "demo" }, "metrics_sampled", { stream_id: "demo" }],
  [
    "our keys",
    {
      e: "t",
      "com.gstpyroscope-pdt": 1_777_000_000_123,
      "com.gstpyroscope-edge-age": 40,
      "com.gstpyroscope-latency": 7,
      "com.gstpyroscope-frag-load": 8,
      "com.gstpyroscope-frag-bytes": 9,
    },
    "metrics_sampled",
    { playing_date: 1_777_000_000_123, edge_age_ms: 40, live_latency_ms: 7, frag_load_ms: 8, frag_bytes: 9 },
  ],
  [
    "a date as text",
    { e: "t", "com.gstpyroscope-pdt": "1970-01-01T00:00:01Z" },
    "metrics_sampled",
    { playing_date: 1000 },
  ],
  ["a date as date", { e: "t", "com.gstpyroscope-pdt": new Date(1000) }, "metrics_sampled", { playing_date: 1000 }],
  [
    "our key with nonsense",
    { e: "t", "com.gstpyroscope-pdt": true, "com.gstpyroscope-new": 1 },
    "metrics_sampled",
    { "cmcd_com.gstpyroscope-pdt": true, "cmcd_com.gstpyroscope-new": 1 },
  ],
  [
    "tokens and items",
    { e: { description: "t" }, st: Symbol.for("l"), bl: [{ value: 900, params: { v: true } }] },
    "metrics_sampled",
    { cmcd_st: "l", buffer_ms: 900 },
  ],
];

test.each(kinds)("kind: %s", (_, record, name, meta) => {
  const [event] = mapAll([report(0, record)]);
  expect(event).toMatchObject({ event_name: name, sdk: { name: "cmcd", version: "2" }, session_id: "s" });
  expect(event?.meta).toMatchObject(meta);
});

test("addresses of what comes next and copies of headers are left out", () => {
  const meta = mapAll([report(0, { e: "t", nor: ["a?token=1"], nrr: "0-9", cmsdd: "x", cmsds: "x", smrt: "x" })])[0]
    ?.meta;
  expect(meta).toEqual({ cmcd_e: "t", cmcd_v: 2 });
});
