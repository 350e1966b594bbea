// What differs between two recordings, on a terminal? A sentence, what changed, what did not, and which conditions hold.
// SPDX-License-Identifier: MPL-2.0

import pico from "picocolors";
import { plural } from "../analysis/units.js";
import type { Change, Comparison } from "../compare/comparison.js";
import type { GateResult } from "../compare/gates.js";
import * as words from "../compare/words.js";
import { type Column, table, wrap } from "./columns.js";
import type { Paint } from "./loss-text.js";

export interface ComparisonTextOptions {
  columns: number;
  colour: boolean;
  /** Also the figures that did not change. */
  all: boolean;
}

export function comparisonText(
  comparison: Comparison,
  gates: readonly GateResult[],
  { columns, colour, all }: ComparisonTextOptions,
): string {
  const paint = pico.createColors(colour);
  const width = Math.max(30, columns);
  const lines = wrap(words.headline(comparison), width).map((line) => paint.bold(line));
  const more = [words.basis(comparison), words.loadSentence(comparison), ...words.onlyIn(comparison)];
  lines.push(...more.filter(Boolean).flatMap((line) => wrap(line, width)));
  lines.push(...tables(comparison, all, paint, width));
  if (gates.length > 0) lines.push("");
  for (const gate of gates) lines.push(...wrap(words.gateSentence(gate, comparison), width).map(paintOf(gate, paint)));
  return `${lines.join("\n")}\n`;
}

function paintOf({ outcome }: GateResult, paint: Paint): (line: string) => string {
  if (outcome === "passes") return (line) => line;
  return outcome === "fires" ? (line) => paint.red(line) : (line) => paint.yellow(line);
}

function tables(comparison: Comparison, all: boolean, paint: Paint, width: number): string[] {
  const onePipeline = words.hasOnePipeline(comparison);
  const changed = words.changed(comparison);
  const rest = comparison.changes.filter((change) => !changed.includes(change) && change.figure !== "ready.share");
  const lines: string[] = [];
  if (changed.length > 0) lines.push("", ...drawn(changed, "CHANGED", onePipeline, paint, width));
  if (rest.length === 0) return lines;
  if (all) return [...lines, "", ...drawn(rest, "NOT CHANGED, AS FAR AS CAN BE TOLD", onePipeline, paint, width)];
  const surest = rest.filter(({ figure, verdict }) => figure === "cpu.perBuffer" && verdict === "same");
  if (surest.length > 0) lines.push("", ...drawn(surest, "WITHIN NOISE", onePipeline, paint, width));
  const hidden = rest.length - surest.length;
  return hidden === 0 ? lines : [...lines, `and ${plural(hidden, "more figure")} (--all)`];
}

function drawn(changes: readonly Change[], title: string, onePipeline: boolean, paint: Paint, width: number): string[] {
  const [head = "", ...rows] = table(columnsOf(title, onePipeline, paint), changes, width);
  return [paint.dim(head), ...rows];
}

function columnsOf(title: string, onePipeline: boolean, paint: Paint): Column<Change>[] {
  const colour = (text: string, change: Change): string =>
    words.isChanged(change) ? (words.isWorse(change) ? paint.red(text) : paint.green(text)) : text;
  const change = (c: Change): string => (c.verdict === "not comparable" ? "other load" : words.signed(c.change));
  return [
    { title, align: "left", priority: 0, cell: (c) => words.subjectOf(c, onePipeline) },
    { title: "FIGURE", align: "left", priority: 1, cell: ({ figure }) => words.titles[figure] },
    { title: "BEFORE", align: "right", priority: 3, cell: (c) => words.valueText(c.figure, c.before) },
    { title: "AFTER", align: "right", priority: 2, cell: (c) => words.valueText(c.figure, c.after) },
    { title: "CHANGE", align: "right", priority: 0, cell: change, paint: colour },
    { title: "RANGE", align: "right", priority: 4, cell: words.rangeOf },
  ];
}
