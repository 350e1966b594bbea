// Which colour has an element? One by its rank, everywhere the same; neighbours in rank are far apart in hue.
// SPDX-License-Identifier: MPL-2.0

const dark = matchMedia("(prefers-color-scheme: dark)");

/** The first ones are the ones people look at: chosen to be told apart also by the colour-blind. */
const hues = [38, 250, 155, 330, 95, 205, 290, 20, 125, 230, 355, 65];
const GOLDEN_ANGLE = 137.508;

export const onSchemeChange = (repaint: () => void): void => dark.addEventListener("change", repaint);

function hue(element: number): number {
  return hues[element] ?? (element * GOLDEN_ANGLE + 12) % 360;
}

/** On a page where something else than elements has colours: of its number. */
let another: ((number: number) => string) | null = null;
export function recolour(of: (number: number) => string): void {
  another = of;
}

/** From -1, half as much or less, by 0, no change, to 1, twice as much or more; told apart by the colour-blind as well. */
export function changeColour(change: number): string {
  const strength = Math.sqrt(Math.min(1, Math.abs(change)));
  const light = dark.matches ? 0.66 + 0.04 * strength : 0.88 - 0.13 * strength;
  return `oklch(${light.toFixed(3)} ${(0.01 + 0.14 * strength).toFixed(3)} ${change > 0 ? 45 : 250})`;
}

/** `step` in 0…3 tells frames of different modules apart without leaving the element's hue. */
export function elementColour(element: number, step = 1): string {
  if (another !== null) return another(element);
  const chroma = element < 0 ? 0 : element < hues.length ? 0.115 : 0.08;
  const light = dark.matches ? 0.6 + step * 0.035 : 0.755 + step * 0.035;
  return `oklch(${light.toFixed(3)} ${chroma} ${element < 0 ? 0 : hue(element)})`;
}

export const groupColour = (): string => (dark.matches ? "oklch(0.66 0.012 260)" : "oklch(0.90 0.008 260)");
export const hitColour = (): string => (dark.matches ? "oklch(0.78 0.2 350)" : "oklch(0.72 0.22 350)");

export function stepOf(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) & 0xffff;
  return sum % 4;
}

/** One hue from none of a quantity (0) to the most (1); words on it can be read in both schemes. */
export function heatColour(share: number): string {
  const strength = Math.min(1, Math.max(0, share));
  const [least, most] = dark.matches ? [0.25, 0.5] : [0.975, 0.74];
  return `oklch(${(least + (most - least) * strength).toFixed(3)} ${(0.008 + 0.135 * strength).toFixed(3)} 45)`;
}
