// Does a series go on when its hops end, and what of a thousand others?
// SPDX-License-Identifier: MPL-2.0

import { expect, it } from "vitest";
import { EndedSeries } from "../../../src/metrics/ended-series.js";
import type { LabelledCell, MetricLabels, NamedPer } from "../../../src/metrics/series.js";
import { SeriesTable } from "../../../src/metrics/series-table.js";
import { addCell, copyCell } from "../../../src/model/cells.js";
import { cellOf } from "../../helpers/cells.js";

const groupCells = (hops: LabelledCell[], per: NamedPer) => new SeriesTable().group(hops)[per];

/** As where the names of pipelines are beyond the cap: all pads have one set of labels. */
const others: MetricLabels = {
  pad: () => ({ pipeline: "(other)", element: "sink", factory: "fakesink", pad: "sink" }),
};
const own: MetricLabels = {
  pad: (id) => ({ pipeline: `session-${id}`, element: "sink", factory: "fakesink", pad: "sink" }),
};

it("a series never goes back: what ended goes on in that of its labels", () => {
  const ended = new EndedSeries();
  let counted = 0;
  for (let pad = 1; pad < 3000; pad++) {
    const living = cellOf(pad, [1000, 2000, 3000]);
    counted += 3;
    const series = groupCells([{ cell: living, labels: others }, ...ended.hops()], "pad");
    expect(series.map(({ sum }) => sum.buffers)).toEqual([counted]);
    ended.add(living, others);
  }
});

it("a thousand that ended under names of their own have series, those before them are in one sum", () => {
  const ended = new EndedSeries();
  const total = copyCell(cellOf(1, []));
  for (let pad = 1; pad <= 1500; pad++) {
    const cell = cellOf(pad, [1000]);
    addCell(total, cell);
    ended.add(cell, own);
  }
  const series = groupCells(ended.hops(), "pad");
  expect(series.length).toBe(1000);
  expect(series.at(-1)?.attributes.pipeline).toBe("session-1500");
  expect(ended.rest([total])?.buffers).toBe(500);
  expect(ended.rest([{ ...total, kind: "queue" }])).toBeNull();
});
