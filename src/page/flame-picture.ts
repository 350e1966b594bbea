// How does a flame graph become a picture of its own, to be kept or put into a ticket? Boxes first, then SVG. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { FlameNode } from "../analysis/flame.js";
import { duration, percent } from "../analysis/units.js";

export interface Box {
  x: number;
  /** Rows from the top. */
  row: number;
  width: number;
  node: FlameNode;
}

export interface FlamePicture {
  heading: string;
  width: number;
  rows: number;
  boxes: Box[];
}

/** Narrower ones are left out, in pixels. */
const LEAST_WIDTH = 0.4;
export const ROW_HEIGHT = 20;
export const HEADING_HEIGHT = 34;
const CHARACTER = 6.7;
const MARGIN = 5;

/** `upwards`: a graph that stands above, its root in its last row. */
export function flamePicture(
  heading: string,
  width: number,
  below: FlameNode,
  upwards: FlameNode | null,
): FlamePicture {
  const down = boxesOf(below, width);
  const up = upwards === null ? [] : boxesOf(upwards, width);
  const rowsUp = depthOf(up);
  const boxes = [...up.map((box) => ({ ...box, row: rowsUp - 1 - box.row })), ...down.map((box) => ({ ...box, row: rowsUp + box.row }))]; // biome-ignore format: above and below
  return { heading, width, rows: rowsUp + depthOf(down), boxes };
}

const depthOf = (boxes: readonly Box[]): number => boxes.reduce((most, { row }) => Math.max(most, row + 1), 0);

function boxesOf(root: FlameNode, width: number): Box[] {
  const scale = width / Math.max(1, root.ns);
  const place = (node: FlameNode, x: number, row: number): Box[] => {
    if (node.ns * scale < LEAST_WIDTH) return [];
    let at = x;
    const children = node.children.flatMap((child) => {
      const placed = place(child, at, row + 1);
      at += child.ns * scale;
      return placed;
    });
    return [{ x, row, width: node.ns * scale, node }, ...children];
  };
  return place(root, 0, 0);
}

/** As much of a name as its box has room for. */
export function fitted(name: string, width: number): string {
  const room = Math.floor((width - 2 * MARGIN) / CHARACTER);
  const characters = [...name];
  if (characters.length <= room) return name;
  return room < 3 ? "" : `${characters.slice(0, room - 1).join("")}…`;
}

export function svgOf({ heading, width, rows, boxes }: FlamePicture, colourOf: (node: FlameNode) => string): string {
  const height = HEADING_HEIGHT + rows * ROW_HEIGHT + MARGIN;
  const allNs = Math.max(...boxes.map(({ node }) => node.ns), 1);
  const drawn = boxes.map(({ x, row, width: w, node }) => {
    const y = HEADING_HEIGHT + row * ROW_HEIGHT;
    const says = `${node.name}${node.module === "" ? "" : ` (${node.module})`}: ${duration(node.ns)}, ${percent(node.ns / allNs)}`;
    const rect = `<rect x="${x.toFixed(1)}" y="${y}" width="${w.toFixed(1)}" height="${ROW_HEIGHT - 1}" rx="1.5" fill="${colourOf(node)}"/>`;
    const label = fitted(node.name, w);
    const text = label === "" ? "" : `<text x="${(x + MARGIN).toFixed(1)}" y="${y + 14}">${escaped(label)}</text>`;
    return `<g><title>${escaped(says)}</title>${rect}${text}</g>`;
  });
  const font = 'font-family="system-ui, DejaVu Sans, sans-serif" font-size="12"';
  const open = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ${font}>`;
  const ground = `<rect width="${width}" height="${height}" fill="#ffffff"/>`;
  const title = `<text x="${MARGIN}" y="21" font-size="14" font-weight="600">${escaped(heading)}</text>`;
  return [open, ground, title, ...drawn, "</svg>", ""].join("\n");
}

const entities: Record<string, string> = { "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;", "'": "&apos;" };

/** XML has no place for most control characters, not even escaped. */
const escaped = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd").replace(/[<>&"']/g, (c) => entities[c] ?? c);
