// Which links have room for what went through them, and in which words? Short ones, where they hide nothing.
// SPDX-License-Identifier: MPL-2.0

import type { Box, GraphLayout } from "../../graph/shape.js";
import type { PagePipeline } from "../page-data.js";

/** Pixels of a character, at most on the average; of a line; between a link and its words. */
const CHARACTER = 5.8;
const LINE = 12;
const GAP = 6;

export interface CapsLabel {
  text: string;
  /** Where its base line begins. */
  x: number;
  y: number;
}

/** By link; undefined: nothing is known, or its words would lie on something else. */
export function capsLabels({ links }: PagePipeline, layout: GraphLayout): (CapsLabel | undefined)[] {
  const around = layout.links.map(boxOf);
  const labels: Box[] = [];
  return links.map(([, , , , , caps], i) => {
    const middle = middleOf(layout.links[i] ?? []);
    const text = shortCaps(caps);
    if (text === "" || middle === undefined) return undefined;
    const taken = [...layout.nodes, ...labels, ...around.filter((_, other) => other !== i)];
    const box = beside(middle, text.length * CHARACTER).find(
      (one) => one[0] >= 0 && one[0] + one[2] <= layout.width && !taken.some((other) => overlap(one, other)),
    );
    if (box === undefined) return undefined;
    labels.push(box);
    return { text, x: box[0], y: box[1] + (5 * LINE) / 6 };
  });
}

/** Right of it, or left of it. */
const beside = ([x, y]: [number, number], width: number): Box[] =>
  [x + GAP, x - GAP - width].map((left) => [left, y - LINE / 2, width, LINE]);

function boxOf(points: readonly number[]): Box {
  const [xs, ys] = [0, 1].map((odd) => points.filter((_, i) => i % 2 === odd));
  const [left, top] = [Math.min(...(xs ?? [])), Math.min(...(ys ?? []))];
  return [left, top, Math.max(...(xs ?? [])) - left, Math.max(...(ys ?? [])) - top];
}

/** Of its cubic curves, which follow one another: where the middle two meet, or between the ends of the middle one. */
function middleOf(points: readonly number[]): [number, number] | undefined {
  const curves = Math.floor((points.length - 2) / 6);
  if (curves < 1) return undefined;
  const [before, after] = [Math.floor(curves / 2), Math.ceil(curves / 2)].map((end) =>
    points.slice(6 * end, 6 * end + 2),
  );
  const [x0 = 0, y0 = 0] = before ?? [];
  const [x1 = 0, y1 = 0] = after ?? [];
  return [(x0 + x1) / 2, (y0 + y1) / 2];
}

const overlap = ([ax, ay, aw, ah]: Box, [bx, by, bw, bh]: Box): boolean =>
  ax < bx + bw && bx < ax + aw && ay < by + bh && by < ay + ah;

/** "video/x-raw, format=I420, width=640, height=480, framerate=30/1": "raw I420 640×480 30/1". */
export function shortCaps(caps: string): string {
  const [type = "", ...fields] = caps.split(", ");
  const of = new Map(fields.map((field) => field.split("=", 2) as [string, string | undefined]));
  const [width, height, rate, channels] = ["width", "height", "rate", "channels"].map((name) => of.get(name));
  const media = type.replace(/^.*\/(x-)?/, "").replace(/\(.*$/, "");
  const parts = [
    media,
    of.get("format") ?? of.get("stream-format"),
    width !== undefined && height !== undefined ? `${width}×${height}` : undefined,
    of.get("framerate"),
    rate === undefined ? undefined : `${rate} Hz`,
    channels === undefined ? undefined : `${channels} ch`,
  ];
  const text = parts.filter((part) => part !== undefined && part !== "").join(" ");
  return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text;
}

/** Characters. */
const MOST = 34;
