// Does each span end, does none lie across another on one track, and are threads told apart by their numbers?
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PerfettoWriter, type Track, type TrackEvent } from "../../../../src/encoding/perfetto-writer.js";
import { type DrawnSpan, drawSpans, spansOf, tidsOf } from "../../../../src/export/perfetto/spans.js";
import { Tracks } from "../../../../src/export/perfetto/tracks.js";
import { sourceOf, writeExportCapture } from "../../../helpers/export-capture.js";
import { random } from "../../../helpers/sample-capture.js";

class Written extends PerfettoWriter {
  readonly events: TrackEvent[] = [];
  readonly tracks: Track[] = [];
  override track(track: Track): void {
    this.tracks.push(track);
    super.track(track);
  }
  override event(event: TrackEvent): void {
    this.events.push(event);
    super.event(event);
  }
}

const span = (fromNs: number, toNs: number, more: Partial<DrawnSpan> = {}): DrawnSpan => ({
  ...{ id: "1", parent: null, pad: 1, thread: "t", tid: 7, bytes: 1, flow: "ok", slow: false, trace: "ab" },
  ...{ fromNs, toNs },
  ...more,
});

function draw(spans: DrawnSpan[]): Written {
  const writer = new Written();
  const tracks = new Tracks(writer, { pid: 1, name: "p", command: "p" }, tidsOf(spans));
  for (const _ of drawSpans(spans, tracks, { pipelines: [], elements: [], pads: [] }));
  return writer;
}

/** On each track: what begins ends, the last one first, and time never goes back. */
function slices({ events }: Written): Map<number, [from: number, to: number][]> {
  const found = new Map<number, [number, number][]>();
  const open = new Map<number, number[]>();
  const inTime = events.map((event, i) => ({ event, i })).sort((a, b) => a.event.atNs - b.event.atNs || a.i - b.i);
  for (const { event } of inTime) {
    const stack = open.get(event.track) ?? [];
    open.set(event.track, stack);
    if (event.type === "begin") stack.push(event.atNs);
    else found.set(event.track, [...(found.get(event.track) ?? []), [stack.pop() ?? Number.NaN, event.atNs]]);
  }
  expect([...open.values()].flat()).toEqual([]);
  return found;
}

test("one in the other, and one after the other, are on the thread itself", () => {
  const written = draw([span(0, 100), span(10, 40), span(40, 60), span(100, 100), span(100, 120)]);
  expect(slices(written).size).toBe(1);
  expect([...slices(written).values()][0]?.sort(([a], [b]) => a - b)).toEqual([
    [0, 100],
    [10, 40],
    [40, 60],
    [100, 100],
    [100, 120],
  ]);
});

test("those that overlap have tracks of their own below it, with the times that they had", () => {
  const written = draw([span(0, 100), span(50, 150), span(60, 160), span(170, 180)]);
  expect([...slices(written).values()].flat().sort(([a], [b]) => a - b)).toEqual([
    [0, 100],
    [50, 150],
    [60, 160],
    [170, 180],
  ]);
  expect(written.tracks.filter(({ name }) => name?.startsWith("overlapping spans"))).toHaveLength(2);
});

test("whatever spans there are, each is drawn with its own time", () => {
  const next = random(3);
  const spans = Array.from({ length: 300 }, () => Math.floor(next() * 3000)).map((fromNs) =>
    span(fromNs, fromNs + Math.floor(next() * 20)),
  );
  spans.sort((a, b) => a.fromNs - b.fromNs || b.toNs - a.toNs);
  const drawn = [...slices(draw(spans)).values()].flat().map(String).sort();
  expect(drawn).toEqual(spans.map(({ fromNs, toNs }) => String([fromNs, toNs])).sort());
});

test("threads of one name with different numbers have different tracks; one that is alone has its number", () => {
  const spans = [span(0, 1), span(2, 3, { tid: 8 }), span(4, 5, { thread: "alone", tid: 9 })];
  expect(tidsOf(spans)).toEqual(new Map([["alone", 9]]));
  expect(
    draw(spans)
      .tracks.flatMap(({ thread }) => thread ?? [])
      .map(({ tid }) => tid),
  ).toEqual([7, 8, 9]);
});

test("more than are held are counted; lines that are none are left out", async () => {
  const { dir } = await writeExportCapture();
  appendFileSync(join(dir, "spans.ndjson"), "no span\n{}\n");
  const notes: string[] = [];
  const source = await sourceOf(dir, { note: (sentence) => notes.push(sentence) });
  expect((await spansOf(source)).map(({ fromNs }) => fromNs)).toEqual([1000, 2000, 5000]);
  expect(await spansOf(source, 2)).toHaveLength(2);
  expect(notes).toEqual([expect.stringContaining("more than 2 spans; 1 were left out")]);
});
