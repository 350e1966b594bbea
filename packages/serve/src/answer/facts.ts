// How is a fact said, so that its numbers can be checked?
// SPDX-License-Identifier: MPL-2.0
import type { Evidence } from "@gst-pyroscope/contract/window";
import { rounded } from "./numbers.js";

/** Gives the text of one of the numbers. */
export type Shown = (name: string) => string;

/** Numbers are rounded first: the sentence shows what the numbers are. Counts without decimals, all else with two. */
export function fact(
  kind: Evidence["kind"],
  numbers: Record<string, number>,
  sentence: (shown: Shown) => string,
  path?: string,
): Evidence {
  const kept = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, rounded(value)]));
  const shown: Shown = (name) => (counts.has(name) ? String(kept[name] ?? 0) : (kept[name] ?? 0).toFixed(2));
  return { kind, sentence: sentence(shown), ...(path === undefined ? {} : { path }), numbers: kept };
}

const counts = new Set(["level", "of", "elements", "frames", "windows", "exit_code", "losses", "bytes", "threads"]);

/** The last part of an element's path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1).slice(0, 80);

/** Text from outside within a sentence: short, and on one line. */
export const quoted = (text: string): string => `“${text.replace(/\s+/g, " ").trim().slice(0, 160)}”`;
