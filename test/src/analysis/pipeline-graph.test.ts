// Is every element of a pipeline in its graph, with its bins, its linked pads, and the links that moved buffers?
import { describe, expect, it } from "vitest";
import { costliestPart, type PipelineGraph, pipelineGraphs } from "../../../src/analysis/pipeline-graph.js";
import { summarize } from "../../../src/analysis/summary.js";
import type { CellSnapshot } from "../../../src/model/batch.js";
import type { Recording, TopologyElement } from "../../../src/model/recording.js";
import { cellOf } from "../../helpers/cells.js";
import { elementAt, profilesOf, recordingOf, sampleAt } from "../../helpers/recordings.js";

/** Pads: of element n the sink pad is 10 n, source pads are 10 n + 1 to 10 n + 3. */
const padsOf = (elements: readonly TopologyElement[]) =>
  elements.flatMap(({ id }) => [
    { id: 10 * id, element: id, name: "sink", direction: "sink" as const },
    ...[1, 2, 3].map((n) => ({ id: 10 * id + n, element: id, name: `src_${n}`, direction: "src" as const })),
  ]);
const recording = (elements: TopologyElement[], cells: CellSnapshot[], change: Partial<Recording> = {}) => {
  const pipelines = [...new Set(elements.map(({ pipeline }) => pipeline))];
  return recordingOf({ topology: { pipelines, elements, pads: padsOf(elements) }, cells, ...change });
};
const graphs = (...args: Parameters<typeof recording>): PipelineGraph[] => {
  const made = recording(...args);
  return pipelineGraphs(made, summarize(made));
};
const hop = (sink: number, source: number, buffers = 3, change: Partial<CellSnapshot> = {}) =>
  cellOf(sink, Array(buffers).fill(100), { peer: source, ...change });
/** "from.pad → to.pad × buffers". */
const said = ({ elements, links }: PipelineGraph): string[] =>
  links.map(({ from, source, to, sink, buffers }) => {
    const [sender, receiver] = [elements[from], elements[to]];
    const ends = [
      `${sender?.summary.name}.${sender?.sources[source]}`,
      `${receiver?.summary.name}.${receiver?.sinks[sink]}`,
    ];
    return `${ends.join(" → ")} × ${buffers}`;
  });

const elements = [
  elementAt(1, "p/src"),
  elementAt(2, "p/t"),
  elementAt(3, "p/outer", { bin: true, name: "the outer one" }),
  elementAt(4, "p/outer/inner", { bin: true }),
  elementAt(5, "p/outer/inner/enc"),
  elementAt(6, "p/outer/sink"),
  elementAt(7, "p/alone"),
];

