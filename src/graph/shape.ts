// What is known of a graph when its places are sought, and what afterwards? Sizes, indexes and places: numbers alone.
// SPDX-License-Identifier: MPL-2.0

/** No name of a program ever reaches Graphviz: what is laid out are boxes of a size. In pixels. */
export interface GraphShape {
  /** `sinks`, `sources`: how many pads it has; `bin`: its index, -1 = none. */
  nodes: { width: number; height: number; sinks: number; sources: number; bin: number }[];
  /** `parent`: index of the bin that it is in, -1 = none, always less than its own; `title`: width of its name. */
  bins: { parent: number; title: number }[];
  /** Indexes of nodes, and of their pads. */
  links: { from: number; source: number; to: number; sink: number }[];
}

export type Box = [left: number, top: number, width: number, height: number];
export type Point = [x: number, y: number];

/** In the order of the shape. In pixels, from the upper left corner. */
export interface GraphLayout {
  /** Where buffers flow to. */
  flow: "down" | "right";
  width: number;
  height: number;
  nodes: Box[];
  /** Where links meet each node: at its sink pads, and at its source pads. */
  sinks: Point[][];
  sources: Point[][];
  bins: Box[];
  /** Cubic Bézier curves: x and y of the first point, then of three points for each curve; empty = not drawn. */
  links: number[][];
}
