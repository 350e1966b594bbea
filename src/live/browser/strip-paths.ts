// How do figures over time become the path of a drawing? In a box of 1000 × 100, upwards.
// SPDX-License-Identifier: MPL-2.0

/** Of one window: where it begins and ends, and its height, all as a share of the box. */
export interface Step {
  from: number;
  to: number;
  y: number;
}

const x = (share: number): string => (1000 * share).toFixed(1);
/** A little below the top, where a line would be cut. */
const y = (share: number): string => (100 - 96 * share).toFixed(1);

/** An area of steps; where windows are missing there is a gap. */
export function stepsPath(steps: readonly Step[]): string {
  return steps.map((step) => `M${x(step.from)} 100V${y(step.y)}H${x(step.to)}V100Z`).join("");
}

/** A line through the middles of the windows. */
export function linePath(steps: readonly Step[]): string {
  return steps.map((step, i) => `${i === 0 ? "M" : "L"}${x((step.from + step.to) / 2)} ${y(step.y)}`).join("");
}
