// Do pauses, failures and samples end “playing”, and is what a CMCD player tells of its buffer in a stall left out?
import type { EventView, Meta } from "@gst-pyroscope/contract/wire";
import { describe, expect, test } from "vitest";
import { lanesOf } from "../../src/ui/lanes.js";

const START = Date.parse("2026-04-28T12:00:00Z");
const timeOf = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

type Lived = [at: number, name: string, meta?: Meta];

function view([at, event_name, meta = {}]: Lived, index: number, sdk: string): EventView {
  return {
    ...{ event_name, project_id: "demo", session_id: "s", correlation_id: "c", meta, sdk: { name: sdk, version: "1" } },
    ...{ client_timestamp: timeOf(at), server_received_at: timeOf(at), delivery_status: "accepted" },
    ...{ ingest_sequence: index + 1, sequence_number: index },
  };
}

const lanes = (lived: Lived[], sdk = "test") =>
  lanesOf(
    lived.map((one, index) => view(one, index, sdk)),
    false,
    START,
  );
const states = (...lived: Lived[]): string[] =>
  lanes([[0, "playback_started"], ...lived, [99, "bitrate_switch"]]).states.map(
    ({ state, from }) => `${state} ${from - START / 1000}`,
  );
const sample = (at: number, player_state: string): Lived => [at, "metrics_sampled", { player_state }];
const fatal = (at: number): Lived => [at, "playback_error", { fatal: true }];
const cmcd = (at: number, name: string, cmcd_sta: string): Lived => [at, name, { cmcd_sta }];

describe("“playing” ends", () => {
  test.each<[string, Lived[], string[]]>([
    ["with a sample of a paused video", [sample(10, "paused")], ["playing 0", "paused 10"]],
    ["with a fatal error", [fatal(10)], ["playing 0", "failed 10"]],
    ["not with another error", [[10, "playback_error", { fatal: false }]], ["playing 0"]],
    [
      "when the source is lost, until the picture is there again",
      [[10, "playback_paused"], fatal(11), [16, "playback_resumed"], [16, "rebuffer_started"], [18, "rebuffer_ended"]],
      ["playing 0", "paused 10", "failed 11", "stalled 16", "playing 18"],
    ],
    [
      "when the source is lost in a stall",
      [
        [10, "rebuffer_started"],
        [12, "rebuffer_ended", { ended_by: "emptied" }],
      ],
      ["playing 0", "stalled 10", "paused 12"],
    ],
    [
      "with a fatal error, which a sample of the picture that stands does not hide, and comes again with one that plays",
      [fatal(10), sample(20, "paused"), sample(30, "playing")],
      ["playing 0", "failed 10", "playing 30"],
    ],
    [
      "not with a jump of a paused video, when that is over",
      [
        [10, "playback_paused"],
        [11, "seek_started"],
        [12, "seek_ended"],
      ],
      ["playing 0", "paused 10", "seeking 11", "paused 12"],
    ],
    [
      "with a fatal state by CMCD, and comes again",
      [[10, "playback_error", { fatal: true, cmcd_sta: "f" }], cmcd(15, "metrics_sampled", "p")],
      ["playing 0", "failed 10", "playing 15"],
    ],
    [
      "and a jump of a paused video that plays then, by CMCD",
      [[10, "playback_paused"], cmcd(11, "seek_started", "k"), cmcd(12, "seek_ended", "p")],
      ["playing 0", "paused 10", "seeking 11", "playing 12"],
    ],
  ])("%s", (_, lived, expected) => {
    expect(states(...lived)).toEqual(expected);
  });

  test("not in the middle of a stall with a sample: that is one stall", () => {
    const lived: Lived[] = [[10, "rebuffer_started"], sample(12, "playing"), [15, "rebuffer_ended"]];
    expect(states(...lived)).toEqual(["playing 0", "stalled 10", "playing 15"]);
  });
});

describe("the line of the buffer", () => {
  const buffer = (at: number, name: string, buffer_ms: number): Lived => [at, name, { buffer_ms }];
  const lived = [
    buffer(0, "playback_started", 5000),
    buffer(10, "rebuffer_started", 4000),
    buffer(12, "metrics_sampled", 3000),
    buffer(15, "rebuffer_ended", 1000),
  ];

  test("of a CMCD player has a gap in stalls, and says it", () => {
    const { buffer, bufferHasGaps } = lanes(lived, "cmcd");
    expect(buffer.values).toEqual([5, null, 1]);
    expect(bufferHasGaps).toBe(true);
    expect(lanes(lived.slice(0, 1), "cmcd").bufferHasGaps).toBe(false);
  });

  test("of the SDK has what was measured", () => {
    const { buffer, bufferHasGaps } = lanes(lived);
    expect(buffer.values).toEqual([5, 4, 3, 1]);
    expect(bufferHasGaps).toBe(false);
  });
});
