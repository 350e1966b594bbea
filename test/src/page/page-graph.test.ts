// Is the picture of a pipeline cut to a size, printable, and does its key change when its layout would?
import { describe, expect, it } from "vitest";
import { summarize } from "../../../src/analysis/summary.js";
import type { Recording } from "../../../src/model/recording.js";
import type { PageGraph } from "../../../src/page/page-data.js";
import { pageGraph, shapeOf } from "../../../src/page/page-graph.js";
import { cellOf } from "../../helpers/cells.js";
import { elementAt, profilesOf, recordingOf, sampleAt } from "../../helpers/recordings.js";
import { hostileNames } from "../../helpers/sample-elements.js";

const graphOf = (recording: Recording, rank = new Map<string, number>()): PageGraph =>
  pageGraph(recording, summarize(recording), rank);
const chain = (n: number, name = (i: number) => `e${i}`, pipeline = "p") => {
  const elements = Array.from({ length: n }, (_, i) =>
    elementAt(i + 1, `${pipeline}/${name(i).replaceAll("/", "\\/")}`, { pipeline }),
  );
  const pads = elements.flatMap(({ id }) => [
    { id: 10_000 + 2 * id, element: id, name: "sink", direction: "sink" as const },
    { id: 10_001 + 2 * id, element: id, name: "src", direction: "src" as const },
  ]);
  const cells = elements.slice(1).map(({ id }) => cellOf(10_000 + 2 * id, [5, 5], { peer: 9_999 + 2 * id }));
  return recordingOf({ topology: { pipelines: [pipeline], elements, pads }, cells });
};

describe("the picture of a pipeline", () => {
  it("has its elements by their row on the page, and its links by pads and buffers", () => {
    const { pipelines, more, problem } = graphOf(chain(2), new Map([["p/e1", 7]]));
    expect([more, problem]).toEqual([0, ""]);
    expect(pipelines).toMatchObject([{ name: "p", more: 0, bins: [], links: [[0, 0, 1, 0, 2, ""]], layout: null }]);
    expect(pipelines[0]?.nodes.map(({ element, name, sinks, sources }) => [element, name, sinks, sources])).toEqual([
      [-1, "e0", [], ["src"]],
      [7, "e1", ["sink"], []],
    ]);
  });

  it("has at most 300 elements, and says how many are left out", () => {
    const [pipeline] = graphOf(chain(350)).pipelines;
    expect([pipeline?.nodes.length, pipeline?.more]).toEqual([300, 50]);
  });

  it("is one of at most 24, those that burn most first, and says how many are left out", () => {
    const elements = Array.from({ length: 30 }, (_, i) => elementAt(i + 1, `p#${i}/e`));
    const cpu = profilesOf(elements.map(({ path }, i) => sampleAt(path, (i + 1) * 1e6)));
    const pipelines = elements.map(({ pipeline }) => pipeline);
    const graph = graphOf(recordingOf({ topology: { pipelines, elements, pads: [] }, cpu }));
    expect([graph.pipelines.length, graph.more]).toEqual([24, 6]);
    expect(graph.pipelines.slice(0, 2).map(({ name }) => name)).toEqual(["p#29", "p#28"]);
  });

  it("has no pipeline without elements", () => {
    expect(graphOf(recordingOf({ topology: { pipelines: ["p"], elements: [], pads: [] } })).pipelines).toEqual([]);
  });

  it("has names that fit and that a screen obeys in nothing", () => {
    const names = [...hostileNames, "x".repeat(10_000)];
    const [pipeline] = graphOf(chain(names.length, (i) => names[i] ?? "")).pipelines;
    for (const { name } of pipeline?.nodes ?? []) {
      expect([...name].length).toBeLessThanOrEqual(24);
      expect(name).not.toMatch(/[\p{Cc}\u202e\u2028\u2029]/u);
    }
    expect(
      Math.max(...shapeOf(pipeline ?? { nodes: [], bins: [], links: [] }).nodes.map(({ width }) => width)),
    ).toBeLessThan(400);
  });
});

describe("the key of a layout", () => {
  const key = (recording: Recording) => graphOf(recording).pipelines[0]?.key;

  it("is the same while only figures change", () => {
    const before = chain(4);
    const cpu = profilesOf([sampleAt("p/e2", 5e6)]);
    const after = { ...before, cells: before.cells.map((cell) => ({ ...cell, buffers: 900 })), cpu };
    expect(key(after)).toBe(key(before));
  });

  it("is another one when an element or a link comes or goes", () => {
    const before = chain(4);
    const keys = [before, chain(5), { ...before, cells: before.cells.slice(1) }].map(key);
    expect(new Set(keys).size).toBe(3);
  });
});

describe("the box of an element", () => {
  const sizeOf = (name: string, leaky = false) =>
    shapeOf({
      nodes: [{ element: 0, name, factory: "x", leaky, bin: -1, sinks: [], sources: [] }],
      bins: [],
      links: [],
    }).nodes[0];

  it("is wider for a longer name, and for wide characters", () => {
    const widths = ["short", "a name of usual length", "視訊編碼器視訊編碼器視訊編碼器視訊編碼器"].map(
      (name) => sizeOf(name)?.width ?? 0,
    );
    expect(widths).toEqual([...widths].sort((a, b) => a - b));
    expect(new Set(widths).size).toBe(3);
  });

  it("has a line more where buffers may be dropped", () => {
    expect((sizeOf("q", true)?.height ?? 0) - (sizeOf("q")?.height ?? 0)).toBe(15);
  });
});
