// Which frame of a flame graph is beside another, has the same path in another tree, or matches an element or search?
// SPDX-License-Identifier: MPL-2.0

import type { Frame } from "d3-flame-graph";
import type { FlameNode } from "../../analysis/flame.js";
import type { Pattern } from "./pattern.js";

/** The names that this drawn frame stands for: its folded callers from the outermost, then its own. */
const namesOf = ({ data }: Frame): string[] => [...data.callers, data.name];

/** The names of all frames from the root, itself left out, to `frame`. */
function pathTo(frame: Frame): string[] {
  return frame.parent === null ? [] : [...pathTo(frame.parent), ...namesOf(frame)];
}

/** A short word for the path of a frame: what a link says of a zoom. "" = the root. */
export const placeOf = (frame: Frame): string =>
  frame.parent === null ? "" : wordOf(namesOf(frame).reduce(mixed, sumAt(frame.parent)));

/** The frame that is called so; null: it is not there. */
export function frameAt(root: Frame, place: string, sum = START): Frame | null {
  for (const child of root.children ?? []) {
    const own = namesOf(child).reduce(mixed, sum);
    const found = wordOf(own) === place ? child : frameAt(child, place, own);
    if (found !== null) return found;
  }
  return null;
}

const START = 0x811c9dc5;
const sumAt = (frame: Frame): number => pathTo(frame).reduce(mixed, START);
const wordOf = (sum: number): string => sum.toString(36);

/** FNV-1a; a name's end counts, too. */
function mixed(sum: number, name: string): number {
  let all = sum;
  for (const unit of `${name}\0`) all = Math.imul(all ^ (unit.codePointAt(0) ?? 0), 0x01000193);
  return all >>> 0;
}

/** The frame below `root` with the same path as `frame`, or the deepest frame of that path that exists. */
export function samePlace(root: Frame, frame: Frame): Frame {
  const path = pathTo(frame);
  let at = root;
  for (let done = 0; done < path.length; ) {
    const next = (at.children ?? []).find((child) =>
      namesOf(child).every((name, i) => done + i >= path.length || name === path[done + i]),
    );
    if (next === undefined) break;
    done += namesOf(next).length;
    at = next;
  }
  return at;
}

/** The frame of an element (by its index) in the tree below `frame`, or null. An element has at most one such frame. */
export function frameOf(frame: Frame, element: number): Frame | null {
  if (frame.data.element === element) return frame;
  if (frame.data.element >= 0) return null;
  for (const child of frame.children ?? []) {
    const found = frameOf(child, element);
    if (found !== null) return found;
  }
  return null;
}

/** An element has no module: that is no text, which `^$` would find. */
export const matches = ({ name, module, callers }: FlameNode, pattern: Pattern): boolean =>
  [name, module, ...callers].some((text) => text !== "" && pattern.matches(text));

/** Nanoseconds in matching frames, callees included; matches below a match are not counted again. */
export const matchedNs = (node: FlameNode, pattern: Pattern): number =>
  matches(node, pattern) ? node.ns : node.children.reduce((ns, child) => ns + matchedNs(child, pattern), 0);

/** The frame and all below it, from the left, each before what is below it. */
export const below = (frame: Frame): Frame[] => [
  frame,
  ...[...(frame.children ?? [])].sort((a, b) => a.x0 - b.x0).flatMap(below),
];

/** The frame that an arrow key moves to from `frame`, or undefined; `top` is the frame that the graph is zoomed to. */
export function neighbour(frame: Frame, top: Frame, key: string): Frame | undefined {
  const visible = (frame.children ?? []).filter((child) => child.value > 0).sort((a, b) => a.x0 - b.x0);
  const beside = (frame.parent?.children ?? []).filter((child) => child.value > 0).sort((a, b) => a.x0 - b.x0);
  if (key === "ArrowDown") return visible[0];
  if (key === "ArrowUp") return frame === top ? undefined : (frame.parent ?? undefined);
  if (key === "ArrowRight") return frame === top ? undefined : beside[beside.indexOf(frame) + 1];
  if (key === "ArrowLeft") return frame === top ? undefined : beside[beside.indexOf(frame) - 1];
  return undefined;
}
