// Are the figures on an incident's page those of the windows and events, also where some are missing or a clock is wrong?
import type { PipelineWindow } from "@gst-pyroscope/contract/window";
import type { EventView } from "@gst-pyroscope/contract/wire";
import { describe, expect, test } from "vitest";
import {
  bufferLine,
  machinesIn,
  overlaps,
  playerFacts,
  publishedIn,
  publishedLines,
  queueBefore,
} from "../../src/ui/incident-figures.js";
import { at, STALLED, windowAt } from "../browser/incident-fixtures.js";

const sink = (media_ms: number | null) => ({ path: "live/sink", buffers: 1, media_ms });
const seconds = (ms: number): number => (STALLED + ms) / 1000;

describe("published", () => {
  const cases: [string, PipelineWindow["sinks"], number | null][] = [
    ["is media by time", [sink(1480)], 0.74],
    ["is that of the slowest sink", [sink(2000), sink(500)], 0.25],
    ["leaves out sinks that do not tell", [sink(null), sink(1000)], 0.5],
    ["is not known when none tells", [sink(null)], null],
    ["is not known without sinks", [], null],
    ["is limited: what had gathered comes at once", [sink(60_000)], 1.5],
    ["may be nothing", [sink(0)], 0],
  ];
  test.each(cases)("%s", (_, sinks, expected) => {
    expect(publishedIn(windowAt(0, 1, { sinks }))).toBe(expected);
  });

  test("of a window without length is not known", () => {
    expect(publishedIn(windowAt(0, 1, { to: at(0) }))).toBeNull();
  });

  test("is one line a pipeline, in order, up to the last window's end", () => {
    const other = windowAt(0, 0.5, { pipeline: "other" });
    const lines = publishedLines([windowAt(2000, 0.5), windowAt(0, 1), other, windowAt(4000, 1, { sinks: [] })]);
    expect(lines).toEqual([
      { name: "live", times: [seconds(0), seconds(2000), seconds(4000)], values: [1, 0.5, 0.5] },
      { name: "other", times: [seconds(0), seconds(2000)], values: [0.5, 0.5] },
    ]);
  });

  test("of a silent pipeline is a line without points", () => {
    expect(publishedLines([windowAt(0, 1, { sinks: [] })])).toEqual([{ name: "live", times: [], values: [] }]);
    expect(publishedLines([])).toEqual([]);
  });
});

test("a window belongs to a time that it shares more than an instant with", () => {
  const range = { from: STALLED, until: STALLED + 1000 };
  expect([-2000, -1999, 999, 1000].map((ms) => overlaps(windowAt(ms, 1), range))).toEqual([false, true, true, false]);
});

const eventAt = (ms: number, meta: EventView["meta"], clock = 0): EventView => ({
  ...{ event_name: "metrics_sampled", project_id: "demo", session_id: "viewer", sdk: { name: "x", version: "1" } },
  ...{ client_timestamp: at(ms + clock), server_received_at: at(ms + 30), ingest_sequence: 1 },
  ...{ correlation_id: "c", delivery_status: "accepted" },
  ...(meta === undefined ? {} : { meta }),
});

describe("a viewer's figures", () => {
  const range = { from: STALLED - 10_000, until: STALLED + 10_000 };

  test.each([0, 3_600_000, -3_600_000])("stand at the service's time, by a clock that is %d ms wrong", (clock) => {
    const line = bufferLine(
      "viewer",
      [eventAt(4000, { buffer_ms: 0 }, clock), eventAt(0, { buffer_ms: 2500 }, clock)],
      range,
    );
    expect(line.values).toEqual([2.5, 0]);
    expect(line.times.map((time) => Math.round(time * 1000) - STALLED)).toEqual([30, 4030]);
  });

  test("leave out what is not of this time, or no number", () => {
    const events = [eventAt(0, { buffer_ms: "full" }), eventAt(0, undefined), eventAt(60_000, { buffer_ms: 1 })];
    expect(bufferLine("viewer", events, range)).toEqual({ name: "viewer", times: [], values: [] });
    expect(bufferLine("viewer", [], range).times).toEqual([]);
  });

  test("tell the slowest load with the media in it, and the oldest playlist", () => {
    const events = [
      eventAt(0, { frag_load_ms: 31, frag_duration_ms: 2000, edge_age_ms: 1000 }),
      eventAt(1000, { frag_load_ms: 3900, frag_duration_ms: 1900, edge_age_ms: 7707 }),
      eventAt(2000, { frag_load_ms: 40 }),
    ];
    expect(playerFacts("v", events, range)).toEqual({ session: "v", load: { ms: 3900, media: 1900 }, edgeAge: 7707 });
    expect(playerFacts("v", [eventAt(0, {})], range)).toEqual({ session: "v", load: null, edgeAge: null });
  });
});

describe("the queue before an element", () => {
  test("is the nearest one upstream, past others that are none", () => {
    expect(queueBefore([windowAt(0, 0.5)], "live/enc")).toEqual({ path: "live/qenc", level: 8, capacity: 8 });
    expect(queueBefore([windowAt(0, 0.5)], "live/conv")).toEqual({ path: "live/qcap", level: 8, capacity: 8 });
  });

  test("has the middle one of its levels", () => {
    const all = [windowAt(0, 1), windowAt(2000, 0.5), windowAt(4000, 0.5)];
    expect(queueBefore(all, "live/enc")?.level).toBe(8);
    expect(queueBefore([...all, windowAt(6000, 1), windowAt(8000, 1)], "live/enc")?.level).toBe(0);
  });

  test("is not there before a source, for an element that nobody knows, or without windows", () => {
    expect(queueBefore([windowAt(0, 1)], "live/cam")).toBeNull();
    expect(queueBefore([windowAt(0, 1)], "live/nobody")).toBeNull();
    expect(queueBefore([], "live/enc")).toBeNull();
  });

  test("is not looked for forever where elements feed each other", () => {
    const round = windowAt(0, 1);
    for (const element of round.elements) element.queue = null;
    round.elements[0]?.feeds.push("live/cam");
    round.elements.at(-1)?.feeds.push("live/cam");
    expect(queueBefore([round], "live/enc")).toBeNull();
  });
});

test("a machine is as loaded as in its worst window, and what nobody measured is not known", () => {
  const machine = { load: 1, cpus: 2, steal: null, pressure: 0.1 };
  const all = [windowAt(0, 1, { machine }), windowAt(0, 1, { machine: { ...machine, load: 9, pressure: null } })];
  const other = windowAt(0, 1, { host: "b", machine: { ...machine, steal: 0.2 } });
  expect(machinesIn([...all, other])).toEqual([
    { name: "encoder-1", load: 9, cpus: 2, steal: null, pressure: 0.1 },
    { name: "b", load: 1, cpus: 2, steal: 0.2, pressure: 0.1 },
  ]);
});
