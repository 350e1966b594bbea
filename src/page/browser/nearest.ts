// Which box does an arrow key move to? The nearest one in that direction, one that is aside counts as farther away.
// SPDX-License-Identifier: MPL-2.0

import type { Box } from "../../graph/shape.js";

const directions: Readonly<Record<string, [x: number, y: number]>> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};
/** A pixel aside is as far as so many ahead. */
const ASIDE = 2;

/** Index of it, undefined = there is none, or `key` is no arrow. `out`: may it not be moved to? */
export function nearest(
  boxes: readonly Box[],
  from: number,
  key: string,
  out: (i: number) => boolean,
): number | undefined {
  const [towards, here] = [directions[key], boxes[from]];
  if (towards === undefined || here === undefined) return undefined;
  const [x, y] = middle(here);
  const far = boxes.map((box, i) => {
    const [dx, dy] = [middle(box)[0] - x, middle(box)[1] - y];
    const ahead = dx * towards[0] + dy * towards[1];
    const aside = Math.abs(dx * towards[1]) + Math.abs(dy * towards[0]);
    return i === from || ahead <= 0.5 || out(i) ? Number.POSITIVE_INFINITY : ahead + ASIDE * aside;
  });
  const least = Math.min(...far);
  return Number.isFinite(least) ? far.indexOf(least) : undefined;
}

const middle = ([x, y, width, height]: Box): [number, number] => [x + width / 2, y + height / 2];
