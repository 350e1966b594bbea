// How does a flame graph look as a picture that stands alone? Drawn once, of the widest frames; a click needs the report, or another format.
// SPDX-License-Identifier: MPL-2.0

import { type FlameNode, flameTree, type Place } from "../analysis/flame.js";
import { placeNames, waitName } from "../analysis/sample-place.js";
import { duration, percent, shorten } from "../analysis/units.js";
import type { StackSample } from "../model/recorded-profiles.js";
import { type Chunks, type ExportedStacks, type ExportSource, noTime, shown, stacksOf } from "./source.js";
import { svgText as text, xmlText as xml } from "./svg-text.js";

const [WIDTH, ROW, MARGIN, TITLE] = [1200, 17, 10, 28];
/** Of a frame, in pixels; narrower ones are not drawn, and no deeper ones. */
const [LEAST, LEAST_TEXT] = [0.5, 24];
const CHARACTER = 6.6;
const MOST_ROWS = 300;

export async function flameSvg(source: ExportSource): Promise<Chunks> {
  const stacks = await stacksOf(source);
  if (stacks === null || stacks.samples.length === 0) throw noTime(source.kind);
  return picture(treeOf(stacks), source.kind);
}

/** The thread is added by the tree; what stands before it is one name here. */
function treeOf({ samples, frames }: ExportedStacks): FlameNode {
  const placeOf = (sample: StackSample): Place => {
    const [first = "", ...rest] = placeNames(sample).slice(0, -1);
    return rest.length === 0
      ? { pipeline: "", name: first, element: -1 }
      : { pipeline: first, name: rest.join(" "), element: -1 };
  };
  return flameTree(samples, frames, placeOf, waitName);
}

function* picture(root: FlameNode, kind: "cpu" | "wall"): Generator<string> {
  const height = TITLE + ROW * Math.min(MOST_ROWS, depthOf(root)) + 2 * MARGIN;
  yield `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">\n`;
  yield "<style>text{font:11px monospace;fill:#222}.title{font:bold 14px sans-serif}rect{stroke:#fff;stroke-width:.5}</style>\n";
  yield `<rect width="${WIDTH}" height="${height}" fill="#fff"/>\n`;
  yield `${text(MARGIN, 18, `${kind === "cpu" ? "CPU" : "Wall"} time: ${duration(root.ns)}`, "title")}\n`;
  yield* frames(root, root, { x: MARGIN, width: WIDTH - 2 * MARGIN, row: 0 });
  yield "</svg>\n";
}

interface Room {
  x: number;
  width: number;
  row: number;
}

function* frames(node: FlameNode, root: FlameNode, { x, width, row }: Room): Generator<string> {
  const y = TITLE + row * ROW;
  const name = shown(node.name) || "(unnamed)";
  const title = `${name}${node.module === "" ? "" : ` (${shown(node.module, 100)})`}: ${duration(node.ns)}, ${percent(node.ns / root.ns)}`;
  const label =
    width < LEAST_TEXT ? "" : text(x + 3, y + 12, shorten(name, Math.max(2, Math.floor((width - 6) / CHARACTER))));
  yield `<g><title>${xml(title)}</title><rect x="${x.toFixed(2)}" y="${y}" width="${width.toFixed(2)}" height="${ROW}" fill="${colour(node)}"/>${label}</g>\n`;
  if (row + 1 >= MOST_ROWS) return;
  let left = x;
  for (const child of node.children) {
    const wide = (width * child.ns) / Math.max(1, node.ns);
    if (wide >= LEAST) yield* frames(child, root, { x: left, width: wide, row: row + 1 });
    left += wide;
  }
}

/** Of those that are drawn. */
function depthOf(root: FlameNode): number {
  const least = (LEAST * root.ns) / (WIDTH - 2 * MARGIN);
  let [rows, depth]: [FlameNode[], number] = [[root], 0];
  for (; rows.length > 0 && depth < MOST_ROWS; depth++)
    rows = rows.flatMap(({ children }) => children.filter(({ ns }) => ns >= least));
  return depth;
}

/** One module, one colour. */
function colour({ module, name }: FlameNode): string {
  let hash = 0;
  for (const c of module || name) hash = (hash * 31 + (c.codePointAt(0) ?? 0)) % 997;
  return `hsl(${20 + (hash % 40)},${60 + (hash % 30)}%,${65 + (hash % 15)}%)`;
}
