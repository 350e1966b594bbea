// How is a laid out pipeline drawn? Bins, links and elements as SVG; figures and colours are put in later, as often as they change.
// SPDX-License-Identifier: MPL-2.0

import type { Box, GraphLayout } from "../../graph/shape.js";
import type { PagePipeline } from "../page-data.js";
import { s } from "./svg.js";

/** The parts of an element that change. What points at a part is told its `data-tip`. */
export interface DrawnNode {
  group: SVGGElement;
  box: SVGRectElement;
  figure: SVGTextElement;
  /** What it dropped; null where it has no line for that. */
  drops: SVGTextElement | null;
  pads: SVGGElement;
}

export interface Drawing {
  content: SVGGElement;
  nodes: DrawnNode[];
  links: SVGPathElement[];
  /** What goes through each link, where it has room. */
  caps: SVGTextElement[];
  bins: SVGGElement[];
}

const PAD = 6;
const INSET = 9;
const BASELINES = [17, 32, 47];

export function draw(pipeline: PagePipeline, layout: GraphLayout): Drawing {
  const bins = pipeline.bins.map(({ name }, i) => drawBin(name, layout.bins[i] ?? [0, 0, 0, 0]));
  const links = pipeline.links.map((_, i) => drawLink(layout.links[i] ?? []));
  const caps = links.map(() => s("text", { class: "caps", "aria-hidden": "true" }));
  const nodes = pipeline.nodes.map((_, i) => drawNode(pipeline, layout, i));
  const content = s(
    "g",
    { class: "graph-content" },
    s("defs", {}, arrow()),
    ...bins,
    ...links,
    ...caps,
    ...nodes.flatMap(({ group, pads }) => [group, pads]),
  );
  return { content, nodes, links, caps, bins };
}

function drawBin(name: string, [x, y, width, height]: Box): SVGGElement {
  return s(
    "g",
    { class: "bin" },
    s("rect", { x, y, width, height, rx: 8 }),
    s("text", { x: x + INSET, y: y + 16 }, name),
  );
}

function drawLink([x = 0, y = 0, ...curves]: number[]): SVGPathElement {
  const d = curves.length === 0 ? "" : `M${x} ${y}C${curves.join(" ")}`;
  return s("path", { class: "link", d, "marker-end": "url(#graph-arrow)" });
}

function drawNode({ nodes }: PagePipeline, layout: GraphLayout, i: number): DrawnNode {
  const node = nodes[i];
  const [x, y, width, height] = layout.nodes[i] ?? [0, 0, 0, 0];
  const [first = 0, second = 0, third = 0] = BASELINES;
  const box = s("rect", { class: "box", width, height, rx: 5 });
  const figure = s("text", { class: "figure", x: width - INSET, y: second, "text-anchor": "end" });
  const drops = node?.leaky ? s("text", { class: "drops", x: INSET, y: third }) : null;
  const name = s("text", { class: "name", x: INSET, y: first }, node?.name ?? "");
  const factory = s("text", { class: "factory", x: INSET, y: second }, node?.factory ?? "");
  // The blanks are for those who hear it: else it is one word.
  const words = s("svg", { width, height }, name, " ", factory, " ", figure, " ", ...(drops === null ? [] : [drops]));
  const transform = `translate(${x} ${y})`;
  const group = s("g", { class: "node", role: "button", tabindex: -1, "data-node": i, transform }, box, words);
  const pads = s(
    "g",
    { "aria-hidden": "true", transform },
    ...drawPads(layout.sinks[i] ?? [], node?.sinks ?? [], x, y),
    ...drawPads(layout.sources[i] ?? [], node?.sources ?? [], x, y),
  );
  return { group, box, figure, drops, pads };
}

const drawPads = (places: readonly [number, number][], names: readonly string[], left: number, top: number) =>
  places.map(([x, y], i) => {
    const box = { x: x - left - PAD / 2, y: y - top - PAD / 2, width: PAD, height: PAD, rx: 1.5 };
    return s("rect", { class: "pad", "data-tip": names[i] ?? "", ...box });
  });

/** Of one size, however wide the link. */
const arrow = (): SVGMarkerElement =>
  s(
    "marker",
    {
      id: "graph-arrow",
      ...{ viewBox: "0 0 10 10", refX: 10, refY: 5, markerWidth: 9, markerHeight: 9 },
      ...{ markerUnits: "userSpaceOnUse", orient: "auto" },
    },
    s("path", { d: "M0 1L10 5L0 9z" }),
  );
