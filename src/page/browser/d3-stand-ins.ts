// What does the flame graph use of D3's scales, number formats, eases and arrays? One straight line and one comparison: these stand
// in for four packages, which were half of its script.
// SPDX-License-Identifier: MPL-2.0

interface Line {
  (x: number): number;
  range(ends: [number, number]): Line;
}

/** From 0 … 1 to `range`. */
export function scaleLinear(): Line {
  let [from, to] = [0, 1];
  const line: Line = Object.assign((x: number) => from + (to - from) * x, {
    range(ends: [number, number]): Line {
      [from, to] = ends;
      return line;
    },
  });
  return line;
}

/** Only for labels that our pages replace with their own. */
export const format =
  () =>
  (x: number): string =>
    x.toFixed(3);

/** Nothing moves. */
export const easeCubic = (time: number): number => time;

export const ascending = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
