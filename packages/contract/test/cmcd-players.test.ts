// Are the reports of real players read as what happened, each error and each stall once?
// SPDX-License-Identifier: MPL-2.0
import { fromCmcdQuery } from "@svta/cml-cmcd";
import { describe, expect, test } from "vitest";
import { cmcdSessionId, mapCmcd } from "../src/cmcd/map.js";
import type { CmcdRecord } from "../src/cmcd/values.js";
import { batch, check } from "./helpers/batches.js";
import { context, decoded, mapAll, names, recordedPlayer, report, sid } from "./helpers/cmcd-player.js";

test("an error is counted once, whichever of state and event comes first", () => {
  const both = [
    report(0, { sta: "p" }),
    report(1, { sta: "f" }),
    { ...report(2, { e: "e", sta: "f", ec: ["x"] }), ts: report(1, {}).ts },
  ];
  expect(names(mapAll(both)).slice(1)).toEqual(["playback_error", "cmcd_error"]);
  const other = [
    report(0, { sta: "p" }),
    report(1, { e: "e", sta: "p", ec: ["x"] }),
    { ...report(2, { sta: "f" }), ts: report(1, {}).ts },
  ];
  expect(names(mapAll(other)).slice(1)).toEqual(["playback_error", "cmcd_error"]);
  const one = [report(0, { sta: "p" }), report(1, { e: "e", sta: "f", ec: ["x"] })];
  expect(mapAll(one).slice(1)).toMatchObject([
    { event_name: "playback_error", meta: { fatal: true, error_code: "x" } },
  ]);
  const later = [report(0, { e: "e", sta: "p", ec: ["x"] }), report(60, { e: "e", sta: "p", ec: ["y"] })];
  expect(names(mapAll(later)).filter((name) => name === "playback_error")).toHaveLength(2);
});

describe("addresses of requests:", () => {
  test("version 1: a starved buffer is a stall without a duration", () => {
    const events = mapAll(
      [
        { sid: "s", bs: true, bl: 0, br: 800, ot: "v", sn: 7 },
        { sid: "s", ot: "m" },
      ],
      "request",
    );
    expect(names(events)).toEqual(["rebuffer_started", "rebuffer_ended", "segment_requested", "manifest_requested"]);
    expect(events[2]).toMatchObject({
      sdk: { version: "1" },
      meta: { source: "request", bitrate: 800_000, cmcd_sn: 7 },
    });
    expect(events.filter((event) => "sequence_number" in event)).toEqual([]);
  });

  test("version 2: states are read from them, unless the player also sends events", () => {
    const requests = ["s", "p", "r", "p"].map((sta) => ({ sid: "s", sta, ot: "v", v: 2 }));
    const events = names(mapAll(requests, "request")).filter((name) => name !== "segment_requested");
    expect(events.slice(0, 2)).toEqual(["playback_requested", "playback_started"]);
    expect(events.slice(2)).toEqual(["rebuffer_started", "rebuffer_ended"]);
    const first = mapCmcd(report(0, { sta: "p" }), null, context);
    if ("problem" in first) throw new Error(first.problem);
    const second = mapCmcd({ sid: "s", sta: "r", ot: "v" }, first.session, { ...context, mode: "request" });
    expect("events" in second && names(second.events)).toEqual(["segment_requested"]);
  });
});

describe("as hls.js 1.7 sends them:", () => {
  test("a start, a stall with a jump, a switch, an error and a reload", () => {
    const player = recordedPlayer(["com.gstpyroscope-pdt"]);
    player.state("s");
    player.update({ mtp: [1234.5], bl: [6500], "com.gstpyroscope-pdt": 1_777_000_000_000 });
    for (const sta of ["p", "r", "k", "p"]) player.state(sta);
    player.event("bc", { br: [800.123], ot: "v" });
    player.response("http://127.0.0.1/hls/segment00007.ts?token=1");
    player.state("f");
    player.event("e", { ec: ["bufferStalledError"] });
    player.reload();
    player.state("s");
    player.stop();
    const records = decoded(player.bodies);
    const events = mapAll(records);
    expect(records.length).toBeGreaterThanOrEqual(8);
    expect(names(events).filter((name) => name !== "metrics_sampled")).toEqual([
      ...["playback_requested", "playback_started", "startup_time_measured", "rebuffer_started", "rebuffer_nudged"],
      ...["rebuffer_ended", "bitrate_switch", "segment_loaded", "playback_error", "cmcd_error", "playback_requested"],
    ]);
    expect(new Set(events.map(({ session_id }) => session_id))).toEqual(new Set([sid]));
    expect(events.find(({ event_name }) => event_name === "rebuffer_started")?.meta).toMatchObject({
      ...{ stream_id: "demo", buffer_ms: 6500, playing_date: 1_777_000_000_000, cmcd_mtp: 1200 },
    });
    expect(events.find(({ event_name }) => event_name === "segment_loaded")?.meta).toMatchObject({
      ...{ "network.redacted_url": "http://127.0.0.1/hls/segment00007.ts", frag_load_ms: 33 },
    });
    expect(check(batch(events)).status).toBe(202);
    const numbers = events.flatMap(({ sequence_number }) => sequence_number ?? []);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  test("the address of a segment request", () => {
    const player = recordedPlayer();
    const url = player.request("http://127.0.0.1/seg.ts", {
      ot: "v",
      d: 2000,
      bl: [2000],
      nor: ["seg2.ts?x=1"],
      bs: true,
    });
    player.stop();
    const events = mapAll([fromCmcdQuery(new URL(url).searchParams) as CmcdRecord], "request");
    expect(names(events)).toEqual(["rebuffer_started", "rebuffer_ended", "segment_requested"]);
    expect(JSON.stringify(events)).not.toContain("seg2");
    expect(check(batch(events)).status).toBe(202);
  });
});

test.each([
  ["text", { sid: "abc" }, "abc"],
  ["a number", { sid: 5 }, "5"],
  ["with control characters", { sid: " a\0b\n" }, "ab"],
  ["too long", { sid: "x".repeat(300) }, "x".repeat(256)],
  ["blank", { sid: " " }, null],
  ["none", {}, null],
  ["an object", { sid: {} }, null],
])("session id: %s", (_, record, id) => {
  expect(cmcdSessionId(record)).toBe(id);
  const mapped = mapCmcd(record, null, context);
  expect("problem" in mapped).toBe(id === null);
});
