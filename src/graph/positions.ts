// Where did Graphviz put what? Its own JSON in, our boxes and curves out.
// SPDX-License-Identifier: MPL-2.0

import { binId, linkId, nodeId } from "./dot.js";
import type { Box, GraphLayout, GraphShape, Point } from "./shape.js";

/** What we read of it; it measures from the lower left corner, the sizes of nodes in inches of 72 points. */
interface Drawing {
  bb: string;
  objects?: { name: string; bb?: string; pos?: string; width?: string; height?: string }[];
  edges?: { id: string; pos?: string }[];
}

const INCH = 72;

export function positions(shape: GraphShape, flow: GraphLayout["flow"], json: string): GraphLayout {
  const drawing = JSON.parse(json) as Drawing;
  const [, , width = 0, height = 0] = numbers(drawing.bb);
  const objects = new Map((drawing.objects ?? []).map((object) => [object.name, object]));
  const edges = new Map((drawing.edges ?? []).map((edge) => [edge.id, edge]));
  const nodes = shape.nodes.map((_, i): Box => {
    const { pos = "0,0", width: wide = "0", height: high = "0" } = objects.get(nodeId(i)) ?? {};
    const [x = 0, y = 0] = numbers(pos);
    const [w, h] = [Number(wide) * INCH, Number(high) * INCH];
    return [round(x - w / 2), round(height - y - h / 2), round(w), round(h)];
  });
  const sinks = shape.nodes.map((node, i) => pads(flow, nodes[i], node.sinks, 0));
  const sources = shape.nodes.map((node, i) => pads(flow, nodes[i], node.sources, 1));
  const links = shape.links.map(({ from, source, to, sink }, i) => {
    const curves = curve(edges.get(linkId(i))?.pos ?? "", height);
    const ends = [sources[from]?.[source] ?? nowhere, sinks[to]?.[sink] ?? nowhere] as const;
    return curves.length === 0 ? [] : joined(ends[0], forwards(curves, ...ends), ends[1]);
  });
  const bins = shape.bins.map((_, i) => binBox(objects.get(binId(i))?.bb ?? "0,0,0,0", height));
  return { flow, width: Math.ceil(width), height: Math.ceil(height), nodes, sinks, sources, bins, links };
}

function binBox(bb: string, height: number): Box {
  const [left = 0, low = 0, right = 0, high = 0] = numbers(bb);
  return [round(left), round(height - high), round(right - left), round(high - low)];
}

/** In the middles of equal parts of the side that links reach (0) or leave (1). */
function pads(flow: GraphLayout["flow"], node: Box = [0, 0, 0, 0], n: number, side: 0 | 1): Point[] {
  const [left, top, width, height] = node;
  return Array.from({ length: n }, (_, i) => {
    const part = (i + 0.5) / n;
    return flow === "down"
      ? [round(left + part * width), round(top + side * height)]
      : [round(left + side * width), round(top + part * height)];
  });
}

const nowhere: Point = [0, 0];
const distance = ([x, y]: Point, [u = x, v = y]: readonly number[]): number => Math.hypot(x - u, y - v);

/** Curves of links that lead back may begin at their end. */
function forwards(curves: number[], from: Point, to: Point): number[] {
  const [first, last] = [curves.slice(0, 2), curves.slice(-2)];
  if (distance(from, first) + distance(to, last) <= distance(from, last) + distance(to, first)) return curves;
  return Array.from({ length: curves.length / 2 }, (_, i) =>
    curves.slice(curves.length - 2 * i - 2, curves.length - 2 * i),
  ).flat();
}

/** From pad to pad: Graphviz knows their places to a pixel. */
const joined = (from: Point, curves: readonly number[], to: Point): number[] => [
  ...from,
  ...curves.slice(2, -2),
  ...to,
];

const numbers = (text: string): number[] => text.split(",").map(Number);
const round = (n: number): number => Math.round(n * 10) / 10;

/** "12.5,40 13,50 …"; without arrows there is nothing else in it. */
const curve = (pos: string, height: number): number[] =>
  pos === ""
    ? []
    : pos.split(" ").flatMap((point) => {
        const [x = 0, y = 0] = numbers(point);
        return [round(x), round(height - y)];
      });
