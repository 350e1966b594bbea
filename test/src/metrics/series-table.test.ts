// Is a series made anew when something was counted in it, and only then?
import { describe, expect, it } from "vitest";
import { EndedSeries } from "../../../src/metrics/ended-series.js";
import type { LabelledCell, MetricLabels } from "../../../src/metrics/series.js";
import { SeriesTable } from "../../../src/metrics/series-table.js";
import type { CellSnapshot } from "../../../src/model/batch.js";
import { cellOf } from "../../helpers/cells.js";

/** Pads below 20 are request pads of one element. */
const labels: MetricLabels = {
  pad: (id) => ({ pipeline: "p0", element: id < 20 ? "mux0" : `e${id}`, factory: "f", pad: "sink" }),
};
const of = (cells: CellSnapshot[], names = labels): LabelledCell[] => cells.map((cell) => ({ cell, labels: names }));

describe("a series", () => {
  const [one, two, other] = [cellOf(10, [5]), cellOf(11, [6]), cellOf(20, [7])];

  it("is the same object as long as its cells are, in the order in which they were", () => {
    const table = new SeriesTable();
    const first = table.group(of([one, two, other]));
    const again = table.group(of([one, two, other]));
    expect(again.pad.map((series, i) => series === first.pad[i])).toEqual([true, true]);
    expect(again.element.map((series, i) => series === first.element[i])).toEqual([true, true]);
    expect(table.group(of([other, one, two])).pad[0]).toBe(first.pad[1]);
  });

  it("is another one once one of its cells is, and the others stay", () => {
    const table = new SeriesTable();
    const first = table.group(of([one, two, other])).pad;
    const moved = table.group(of([one, cellOf(11, [6, 9]), other])).pad;
    expect([moved[0] === first[0], moved[1] === first[1]]).toEqual([false, true]);
    expect(moved.map(({ sum }) => [sum.buffers, sum.inclusive.sumNs])).toEqual([
      [3, 20],
      [1, 7],
    ]);
  });

  it("is another one without one of its cells, and with one more", () => {
    const table = new SeriesTable();
    const buffers = (cells: CellSnapshot[]) => table.group(of(cells)).pad[0]?.sum.buffers;
    expect([[one], [one, two], [two], [one, two]].map(buffers)).toEqual([1, 2, 1, 2]);
  });

  it("keeps its start when its first cell is given to another pair, and begins anew after it was gone", () => {
    const table = new SeriesTable();
    const start = (cells: CellSnapshot[]) => table.group(of(cells)).pad[0]?.sum.startUnixNs;
    const [early, late] = [cellOf(10, [1], { startUnixNs: 5n }), cellOf(11, [1], { startUnixNs: 9n })];
    expect([start([early, late]), start([late]), start([]), start([late])]).toEqual([5n, 5n, undefined, 9n]);
  });

  it("goes by what its pads are called now, though nothing was counted", () => {
    const table = new SeriesTable();
    table.group(of([one]));
    const renamed: MetricLabels = { pad: (id) => ({ ...labels.pad(id), element: "renamed" }) };
    expect(table.group(of([one], renamed)).element.map(({ attributes }) => attributes.element)).toEqual(["renamed"]);
    expect(table.group(of([one])).element.map(({ attributes }) => attributes.element)).toEqual(["mux0"]);
  });

  it("of a latency goes by its source's name, too", () => {
    const latency = cellOf(20, [5], { kind: "latency", peer: 30 });
    const table = new SeriesTable();
    table.group(of([latency]));
    const renamed: MetricLabels = { pad: (id) => ({ ...labels.pad(id), element: id === 30 ? "cam" : "sink" }) };
    expect(table.group(of([latency], renamed)).latency[0]?.attributes).toEqual({
      ...{ pipeline: "p0", source: "cam", sink: "sink" },
    });
  });

  it("of what ended is another one when more of its name ended", () => {
    const [table, ended] = [new SeriesTable(), new EndedSeries()];
    const buffers = () => table.group(ended.hops()).pad.map(({ sum }) => sum.buffers);
    ended.add(one, labels);
    const first = table.group(ended.hops()).pad[0];
    expect(table.group(ended.hops()).pad[0]).toBe(first);
    ended.add(two, labels);
    expect(buffers()).toEqual([2]);
    ended.add(other, labels);
    expect(buffers()).toEqual([2, 1]);
    expect([one, two, other].map((cell) => cell.buffers)).toEqual([1, 1, 1]);
  });

  it("changes no cell that it is of", () => {
    const cells = [one, two, other];
    const before = structuredClone(cells);
    const table = new SeriesTable();
    table.group(of(cells));
    table.group(of(cells.slice(1)));
    expect(cells).toEqual(before);
  });
});
