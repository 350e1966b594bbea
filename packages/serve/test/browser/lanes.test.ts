// Are a session's lanes right in length and order when batches come late, clocks are wrong and events come twice?
import type { EventView, Meta } from "@gst-pyroscope/contract/wire";
import { describe, expect, test } from "vitest";
import { type Lanes, lanesOf } from "../../src/ui/lanes.js";

const START = Date.parse("2026-04-28T12:00:00Z");
const timeOf = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

interface Lived {
  name: string;
  /** Seconds after the start, by a clock that is right. */
  at: number;
  /** Seconds on the way to the service. */
  late?: number;
  /** Seconds by which the viewer's clock is ahead. */
  ahead?: number;
  number?: number;
  meta?: Meta;
}

function view({ name, at, late = 0.2, ahead = 0, number, meta = {} }: Lived, index: number): EventView {
  return {
    ...{ event_name: name, project_id: "demo", session_id: "s", correlation_id: "c", meta },
    sdk: { name: "test", version: "1" },
    client_timestamp: timeOf(at + ahead),
    server_received_at: timeOf(at + late),
    ingest_sequence: index + 1,
    sequence_number: number ?? index,
    delivery_status: "accepted",
    ...(Math.abs(ahead - late) > 60 ? { time_skew_warning: true } : {}),
  };
}

const lanes = (lived: Lived[]): Lanes => lanesOf(lived.map(view), false, START);
/** Seconds after the start. */
const spansOf = ({ states }: Lanes): [string, number, number][] =>
  states.map(({ state, from, to }) => [state, rounded(from), rounded(to)]);
const rounded = (seconds: number): number => Math.round((seconds - START / 1000) * 10) / 10;

const viewing: Lived[] = [
  { name: "playback_started", at: 0 },
  { name: "rebuffer_started", at: 30 },
  { name: "rebuffer_ended", at: 42 },
  { name: "session_ended", at: 100 },
];
const expected = [
  ["playing", 0.2, 30.2],
  ["stalled", 30.2, 42.2],
  ["playing", 42.2, 100.2],
  ["ended", 100.2, 100.2],
];
const withLate = (...late: number[]): Lived[] => viewing.map((one, index) => ({ ...one, late: late[index] ?? 0.2 }));

describe("lanes", () => {
  test("of a session on time lie where the service's clock saw them", () => {
    expect(spansOf(lanes(viewing))).toEqual(expected);
  });

  test.each([
    ["ahead by 5 minutes", 300],
    ["behind by 3 hours", -10_800],
    ["ahead by 55 s, which is below the warning's limit", 55],
  ])("with the viewer's clock %s are the same", (_, ahead) => {
    expect(spansOf(lanes(viewing.map((one) => ({ ...one, ahead }))))).toEqual(expected);
  });

  test("with a batch that came 90 s late, mixed with events on time, are the same", () => {
    expect(spansOf(lanes(withLate(0.2, 90, 78, 0.2)))).toEqual(expected);
  });

  test("with the first batch late and a wrong clock are the same", () => {
    const both = withLate(75, 90, 78, 0.2).map((one) => ({ ...one, ahead: -58 }));
    expect(spansOf(lanes(both))).toEqual(expected);
  });

  test("of which all came late keep their lengths; the least late one is the measure", () => {
    const { stalls, states } = lanes(withLate(130, 100, 88, 61));
    expect([stalls.count, Math.round(stalls.seconds)]).toEqual([1, 12]);
    expect(states.map(({ state }) => state)).toEqual(["playing", "stalled", "playing", "ended"]);
  });

  test("put one event of a clock that is wrong by years beside those that came with it", () => {
    const strange = { name: "metrics_sampled", at: 50, meta: { buffer_ms: 1000 } };
    for (const ahead of [-200_000_000, 200_000_000]) {
      const found = lanes([...viewing, { ...strange, ahead, number: 9 }]);
      expect(spansOf(found)).toEqual(expected);
      expect(found.buffer.times.map(rounded)).toEqual([50.2]);
    }
  });

  test("go on where they were when the viewer's clock is set by hours in between", () => {
    const set = viewing.map((one, index) => ({ ...one, ahead: index < 2 ? 0 : 7200 }));
    expect(spansOf(lanes(set))).toEqual(expected);
  });

  test("draw and count an event that was sent twice once", () => {
    const [started, stalled, resumed, ended] = viewing as [Lived, Lived, Lived, Lived];
    const error = { name: "playback_error", at: 42, number: 7 };
    const twice = [started, stalled, { ...resumed, at: 30.0 }, error, ended];
    const again = [
      { ...stalled, number: 1, late: 95 },
      { ...error, late: 95 },
    ];
    const found = lanes([...twice, ...again]);
    expect(spansOf(found)).toEqual([
      ["playing", 0.2, 30.2],
      ["playing", 30.2, 100.2],
      ["ended", 100.2, 100.2],
    ]);
    expect([found.errors, found.stalls.count]).toEqual([1, 0]);
  });

  test("keep both of two events that only share their number: a page opened again counts from zero", () => {
    const errors = [
      { name: "playback_error", at: 10, number: 3 },
      { name: "playback_error", at: 20, number: 3 },
    ];
    expect(lanes([...viewing, ...errors]).errors).toBe(2);
  });

  test("keep the order of the numbers where times are equal", () => {
    const [started, , , ended] = viewing as [Lived, Lived, Lived, Lived];
    const found = lanes([
      started,
      { name: "rebuffer_ended", at: 30, number: 8 },
      { name: "rebuffer_started", at: 30, number: 7 },
      ended,
    ]);
    expect(spansOf(found).map(([state]) => state)).not.toContain("stalled");
  });
});
