// Are durations, ranges and fields of events written as a person reads them, without what repeats?
import type { EventView, Meta } from "@gst-pyroscope/contract/wire";
import { describe, expect, test } from "vitest";
import { shownFields } from "../../src/ui/event-fields.js";
import { durationText, instantText, rangeText, timeText } from "../../src/ui/format.js";

const MINUTE = 60_000;

test.each([
  [0, "0 ms"],
  [9949, "9.9 s"],
  [9960, "10 s"],
  [59_700, "1 min"],
  [119_700, "2 min"],
  [90 * MINUTE, "1 h 30 min"],
  [60 * MINUTE, "1 h"],
  [24 * 60 * MINUTE, "24 h"],
  [168 * 60 * MINUTE, "7 d"],
  [51 * 60 * MINUTE, "2 d 3 h"],
])("%d ms are %s", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test("a range of one value is one number", () => {
  expect(rangeText(0.28, 0.32, "Mbit/s")).toBe("0.3 Mbit/s");
  expect(rangeText(0.28, 0.4, "Mbit/s")).toBe("0.3 to 0.4 Mbit/s");
});

describe("of an event's fields", () => {
  const fields = (event_name: string, meta: Meta, brief = false): Record<string, string> =>
    Object.fromEntries(shownFields({ event_name, meta } as EventView, { brief, stream: "demo" }));

  test("instants are times of the clock, with milliseconds", () => {
    const at = 1_796_036_514_870;
    expect(instantText(at)).toBe(`${timeText(at)}.870`);
    const shown = { playing_date: instantText(at), frag_date_2: instantText(at), frag_sn: "7" };
    expect(fields("rebuffer_started", { playing_date: at, frag_date_2: at, frag_sn: 7 })).toEqual(shown);
    expect(fields("x", { playing_date: "soon" })).toEqual({ playing_date: "soon" });
  });

  test("those that repeat the heading or the event's name are left out, and no others", () => {
    const network = { "network.kind": "segment", "network.detail_status": "available" };
    expect(fields("segment_loaded", { stream_id: "demo", ...network })).toEqual({});
    const other = {
      stream_id: "other",
      "network.kind": "segment",
      "network.detail_status": "network_detail_unsupported",
    };
    expect(fields("playback_error", other)).toEqual(other);
    expect(fields("segment_loaded", { ...network, level: 1, frag_bytes: 5 }, true)).toEqual({ frag_bytes: "5" });
  });
});
