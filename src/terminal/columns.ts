// How does a table fit a terminal? Widths in character cells, columns given up by priority, names cut in the middle.
// SPDX-License-Identifier: MPL-2.0

import { plural } from "../analysis/units.js";
import { printable } from "../model/printable.js";

export interface Column<Row> {
  title: string;
  align: "left" | "right";
  /** Given up first when highest; 0 stays. */
  priority: number;
  /** Cells that it takes in any case: a table that is drawn again and again stays where it is. */
  leastWidth?: number;
  /** Of any text: a table shows it printable. */
  cell(row: Row): string;
  paint?(text: string, row: Row): string;
}

const GAP = 2;
const MIN_NAME = 12;

/** Head and rows as lines of at most `width` cells. The first column takes what is left over. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  let shown = columns.map((column) => ({ ...column, cell: (row: Row) => printable(column.cell(row)) }));
  let widths = measure(shown, rows);
  while (shown.length > 1 && MIN_NAME + total(widths.slice(1)) > width) {
    const worst = shown.reduce((a, b) => (b.priority > a.priority ? b : a));
    if (worst.priority === 0) break;
    widths = widths.filter((_, i) => shown[i] !== worst);
    shown = shown.filter((column) => column !== worst);
  }
  const name = Math.max(1, Math.min(widths[0] ?? 0, width - total(widths.slice(1))));
  widths[0] = name;
  const line = (cells: string[], paint: (text: string, i: number) => string): string =>
    cells
      .map((cell, i) => paint(pad(cut(cell, widths[i] ?? 0), widths[i] ?? 0, shown[i]?.align), i))
      .join(" ".repeat(GAP))
      .trimEnd();
  const head = line(
    shown.map((c) => c.title),
    (text) => text,
  );
  const body = rows.map((row) =>
    line(
      shown.map((c) => c.cell(row)),
      (text, i) => shown[i]?.paint?.(text, row) ?? text,
    ),
  );
  return [head, ...body];
}

/** A terminal is no place for more. */
const MOST_ROWS = 1000;

/** The same of the first rows, and how many more there are. */
export function firstRows<Row>(columns: readonly Column<Row>[], all: readonly Row[], what: string, width: number) {
  return [...table(columns, all.slice(0, MOST_ROWS), width), ...andMore(all.length - MOST_ROWS, what)];
}

export const andMore = (n: number, what: string): string[] => (n > 0 ? [`and ${plural(n, `more ${what}`)}`] : []);

function measure<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): number[] {
  const least = ({ title, leastWidth = 0 }: Column<Row>): number => Math.max(leastWidth, cellWidth(title));
  return columns.map((c) => rows.reduce((most, row) => Math.max(most, cellWidth(c.cell(row))), least(c)));
}

const total = (widths: readonly number[]): number => widths.reduce((sum, w) => sum + w + GAP, 0);

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const none = /\p{Mn}|\p{Me}|[\u200b\u200c]|\u200d|\ufe0f/u;

/** Cells that a terminal gives to the text. */
export function cellWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += none.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}

/** Cut in the middle to at most `width` cells. */
export function cut(text: string, width: number): string {
  if (cellWidth(text) <= width) return text;
  if (width < 2) return width < 1 ? "" : "…";
  const characters = [...text];
  const head: string[] = [];
  const tail: string[] = [];
  for (let left = width - 1, fromHead = true; ; fromHead = !fromHead) {
    const next = fromHead ? characters.shift() : characters.pop();
    if (next === undefined || cellWidth(next) > left) break;
    left -= cellWidth(next);
    if (fromHead) head.push(next);
    else tail.unshift(next);
  }
  return `${head.join("")}…${tail.join("")}`;
}

function pad(text: string, width: number, align: "left" | "right" | undefined): string {
  const space = " ".repeat(Math.max(0, width - cellWidth(text)));
  return align === "right" ? space + text : text + space;
}

/** Words in printable lines of at most `width` cells; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of printable(text).split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && cellWidth(last) + 1 + cellWidth(word) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
