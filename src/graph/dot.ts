// How is a graph written for Graphviz? In DOT, made of our own ids and of sizes alone.
// SPDX-License-Identifier: MPL-2.0

import type { GraphLayout, GraphShape } from "./shape.js";

/** Graphviz counts sizes of nodes in inches of 72 points; ours are pixels, of which each is a point. */
const INCH = 72;
const LARGEST = 4000;

/** Between elements side by side, and from one to the next. */
const APART = 14;
const NEXT = { down: 26, right: 44 };
const TITLE_HEIGHT = 16;

const directions = { down: "TB", right: "LR" };
/** The side of a box that links reach, and the one that they leave. */
const sides = { down: { sink: "n", source: "s" }, right: { sink: "w", source: "e" } };

export const nodeId = (i: number): string => `n${i}`;
export const binId = (i: number): string => `cluster_b${i}`;
export const linkId = (i: number): string => `l${i}`;
export const sinkId = (i: number): string => `i${i}`;
export const sourceId = (i: number): string => `o${i}`;

export function dot({ nodes, bins, links }: GraphShape, flow: GraphLayout["flow"]): string {
  const side = sides[flow];
  const edges = links.map(({ from, source, to, sink }, i) => {
    const tail = `${nodeId(from)}:${sourceId(source)}:${side.source}`;
    return `${tail} -> ${nodeId(to)}:${sinkId(sink)}:${side.sink} [id=${linkId(i)}]`;
  });
  const graph = `rankdir=${directions[flow]} nodesep=${inches(APART)} ranksep=${inches(NEXT[flow])} labeljust=l`;
  return `digraph g { ${graph}
node [shape=none margin=0 width=0 height=0]
edge [arrowhead=none]
${inside({ nodes, bins, links }, -1, flow)}
${edges.join("\n")}
}`;
}

/** The nodes and bins of a bin. */
function inside(shape: GraphShape, bin: number, flow: GraphLayout["flow"]): string {
  const nodes = shape.nodes.flatMap((node, i) =>
    node.bin === bin ? [`${nodeId(i)} [label=<${box(node, flow)}>]`] : [],
  );
  const bins = shape.bins.flatMap(({ parent, title }, i) => {
    if (parent !== bin || i <= bin) return [];
    const room = table(title, TITLE_HEIGHT, ["<tr><td></td></tr>"]);
    return [`subgraph ${binId(i)} { id=${binId(i)} margin=10 label=<${room}>\n${inside(shape, i, flow)}\n}`];
  });
  return [...nodes, ...bins].join("\n");
}

/** Sink pads on one side and source pads on the other, each with an equal part of it. */
function box({ width, height, sinks, sources }: GraphShape["nodes"][number], flow: GraphLayout["flow"]): string {
  const down = flow === "down";
  const [wide, high] = down ? [width, height / 2] : [width / 2, height];
  const side = (n: number, id: (i: number) => string): string => {
    const size = down ? `width="${pixels(wide / Math.max(1, n))}"` : `height="${pixels(high / Math.max(1, n))}"`;
    const pads = Array.from({ length: n }, (_, i) => `<td port="${id(i)}" ${size}></td>`);
    if (n === 0) pads.push("<td></td>");
    return `<td>${table(wide, high, down ? [row(pads)] : pads.map((pad) => row([pad])))}</td>`;
  };
  const sides = [side(sinks, sinkId), side(sources, sourceId)];
  return table(width, height, down ? sides.map((one) => row([one])) : [row(sides)]);
}

const row = (cells: readonly string[]): string => `<tr>${cells.join("")}</tr>`;
const table = (width: number, height: number, rows: readonly string[]): string =>
  `<table border="0" cellborder="0" cellspacing="0" cellpadding="0" fixedsize="true" width="${pixels(width)}" height="${pixels(height)}">${rows.join("")}</table>`;

const pixels = (n: number): number => (n >= 1 ? Math.min(LARGEST, Math.floor(n)) : 1);
const inches = (n: number): string => (pixels(n) / INCH).toFixed(4);
