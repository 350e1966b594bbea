// Where in the flame graph is something: next to a frame, at the same place of another tree, by a word?
// SPDX-License-Identifier: MPL-2.0

import type { Frame } from "d3-flame-graph";
import type { FlameNode } from "../../analysis/flame.js";

/** Names from the thread's first frame on: one that was folded counts like one that was drawn. */
const namesOf = ({ data }: Frame): string[] => [...data.callers, data.name];

function pathTo(frame: Frame): string[] {
  return frame.parent === null ? [] : [...pathTo(frame.parent), ...namesOf(frame)];
}

/** The frame of another tree that stands where `frame` stands, or the deepest one on the way there. */
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

/** An element stands above its threads, once. */
export function frameOf(frame: Frame, element: number): Frame | null {
  if (frame.data.element === element) return frame;
  if (frame.data.element >= 0) return null;
  for (const child of frame.children ?? []) {
    const found = frameOf(child, element);
    if (found !== null) return found;
  }
  return null;
}

export const matches = ({ name, module, callers }: FlameNode, term: string): boolean =>
  [name, module, ...callers].join("\n").toLowerCase().includes(term);

/** What is in a frame that matches, or below it, counts once. */
export const matchedNs = (node: FlameNode, term: string): number =>
  matches(node, term) ? node.ns : node.children.reduce((ns, child) => ns + matchedNs(child, term), 0);

export function neighbour(frame: Frame, top: Frame, key: string): Frame | undefined {
  const visible = (frame.children ?? []).filter((child) => child.value > 0).sort((a, b) => a.x0 - b.x0);
  const beside = (frame.parent?.children ?? []).filter((child) => child.value > 0).sort((a, b) => a.x0 - b.x0);
  if (key === "ArrowDown") return visible[0];
  if (key === "ArrowUp") return frame === top ? undefined : (frame.parent ?? undefined);
  if (key === "ArrowRight") return frame === top ? undefined : beside[beside.indexOf(frame) + 1];
  if (key === "ArrowLeft") return frame === top ? undefined : beside[beside.indexOf(frame) - 1];
  return undefined;
}
