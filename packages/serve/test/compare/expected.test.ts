// Which events does the comparison expect by a page's log? It is proved on logs whose answer a reader can check, and on wrong stores.
import { describe, expect, test, vi } from "vitest";
import * as compare from "../../../../scripts/browser-e2e/compare.mjs";
import * as expected from "../../../../scripts/browser-e2e/expected.mjs";

const entry = (what: string, at: number, more: object = {}) => ({ what, at, ...more });
const start = [
  ...[entry("play", 0), entry("waiting", 1), entry("seeking", 500, { seeking: true })],
  ...[entry("seeked", 900), entry("loadeddata", 1000, { paused: false }), entry("playing", 1001)],
];

describe("stalls", () => {
  const log = (...waits: [number, number][]) => [
    ...start,
    ...waits.flatMap(([from, to]) => [entry("waiting", from), entry("playing", to)]),
  ];

  test.each([
    ["a wait before the first picture is none", log(), []],
    ["99 ms are none, 100 ms are", log([2000, 2099], [3000, 3100]), [[3000, 3100]]],
    ["two that are 250 ms apart are one", log([2000, 2200], [2450, 2500]), [[2000, 2500]]],
    ["251 ms apart they are two", log([2000, 2200], [2451, 2600]), [[2000, 2200], [2451, 2600]]], // biome-ignore format: a table
  ])("%s", (_, entries, stalls) => {
    expect(expected.stallsOf(entries).map(({ from, to }: { from: number; to: number }) => [from, to])).toEqual(stalls);
  });
});

test("what the SDK tells: a start, a pause, a jump of the viewer, a jump of the player, each segment once", () => {
  const frag = (at: number) => entry("FRAG_LOADED", at, { sn: 7, level: 0 });
  const told = expected.toldBySdk([
    ...[frag(800), ...start, frag(1500), entry("pause", 2000), entry("play", 3000), entry("playing", 3001)],
    ...[entry("seeking", 4000), entry("seeked", 4100), entry("ERROR", 5000, { details: "bufferNudgeOnStall" })],
    ...[entry("seeking", 5001), entry("seeked", 5002), entry("ERROR", 6000, { details: "fragLoadError" })],
  ]);
  expect(told).toEqual([
    ...["segment_loaded 7 level 0", "playback_started", "startup_time_measured", "playback_paused", "playback_resumed"],
    ...["seek_started", "seek_ended", "rebuffer_nudged", "playback_error fragLoadError"],
  ]);
  expect(expected.startupMs(start)).toBe(1000);
});

test("what CMCD tells of the same: states, and bitrates that differ from the one before", () => {
  const switching = (at: number, bitrate: number) => entry("LEVEL_SWITCHING", at, { bitrate });
  const told = expected.toldByCmcd([
    ...[switching(10, 8), ...start, switching(1100, 8), switching(1200, 9), entry("waiting", 2000)],
    ...[entry("FRAG_LOADED", 2500), entry("playing", 3000), entry("pause", 4000), entry("playing", 5000)],
    ...[entry("seeking", 6000), entry("waiting", 6001), entry("playing", 6500)],
    ...[entry("waiting", 7000), entry("seeking", 7500), entry("waiting", 7501), entry("playing", 8000)],
  ]);
  expect(told).toEqual([
    ...["bitrate_switch 8", "playback_requested", "playback_started", "startup_time_measured", "bitrate_switch 9"],
    ...["rebuffer_started", "segment_loaded", "rebuffer_ended", "playback_paused", "playback_resumed"],
    ...["seek_started", "seek_ended", "rebuffer_started", "rebuffer_nudged", "rebuffer_ended"],
  ]);
});

describe("a store that differs is found", () => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  const fails = (look: (outcome: InstanceType<typeof compare.Outcome>) => void): number => {
    const outcome = new compare.Outcome();
    look(outcome);
    return outcome.failed;
  };

  test.each([
    ["an event too few", ["a", "b"]],
    ["one too many", ["a", "b", "c", "d"]],
    ["another order", ["a", "c", "b"]],
  ])("%s", (_, told) => {
    expect(fails((outcome) => outcome.same("x", told, ["a", "b", "c"]))).toBe(1);
    expect(fails((outcome) => outcome.same("x", ["a", "b", "c"], ["a", "b", "c"]))).toBe(0);
  });

  test("a time that is missing, or further away than it may be", () => {
    for (const [pairs, failed] of [[[[10, 15]], 0], [[[10, 16]], 1], [[[undefined, 15]], 1]] as const) // biome-ignore format: a table
      expect(fails((outcome) => outcome.near("x", pairs, 5))).toBe(failed);
  });

  test("program time that is two seconds late, or that no picture shows", () => {
    const picture = (late: number) => ({ left: 1000, media: 1, written: 1000 + late, player: 1000 + late });
    const look = (pictures: object[]) => (outcome: InstanceType<typeof compare.Outcome>) =>
      compare.compareProgramTime("x", { seen: { pictures }, events: [] }, [5000, 6000], outcome);
    expect([[picture(300)], [picture(2034)], []].map((pictures) => fails(look(pictures)))).toEqual([0, 2, 2]);
  });
});
