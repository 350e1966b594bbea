// How is a number said to a person? Three significant digits, a unit, always the same width of thought.
// SPDX-License-Identifier: MPL-2.0

export const duration = (ns: number): string => (ns < 1 ? "0" : scaled(ns, ["ns", "µs", "ms", "s"]));

/** In the first of the units that is no thousandth of the next one. */
function scaled(n: number, [one, thousand, million, billion]: [string, string, string, string]): string {
  if (n < 999.5) return `${Math.round(n)} ${one}`;
  if (n < 999.5e3) return `${digits(n / 1e3)} ${thousand}`;
  return n < 999.5e6 ? `${digits(n / 1e6)} ${million}` : `${digits(n / 1e9)} ${billion}`;
}

/** Milliseconds without a unit, for columns whose head names it. */
export const milliseconds = (ns: number): string => count(Math.round(ns / 1e6));

export function percent(share: number): string {
  if (!(share > 0)) return "0 %";
  if (share < 0.001) return "<0.1 %";
  return share < 0.0995 ? `${(share * 100).toFixed(1)} %` : `${Math.round(share * 100)} %`;
}

/** Percent without its sign, for columns whose head says it. */
export const tenths = (share: number): string => (share * 100).toFixed(1);

/** 12,345,678 */
export const count = (n: number): string => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ",");

export const bytes = (n: number): string => scaled(n, ["B", "kB", "MB", "GB"]);

/** So many a second: 0.25, 29.9, 1,200. */
export const each = (n: number): string => digits(n);

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

/** Cuts in the middle, where names differ least, and never inside a character. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text; // a character has one unit or more
  const characters = [...text];
  if (characters.length <= max) return text;
  const head = Math.ceil((max - 1) / 2);
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - (max - 1 - head)).join("")}`;
}

function digits(n: number): string {
  if (n < 9.995) return n.toFixed(2);
  return n < 99.95 ? n.toFixed(1) : count(n);
}
