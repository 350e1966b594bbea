// How is a fact said, so that its numbers can be checked?
// SPDX-License-Identifier: MPL-2.0
import type { Evidence } from "@gst-pyroscope/contract/window";
import { rounded } from "./numbers.js";

/** Text, a number by its name, or several in a row. */
type Part = string | Record<string, number> | Part[];

/**
 * fact("segment_load")`It took ${{ load_s: 3.14159 }} s.`: the numbers of a fact are those that its sentence shows. They are
 * rounded first: both are the same. Counts without decimals, all else with two. `path`: of the element, or the thread's name.
 */
export const fact =
  (kind: Evidence["kind"], path?: string) =>
  (texts: TemplateStringsArray, ...parts: Part[]): Evidence => {
    const numbers: Record<string, number> = {};
    const shown = (part: Part): string => {
      if (typeof part === "string") return part;
      if (Array.isArray(part)) return part.map(shown).join("");
      Object.assign(numbers, roundedAll(part));
      return Object.keys(part)
        .map((name) => (counts.has(name) ? String(numbers[name]) : (numbers[name] ?? 0).toFixed(2)))
        .join(" ");
    };
    const sentence = texts.map((text, place) => text + shown(parts[place] ?? "")).join("");
    return { kind, sentence, ...(path === undefined ? {} : { path }), numbers };
  };

/** A number that the sentence says in words. */
export const beside = (evidence: Evidence, numbers: Record<string, number>): Evidence => ({
  ...evidence,
  numbers: { ...evidence.numbers, ...roundedAll(numbers) },
});

const roundedAll = (numbers: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, rounded(value)]));

const counts = new Set(["level", "of", "elements", "frames", "windows", "exit_code", "losses"]);

/** The last part of an element's path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1).slice(0, 80);

/** Text from outside within a sentence: short, and on one line. */
export const quoted = (text: string): string => `“${text.replace(/\s+/g, " ").trim().slice(0, 160)}”`;