describe("the graph of a pipeline", () => {
  it("has the links that moved buffers, from pad to pad, through bins", () => {
    const [graph] = graphs(elements, [hop(20, 11), hop(50, 21, 2), hop(60, 22, 1)]);
    expect(graph && said(graph)).toEqual([
      "src.src_1 → t.sink × 3",
      "t.src_1 → enc.sink × 2",
      "t.src_2 → sink.sink × 1",
    ]);
  });

  it("has what went through a link last, as the caps of the pad say that got it", () => {
    const made = recording(elements, [hop(20, 11), hop(50, 21, 2)]);
    const pads = made.topology.pads.map((pad) => (pad.id === 20 ? { ...pad, caps: "video/x-raw, width=8" } : pad));
    const told = { ...made, topology: { ...made.topology, pads } };
    const [graph] = pipelineGraphs(told, summarize(told));
    expect(graph?.links.map(({ caps }) => caps)).toEqual(["video/x-raw, width=8", ""]);
  });

  it("has an element that nothing is linked to", () => {
    const [graph] = graphs(elements, []);
    expect(graph?.elements.map(({ summary, sinks, sources }) => [summary.name, sinks, sources])).toEqual(
      ["src", "t", "enc", "sink", "alone"].map((name) => [name, [], []]),
    );
  });

  it("has each element in its innermost bin, bins in bins, by their real names", () => {
    const [graph] = graphs(elements, []);
    const { bins = [] } = graph ?? {};
    expect(bins.map(({ name, parent }) => [name, bins[parent]?.name])).toEqual([
      ["the outer one", undefined],
      ["inner", "the outer one"],
    ]);
    expect(graph?.elements.map(({ summary, bin }) => [summary.name, bins[bin]?.name])).toEqual([
      ["src", undefined],
      ["t", undefined],
      ["enc", "inner"],
      ["sink", "the outer one"],
      ["alone", undefined],
    ]);
  });

  it("has a bin only around its elements, also one that has a row because something burned inside of it", () => {
    const cpu = profilesOf([sampleAt("p/outer/sink", 5e6, { chain: [6] })]);
    const made = recording(elements, [], { cpu });
    const summary = summarize(made);
    expect(summary.pipelines[0]?.elements.map(({ name }) => name)).toContain("the outer one");
    const [graph] = pipelineGraphs(made, summary);
    expect(graph?.elements.map(({ summary }) => summary.name)).toEqual(["src", "t", "enc", "sink", "alone"]);
    expect(graph?.bins.map(({ name }) => name)).toEqual(["the outer one", "inner"]);
  });

  it("adds up what several cells of two pads counted, and turns a pull round", () => {
    const [graph] = graphs(elements, [hop(20, 11), hop(20, 11, 4), hop(21, 50, 5, { kind: "pull" })]);
    expect(graph && said(graph)).toEqual(["src.src_1 → t.sink × 7", "t.src_1 → enc.sink × 5"]);
  });

  it("has a slash in a name as part of the name", () => {
    const [graph] = graphs([elementAt(1, "p/a\\/b"), elementAt(2, "p/bin\\/c/d")], []);
    expect(graph?.bins.map(({ name }) => name)).toEqual(["bin/c"]);
    expect(graph?.elements.map(({ summary, bin }) => [summary.name, bin])).toEqual([
      ["a/b", -1],
      ["d", 0],
    ]);
  });

  it("is one for each pipeline, and no link leads from one to another", () => {
    const two = [elementAt(1, "p/a"), elementAt(2, "p/b"), elementAt(3, "p#2/a")];
    const found = graphs(two, [hop(20, 11), hop(30, 21)]);
    expect(found.map(({ pipeline, elements, links }) => [pipeline, elements.length, links.length])).toEqual([
      ["p", 2, 1],
      ["p#2", 1, 0],
    ]);
  });

  it("shows no more than 24 pads of a side: the last one stands for the others, with all of their buffers", () => {
    const many = Array.from({ length: 100 }, (_, i) => elementAt(i + 2, `p/sink${i}`));
    const made = recording([elementAt(1, "p/t"), ...many], []);
    const branches = many.map(({ id }) => ({
      id: 10_000 + id,
      element: 1,
      name: `src_${id}`,
      direction: "src" as const,
    }));
    made.topology.pads.push(...branches);
    made.cells = many.map(({ id }) => hop(10 * id, 10_000 + id, 1));
    const [graph] = pipelineGraphs(made, summarize(made));
    expect(graph?.elements[0]?.sources).toHaveLength(24);
    expect(graph?.links).toHaveLength(100);
    expect(Math.max(...(graph?.links ?? []).map(({ source }) => source))).toBe(23);
  });
});

describe("the costliest part of a graph", () => {
  /** A chain of ten; element 6 burns most, then element 2. */
  const chain = Array.from({ length: 10 }, (_, i) => elementAt(i + 1, `p/${i < 5 ? "left" : "right"}/e${i}`));
  const cells = chain.slice(1).map(({ id }) => hop(10 * id, 10 * (id - 1) + 1));
  const cpu = profilesOf([sampleAt("p/right/e6", 9e6), sampleAt("p/left/e2", 5e6)]);
  const whole = () => graphs(chain, cells, { cpu })[0] as PipelineGraph;
  const names = ({ elements }: PipelineGraph) => elements.map(({ summary }) => summary.name);

  it("is the whole graph where that is small enough", () => {
    expect(costliestPart(whole(), 10)).toEqual(whole());
  });

  it("has the elements that cost most, each with its neighbours, and what lies between", () => {
    const part = costliestPart(whole(), 6);
    expect(names(part)).toEqual(["e1", "e2", "e3", "e5", "e6", "e7"]);
    expect(said(part)).toEqual(
      ["e1 → e2", "e2 → e3", "e5 → e6", "e6 → e7"].map((ends) => `${ends.replace(" → ", ".src_1 → ")}.sink × 3`),
    );
  });

  it("is never larger than it may be", () => {
    for (let most = 1; most < 10; most++) expect(names(costliestPart(whole(), most))).toHaveLength(most);
    expect(names(costliestPart(whole(), 1))).toEqual(["e6"]);
  });

  it("has only the bins of its elements", () => {
    const part = costliestPart(whole(), 2);
    expect(part.bins.map(({ name }) => name)).toEqual(["right"]);
    expect(part.elements.map(({ bin }) => bin)).toEqual([0, 0]);
  });
});
