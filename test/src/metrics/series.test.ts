// Which cells become one series, under which labels, and is none counted twice?
import { describe, expect, it } from "vitest";
import { type LabelledCell, type MetricLabels, type NamedPer, pers } from "../../../src/metrics/series.js";
import { SeriesTable } from "../../../src/metrics/series-table.js";
import { type CellKind, type CellSnapshot, cellKinds } from "../../../src/model/batch.js";
import { cellOf } from "../../helpers/cells.js";

/** Pads 10 to 19 are request pads of one element, 20 is another element's. */
const labels: MetricLabels = {
  pad: (id) =>
    id < 20
      ? { pipeline: "p0", element: "mux0", factory: "mux", pad: "sink_%u" }
      : { pipeline: "p0", element: "sink0", factory: "fakesink", pad: "sink" },
};
const groupCells = (hops: LabelledCell[], per: NamedPer) => new SeriesTable().group(hops)[per];
const of = (...cells: CellSnapshot[]): LabelledCell[] => cells.map((cell) => ({ cell, labels }));

describe("a series", () => {
  it("of pads is the sum of the cells whose pads have the same labels", () => {
    const series = groupCells(of(cellOf(10, [5, 6]), cellOf(11, [7]), cellOf(20, [8])), "pad");
    expect(series.map(({ attributes, sum }) => [attributes.pad, sum.buffers, sum.inclusive.sumNs])).toEqual([
      ["sink_%u", 3, 18],
      ["sink", 1, 8],
    ]);
    expect(series[0]?.attributes).toEqual({ pipeline: "p0", element: "mux0", factory: "mux", pad: "sink_%u" });
  });

  it("of elements has no pad, and is all that its pads took, pulled or pushed", () => {
    const series = groupCells(of(cellOf(10, [5]), cellOf(11, [6], { kind: "pull" })), "element");
    expect(series.map(({ attributes, sum }) => [attributes, sum.buffers])).toEqual([
      [{ pipeline: "p0", element: "mux0", factory: "mux" }, 2],
    ]);
  });

  it("of a latency is of a source and a sink", () => {
    const [series] = groupCells(of(cellOf(20, [5], { kind: "latency", peer: 10 })), "latency");
    expect(series?.attributes).toEqual({ pipeline: "p0", source: "mux0", sink: "sink0" });
  });

  it("of the way through an element is that of the pad that pushed", () => {
    const [series] = groupCells(of(cellOf(20, [5], { kind: "transit", peer: 10 })), "transit");
    expect(series?.attributes).toEqual({ pipeline: "p0", element: "mux0", factory: "mux" });
  });

  it("of what did not fit the table has OpenTelemetry's own mark, and is none while that is empty", () => {
    const overflow = (invocations: number) => cellOf(0, Array(invocations).fill(5), { kind: "overflow" });
    expect(groupCells(of(overflow(2)), "pad")).toMatchObject([
      { attributes: { "otel.metric.overflow": true }, sum: { buffers: 2 } },
    ]);
    expect(groupCells(of(overflow(0)), "pad")).toEqual([]);
  });

  it("is found behind cells of other kinds, and behind an overflow that is empty", () => {
    const before = [cellOf(10, [5], { kind: "driver" }), cellOf(0, [], { kind: "overflow" })];
    expect(groupCells(of(...before, cellOf(20, [5])), "pad").map(({ attributes }) => attributes.element)).toEqual([
      "sink0",
    ]);
  });

  it("leaves the cells as they were", () => {
    const cells = [cellOf(10, [5]), cellOf(11, [6])];
    const before = structuredClone(cells);
    groupCells(of(...cells), "pad");
    expect(cells).toEqual(before);
  });
});

describe("every kind of cell", () => {
  it("is in the series of its kind, or of pads and elements, or of nobody: of states there are none", () => {
    const where = (kind: CellKind) =>
      pers.filter((per) => groupCells(of(cellOf(10, [5], { kind, peer: 20 })), per).length > 0);
    for (const kind of cellKinds) {
      const hop = ["chain", "pull", "overflow"].includes(kind);
      expect([kind, where(kind)]).toEqual([kind, hop ? ["pad", "element"] : kind === "state" ? [] : [kind]]);
    }
  });
});

it("names with any sign in them make no two series one", () => {
  const strange: MetricLabels = {
    pad: (id) => ({ pipeline: "p", element: id === 1 ? 'a","factory":"b' : "a", factory: "b", pad: "" }),
  };
  const cells = [1, 2].map((pad) => ({ cell: cellOf(pad, [5]), labels: strange }));
  expect(groupCells(cells, "element")).toHaveLength(2);
});
