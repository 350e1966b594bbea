// Does a page get as many pictures as there is time and room for, and say why the others are missing?
import { describe, expect, it } from "vitest";
import type { Answer } from "../../../src/graph/layout.js";
import { layoutKey } from "../../../src/graph/layout.js";
import type { GraphShape } from "../../../src/graph/shape.js";
import { GraphLayouts } from "../../../src/page/graph-layouts.js";
import type { PageGraph, PagePipeline } from "../../../src/page/page-data.js";
import { shapeOf } from "../../../src/page/page-graph.js";

function pipeline(name: string, elements: number): PagePipeline {
  const nodes = Array.from({ length: elements }, (_, element) => ({
    ...{ element, name: `e${element}`, factory: "identity", leaky: false, bin: -1, sinks: [], sources: [] },
  }));
  const parts = { nodes, bins: [], links: [] };
  return { name, more: 0, ...parts, key: layoutKey(shapeOf(parts)), layout: null };
}
const graph = (...pipelines: PagePipeline[]): PageGraph => ({ pipelines, more: 2, problem: "" });

/** In rows of nothing; `numbers` of each link's curve. */
const answering = (change: (shape: GraphShape) => Partial<{ problem: string; numbers: number }> = () => ({})) => ({
  asked: 0,
  limitMs: 60_000,
  async of(shape: GraphShape): Promise<Answer> {
    this.asked++;
    const { problem, numbers = 0 } = change(shape);
    if (problem !== undefined) return { problem };
    const nodes = shape.nodes.map((_, i): [number, number, number, number] => [i, 0, 10, 10]);
    const places = shape.nodes.map(() => []);
    const links = [Array.from({ length: numbers }, () => 100)];
    return { layout: { flow: "down", width: 1, height: 1, nodes, sinks: places, sources: places, bins: [], links } };
  },
});

describe("the pictures of a page", () => {
  it("are those of all pipelines, by their keys", async () => {
    const whole = graph(pipeline("a", 3), pipeline("b", 4));
    const found = (await GraphLayouts.of(whole, answering())).in(whole);
    expect(found.pipelines.map(({ name, layout }) => [name, layout?.nodes.length])).toEqual([
      ["a", 3],
      ["b", 4],
    ]);
    expect([found.more, found.problem]).toEqual([2, ""]);
  });

  it("end at one that cannot be laid out: its sentence says why, and the others are counted", async () => {
    const whole = graph(pipeline("a", 3), pipeline("b", 4), pipeline("c", 5));
    const late = answering(({ nodes }) => (nodes.length === 4 ? { problem: "it took longer than 2 s" } : {}));
    const found = (await GraphLayouts.of(whole, late)).in(whole);
    expect(found.pipelines.map(({ name }) => name)).toEqual(["a"]);
    expect(found.more).toBe(4);
    expect(found.problem).toBe(
      "There is no picture of pipeline b: it took longer than 2 s. The table has all elements.",
    );
    expect(late.asked).toBe(2);
  });

  it("leave out one for which the page has no room", async () => {
    const whole = graph(pipeline("a", 3), pipeline("b", 4));
    const large = answering(({ nodes }) => (nodes.length === 4 ? { numbers: 100_000 } : {}));
    const found = (await GraphLayouts.of(whole, large)).in(whole);
    expect(found.pipelines.map(({ name }) => name)).toEqual(["a"]);
    expect(found.problem).toContain("it would make the page too large to be mailed");
  });
});
