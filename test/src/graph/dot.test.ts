// Is a graph written so that Graphviz reads it, whatever its numbers are?
import { instance } from "@viz-js/viz";
import { expect, test } from "vitest";
import { dot } from "../../../src/graph/dot.js";
import type { GraphShape } from "../../../src/graph/shape.js";
import { randomShape } from "../../helpers/graph-shapes.js";
import { random } from "../../helpers/sample-capture.js";

const shape: GraphShape = {
  nodes: [
    { width: 100, height: 36, sinks: 0, sources: 2, bin: -1 },
    { width: 72, height: 36, sinks: 1, sources: 0, bin: 1 },
  ],
  bins: [
    { parent: -1, title: 50 },
    { parent: 0, title: 60 },
  ],
  links: [{ from: 0, source: 1, to: 1, sink: 0 }],
};

test("elements, pads, links and bins have ids of ours, and a bin holds what is in it", () => {
  const text = dot(shape, "down").replaceAll(/label=<.*>(?=\]|$)/gm, "…");
  expect(text.split("\n").slice(3)).toEqual([
    "n0 […]",
    "subgraph cluster_b0 { id=cluster_b0 margin=10 …",
    "subgraph cluster_b1 { id=cluster_b1 margin=10 …",
    "n1 […]",
    "}",
    "}",
    "n0:o1:s -> n1:i0:n [id=l0]",
    "}",
  ]);
  const ports = (flow: "down" | "right") =>
    [...dot(shape, flow).matchAll(/port="(\w+)" (\w+="\d+")/g)].map(([, ...all]) => all);
  expect(ports("down")).toEqual([
    ["o0", 'width="50"'],
    ["o1", 'width="50"'],
    ["i0", 'width="72"'],
  ]);
  expect(ports("right").map(([, size]) => size)).toEqual(['height="18"', 'height="18"', 'height="36"']);
});

test("sizes that are none are a pixel, and no size is without end", () => {
  for (const width of [Number.NaN, -5, 0, Number.POSITIVE_INFINITY]) {
    const nodes = [{ width, height: 1, sinks: 0, sources: 0, bin: -1 }];
    const [, size] = /width="(.*?)"/.exec(dot({ nodes, bins: [], links: [] }, "down")) ?? [];
    expect(["1", "4000"]).toContain(size);
  }
});

test("Graphviz reads it without a word, in both directions", async () => {
  const viz = await instance();
  const next = random(3);
  for (let i = 0; i < 15; i++) {
    const made = randomShape(next, 12);
    for (const flow of ["down", "right"] as const) {
      const { status, errors } = viz.render(dot(made, flow), { format: "json0" });
      expect([status, errors]).toEqual(["success", []]);
    }
  }
});
