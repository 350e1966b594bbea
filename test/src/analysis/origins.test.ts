// Where do a sink's buffers begin: followed along the hops that they took, and no further?
import { describe, expect, it } from "vitest";
import { origins, Places } from "../../../src/analysis/origins.js";
import type { CellSnapshot } from "../../../src/model/batch.js";
import type { TopologyElement } from "../../../src/model/recording.js";
import { cellOf } from "../../helpers/cells.js";
import { elementAt, recordingOf } from "../../helpers/recordings.js";

const [source, sink] = [{ source: true }, { sink: true }];
const all = [
  elementAt(1, "p/src", source),
  elementAt(2, "p/id"),
  elementAt(3, "p/sink", sink),
  elementAt(4, "p/file", source),
  elementAt(5, "p/camera", { ...source, bin: true }),
  elementAt(6, "p/camera/v4l2", source),
  elementAt(7, "p/tee"),
  elementAt(8, "p/camera/depay"),
];
/** Pads: of element n the sink pad is 10 n, the source pad 10 n + 1. */
function ends(cells: CellSnapshot[], elements: TopologyElement[] = all) {
  const pads = elements.flatMap(({ id }) => [
    { id: 10 * id, element: id, name: "sink", direction: "sink" as const },
    { id: 10 * id + 1, element: id, name: "src", direction: "src" as const },
  ]);
  const recording = recordingOf({ cells, topology: { pipelines: ["p"], elements, pads } });
  return origins(recording, new Places(recording));
}
const push = (from: number, to: number, buffers = 2) =>
  cellOf(10 * to, Array(buffers).fill(5), { peer: 10 * from + 1 });

describe("the buffers of a sink", () => {
  it("begin at the source that pushed them, through all that lies between", () => {
    expect(ends([push(1, 2, 9), push(2, 3, 7)])).toEqual([
      { source: "p/src", sink: "p/sink", arrived: 7, begins: "pushes" },
    ]);
  });

  it("begin at each source, where several feed it", () => {
    const found = ends([push(1, 7), push(4, 7), push(7, 3, 5)]);
    expect(found.map((one) => [one.source, one.arrived])).toEqual([
      ["p/src", 5],
      ["p/file", 5],
    ]);
  });

  it("of a source that is only asked for them are pulled", () => {
    const pull = cellOf(41, [5, 5], { kind: "pull", peer: 30 });
    expect(ends([pull])).toEqual([{ source: "p/file", sink: "p/sink", arrived: 2, begins: "pulled" }]);
  });

  it("begin at the bin where an element of it has them from a call, and the bin is a source", () => {
    expect(ends([push(8, 3)])).toMatchObject([{ source: "p/camera", begins: "unlinked" }]);
    expect(ends([push(6, 3)])).toMatchObject([{ source: "p/camera/v4l2", begins: "pushes" }]);
  });

  it("begin nowhere known where what came first is no source, or has no name", () => {
    expect(ends([push(7, 3)])).toMatchObject([{ source: "p/tee", begins: "unlinked" }]);
    expect(ends([push(99, 3)])).toMatchObject([{ source: "p/sink", begins: "unlinked" }]);
  });

  it("follow no link that carried none", () => {
    expect(ends([push(1, 2), push(2, 3), push(4, 3, 0)]).map((one) => one.source)).toEqual(["p/src"]);
  });

  it("are no other element's: one that is no sink, one that got none", () => {
    expect(ends([push(1, 2)])).toEqual([]);
    expect(ends([push(1, 3, 0)])).toEqual([]);
  });

  it("go around in a circle without an end, and begin nowhere in it", () => {
    expect(ends([push(2, 7), push(7, 2), push(7, 3)])).toEqual([]);
  });

  it("are not counted by cells that are no hop", () => {
    expect(ends([push(1, 3), { ...push(4, 3), kind: "latency" }])).toMatchObject([{ source: "p/src", arrived: 2 }]);
  });
});
