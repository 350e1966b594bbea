// Is each count and time booked on its own element, and does every kind of cell go where it belongs?
import { describe, expect, it } from "vitest";
import { ElementTable, isSummed } from "../../../src/analysis/elements.js";
import type { CellSnapshot } from "../../../src/model/batch.js";
import { ENDED_ID } from "../../../src/model/ended.js";
import type { Recording } from "../../../src/model/recording.js";
import { cellOf, histogramOf } from "../../helpers/cells.js";
import { elementAt, profilesOf, recordingOf, sampleAt } from "../../helpers/recordings.js";

const elements = [elementAt(1, "p/src"), elementAt(2, "p/q"), elementAt(3, "p/sink")];
/** Pads: of element n the sink pad is 10 n, the source pad 10 n + 1. */
const pads = elements.flatMap(({ id }) => [
  { id: 10 * id, element: id, name: "sink", direction: "sink" as const },
  { id: 10 * id + 1, element: id, name: "src", direction: "src" as const },
]);
const topology = { pipelines: ["p"], elements, pads };
const rows = (cells: CellSnapshot[], change: Partial<Recording> = {}) =>
  new ElementTable(recordingOf({ topology, cells, ...change })).summaries();
const row = (name: string, ...args: Parameters<typeof rows>) => {
  const found = rows(...args).find((e) => e.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

describe("a hop", () => {
  const hop = cellOf(20, [100, 200, 300], { peer: 11 });

  it("is in at the pad's element, out at the peer's, and a link between the two", () => {
    expect(row("src", [hop])).toMatchObject({ buffersIn: 0, buffersOut: 3, bytesOut: 300, feeds: ["p/q"], flow: {} });
    expect(row("q", [hop])).toMatchObject({ buffersIn: 3, bytesIn: 300, buffersOut: 0, feeds: [], flow: { ok: 3 } });
    expect(row("q", [hop])).toMatchObject({ inclusive: { count: 3, sumNs: 600 }, exclusive: { sumNs: 300 } });
  });

  it("that is pulled goes the other way", () => {
    const pull = { ...hop, kind: "pull" as const, pad: 11, peer: 20 };
    expect(row("src", [pull])).toMatchObject({ buffersOut: 3, feeds: ["p/q"], exclusive: { sumNs: 300 } });
    expect(row("q", [pull])).toMatchObject({ buffersIn: 3, exclusive: null });
  });

  it("leaves its cell as it was, alone and in a sum of three", () => {
    const cells = [hop, { ...hop, pad: 20, peer: 31 }, cellOf(20, [7], { peer: 11 })];
    const before = structuredClone(cells);
    expect(row("q", cells).inclusive).toMatchObject({ count: 7, sumNs: 1207, minNs: 7, maxNs: 300 });
    expect(cells).toEqual(before);
  });

  it("of two cells is their sum, and one link", () => {
    const [src, q] = [row("src", [hop, hop]), row("q", [hop, hop])];
    expect([src.buffersOut, src.feeds, q.buffersIn, q.exclusive?.sumNs]).toEqual([6, ["p/q"], 6, 600]);
  });

  it("that carried nothing is no link", () => {
    expect(row("src", [cellOf(20, [], { peer: 11 })]).feeds).toEqual([]);
  });
});

describe("cells beside the hops", () => {
  const of = (kind: CellSnapshot["kind"], pad: number, change: Partial<CellSnapshot> = {}) =>
    cellOf(pad, [200, 400], { kind, ...change });

  it("count no buffers", () => {
    for (const kind of ["driver", "queue", "event", "query", "latency", "reported", "link", "transit"] as const)
      expect(row("q", [of(kind, 20, { peer: 21 })]), kind).toMatchObject({ buffersIn: 0, buffersOut: 0 });
  });

  it("are the loop, the stay in a queue, the way through, each by its own time", () => {
    const q = row("q", [
      of("driver", 21),
      of("queue", 20, { level: 3, highestLevel: 7 }),
      of("transit", 99, { peer: 21 }),
    ]);
    expect(q.driver).toMatchObject({ count: 2, sumNs: 300 });
    expect(q.queueWait).toMatchObject({ count: 2, sumNs: 600 });
    expect(q.transit).toMatchObject({ count: 2, sumNs: 600 });
    expect(q.queueLevel).toEqual({ last: 0, highest: 7 });
    expect(row("q", [of("queue", 20, { level: 3 })], { complete: false }).queueLevel?.last).toBe(3);
  });

  it("of events, queries and links are calls, their time and the longest of them, of several pads together", () => {
    const q = row("q", [
      of("event", 20),
      of("event", 21, { exclusive: histogramOf([900]) }),
      of("query", 20),
      of("link", 21),
    ]);
    expect(q.events).toEqual({ count: 4, sumNs: 1200, maxNs: 900 });
    expect([q.queries, q.link]).toEqual(Array(2).fill({ count: 2, sumNs: 300, maxNs: 200 }));
  });

  it("of states are an element's, by the change", () => {
    const change = (from: number, to: number) => of("state", 2, { peer: 8 * from + to });
    expect(row("q", [change(1, 2), change(3, 4), change(3, 4)]).states).toEqual({
      "null-ready": { count: 2, sumNs: 300, maxNs: 200 },
      "paused-playing": { count: 4, sumNs: 600, maxNs: 200 },
    });
  });

  it("of what it says of itself keep the slowest pad, and no limit where one sets none", () => {
    const says = (bytes: number, level: number, highestLevel: number) =>
      of("reported", 21, { bytes, level, highestLevel });
    expect(row("q", [says(0, 5, 10), says(1, 3, 20)]).reported).toEqual({ live: true, minNs: 5, maxNs: 20 });
    expect(row("q", [says(0, 5, 10), says(0, 7, 2 ** 63)]).reported).toEqual({ live: false, minNs: 7, maxNs: null });
  });
});

describe("the time of an element", () => {
  it("is that of its functions, its loop, its events and its queries", () => {
    const cells = (["chain", "driver", "event", "query", "link"] as const).map((kind) => cellOf(20, [200], { kind }));
    expect(row("q", cells).wallNs).toBe(400);
    expect(row("src", []).wallNs).toBeNull();
  });

  it("on a CPU is that of its own code, its loop and its threads, each thread named once", () => {
    const samples = [
      ...[sampleAt("p/q", 1, { thread: "a" }), sampleAt("(driver:p/q)", 2, { thread: "a" })],
      ...[
        sampleAt("(worker:p/q)", 4, { thread: "b" }),
        sampleAt("(factory:x)", 8),
        sampleAt("", 16),
        sampleAt("p/q", 32),
      ],
    ];
    expect(row("q", [], { cpu: profilesOf(samples) })).toMatchObject({ cpuNs: 39, threads: ["a", "b"] });
  });

  it("goes to a row of its own where the topology does not know it", () => {
    const cpu = profilesOf([sampleAt("p/bin/lost\\/one", 7, { factory: "x264enc" })]);
    expect(row("lost/one", [], { cpu })).toMatchObject({ path: "p/bin/lost\\/one", factory: "x264enc", cpuNs: 7 });
  });
});

describe("rows", () => {
  const names = (...args: Parameters<typeof rows>) => rows(...args).map((e) => e.name);

  it("are all elements in the order of the topology, bins only where something was booked on them", () => {
    const bin = elementAt(4, "p/bin", { bin: true });
    const more = { topology: { ...topology, elements: [bin, ...elements] } };
    expect(names([], more)).toEqual(["src", "q", "sink"]);
    expect(names([], { ...more, cpu: profilesOf([sampleAt("p/bin", 1)]) })).toEqual(["bin", "src", "q", "sink"]);
  });

  it("are none of a pipeline's former name, nor of no pipeline, while nothing was booked on them", () => {
    const gone = [elementAt(5, "old/e"), elementAt(6, "e", { pipeline: "" })];
    const more = { topology: { ...topology, elements: [...gone, ...elements], renamed: ["old"] } };
    expect(names([], more)).toEqual(["src", "q", "sink"]);
    expect(names([], { ...more, cpu: profilesOf([sampleAt("old/e", 1)]) })).toEqual(["e", "src", "q", "sink"]);
  });

  it("are only those with counts once hops ended without a row", () => {
    const ended = cellOf(ENDED_ID, [5]);
    const cells = [ended, cellOf(20, [5], { peer: 11 })];
    expect([isSummed(recordingOf({ cells })), isSummed(recordingOf())]).toEqual([true, false]);
    expect(names(cells)).toEqual(["src", "q"]);
  });

  it("are there for pads that no element has", () => {
    const loose = { id: 90, element: 0, name: "ghost/sink", direction: "sink" as const };
    const more = { topology: { ...topology, pads: [...pads, loose] } };
    expect(row("ghost/sink", [cellOf(90, [5])], more)).toMatchObject({
      path: "(no element)/ghost\\/sink",
      buffersIn: 1,
    });
  });
});
