// Is a latency told only where links and buffers prove it, and the reason everywhere else?
// SPDX-License-Identifier: MPL-2.0
import { describe, expect, it } from "vitest";
import { latencies } from "../../../src/analysis/latency.js";
import type { Capture } from "../../../src/capture/reader.js";
import type { CellSnapshot } from "../../../src/model/batch.js";
import { cellOf } from "../../helpers/cells.js";

interface Element {
  path: string;
  source?: boolean;
  sink?: boolean;
  bin?: boolean;
}

/** Pad 10 n + 1 is the sink pad of element n, 10 n + 2 its source pad; elements count from 1. */
const sinkOf = (n: number): number => n * 10 + 1;
const srcOf = (n: number): number => n * 10 + 2;

function captureOf(elements: readonly Element[], cells: CellSnapshot[]): Capture {
  const named = elements.map(({ path, ...flags }, i) => {
    const name = path.split("/").at(-1) ?? "";
    return { id: i + 1, path: `p/${path}`, pipeline: "p", name, factory: name, plugin: "", bin: false, ...flags };
  });
  const pads = named.flatMap(({ id }) => [
    { id: sinkOf(id), element: id, name: "sink", direction: "sink" as const },
    { id: srcOf(id), element: id, name: "src", direction: "src" as const },
  ]);
  return { topology: { pipelines: ["p"], elements: named, pads }, cells } as unknown as Capture;
}

const times = (n: number): number[] => Array.from({ length: n }, () => 1e6);
const chain = (from: number, to: number): CellSnapshot => cellOf(sinkOf(to), times(20), { peer: srcOf(from) });
const pull = (from: number, to: number): CellSnapshot =>
  cellOf(srcOf(from), times(20), { peer: sinkOf(to), kind: "pull" });
const matched = (matches: number, arrived: number): CellSnapshot =>
  cellOf(sinkOf(2), times(matches), { peer: srcOf(1), kind: "latency", invocations: arrived });

const ends = (capture: Capture): string[] => latencies(capture).map((l) => `${l.source} ${l.sink}`);
const straight = [
  { path: "src", source: true },
  { path: "sink", sink: true },
];

describe("pairs of source and sink", () => {
  it("come from links: two streams of one pipeline that share nothing are two pairs, not four", () => {
    const stream = (name: string) => [
      { path: `src${name}`, source: true },
      { path: `decode${name}` },
      { path: `sink${name}`, sink: true },
    ];
    const cells = [pull(1, 2), chain(2, 3), pull(4, 5), chain(5, 6)];
    expect(ends(captureOf([...stream("a"), ...stream("b")], cells))).toEqual(["p/srca p/sinka", "p/srcb p/sinkb"]);
  });

  it("end at sinks only: a decoder whose pad nobody linked is none", () => {
    const elements = [
      { path: "src", source: true },
      { path: "demux" },
      { path: "decoder" },
      { path: "sink", sink: true },
    ];
    const rows = latencies(captureOf(elements, [pull(1, 2), chain(2, 3), chain(2, 4)]));
    expect(rows.map((l) => [l.source, l.sink, l.reason])).toEqual([
      ["p/src", "p/sink", "the source is pulled: it pushes nothing that could be timed"],
    ]);
  });

  it("have a reason where a source feeds its own elements by a call, as rtspsrc does over TCP", () => {
    const elements = [
      { path: "rtsp", source: true, bin: true },
      { path: "rtsp/manager/session" },
      { path: "decoder" },
      { path: "sink", sink: true },
    ];
    const cells = [cellOf(sinkOf(2), times(20)), chain(2, 3), chain(3, 4)];
    expect(latencies(captureOf(elements, cells))).toMatchObject([
      {
        source: "p/rtsp",
        sink: "p/sink",
        arrived: 20,
        p50Ns: null,
        reason: expect.stringContaining("no link of a source"),
      },
    ]);
  });

  it("end where elements feed each other in a circle", () => {
    const elements = [{ path: "a" }, { path: "b" }, { path: "sink", sink: true }];
    expect(ends(captureOf(elements, [chain(1, 2), chain(2, 1), chain(2, 3)]))).toEqual([]);
  });

  it("are told by figures where a source pushes and its buffers are found", () => {
    const rows = latencies(captureOf(straight, [chain(1, 2), matched(20, 20)]));
    expect(rows).toMatchObject([{ source: "p/src", sink: "p/sink", count: 20, reason: null }]);
  });
});

describe("the first buffer", () => {
  const firstOf = (level: number, highestLevel: number) =>
    latencies(captureOf(straight, [chain(1, 2), { ...matched(20, 20), level, highestLevel }]))[0]?.firstBuffer;

  it("has the times until the source's push and from there", () => {
    expect(firstOf(5e6, 2e6)).toEqual({ waitNs: 5e6, travelNs: 2e6 });
  });

  it("has none where it was not found again: 0 would be a figure", () => {
    expect(firstOf(0, 0)).toBeNull();
  });
});

describe("the share of buffers that must be found", () => {
  it("is half: ten chance matches of 221 are no median, and no first buffer", () => {
    const [row] = latencies(captureOf(straight, [matched(10, 221)]));
    expect(row).toMatchObject({ arrived: 221, count: null, p50Ns: null, maxNs: null, firstBuffer: null });
    expect(row?.reason).toMatch(/^10 of 221 matched: buffers arrive with other times/);
  });

  it("gives figures with a word of caution between half and nine tenths", () => {
    const [row] = latencies(captureOf(straight, [matched(50, 100)]));
    expect(row).toMatchObject({ count: 50, reason: expect.stringContaining("50 of 100 matched") });
    expect(latencies(captureOf(straight, [matched(49, 100)]))[0]).toMatchObject({ count: null });
    expect(latencies(captureOf(straight, [matched(90, 100)]))[0]).toMatchObject({ count: 90, reason: null });
  });
});
