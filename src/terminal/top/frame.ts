// What is on the screen of `top`? The answer of an agent, a size and a view, as lines. Pure.
// SPDX-License-Identifier: MPL-2.0

import { stripVTControlCharacters } from "node:util";
import pico from "picocolors";
import type { HotFunction } from "../../analysis/hottest-functions.js";
import { milliseconds, tenths } from "../../analysis/units.js";
import type { ElementSummary } from "../../model/element-summary.js";
import { printable } from "../../model/printable.js";
import { cellWidth, cut, table, wrap } from "../columns.js";
import type { Paint } from "../loss-text.js";
import { measuredOf, rangeText, type Seen, slowLines, whoAndLosses } from "./heading.js";
import { liveColumns, ordered, titleOf } from "./live-columns.js";
import { rowNames, shownElements } from "./rows.js";
import type { Size } from "./screen.js";
import { keys, type View } from "./view.js";

export interface FrameOptions extends Size {
  colour: boolean;
  /** Seconds that were asked for; null: all. */
  range: number | null;
  /** In the place of the keys, until it is over: the agent does not answer, or is gone. */
  note: string;
}

/** Above the first row: who, losses, what is slow, head. */
const HEADING = 5;
const SLOW_LINES = 2;
const FOOTER = 1;

/** Rows that fit below the heading. */
export const pageOf = (rows: number): number => Math.max(1, rows - HEADING - FOOTER);

/** The rows in their order, on all pages. */
export const rowsOf = ({ summary }: Seen, view: View): ElementSummary[] =>
  ordered(shownElements(summary, view.filter), view.sort, view.reversed, summary);

/** As many lines as the terminal has, none wider than it is. */
export function frame(seen: Seen | null, view: View, options: FrameOptions): string[] {
  const { rows, columns } = options;
  const paint = pico.createColors(options.colour);
  const heading = seen === null ? [] : whoAndLosses(seen, options.range, paint, columns);
  const slow = seen === null ? [] : slowLines(seen, paint, columns, SLOW_LINES);
  const room = Math.max(0, rows - FOOTER - heading.length - slow.length);
  const below = view.help
    ? help(seen, columns, paint)
    : seen === null
      ? []
      : body(seen, view, { ...options, rows: room });
  const filled = Array.from({ length: room }, (_, i) => below[i] ?? "");
  return [...heading, ...slow, ...filled].slice(0, Math.max(0, rows - FOOTER)).concat(footer(view, options, paint));
}

function body(seen: Seen, view: View, { rows, columns, colour }: FrameOptions): string[] {
  const paint = pico.createColors(colour);
  const all = rowsOf(seen, view);
  const selected = Math.max(
    0,
    all.findIndex(({ path }) => path === view.selected),
  );
  const opened = all.findIndex(({ path }) => path === view.expanded);
  const functions = opened < 0 ? [] : functionLines(seen, view.expanded, columns).map(paint.dim);
  const entries = [...all.keys()].flatMap((row) => (row === opened ? [row, ...functions] : [row]));
  const room = Math.max(0, rows - 1);
  const shown = entries.slice(firstEntry(entries.indexOf(selected), entries.length, room)).slice(0, room);
  const places = shown.filter((entry): entry is number => typeof entry === "number");
  const names = rowNames(seen.summary, all);
  const visible = places.flatMap((place) => all[place] ?? []);
  const [head = "", ...lines] = table(liveColumns(seen.summary, measuredOf(seen), paint, names), visible, columns);
  const lineOf = (row: number): string => {
    const line = lines[places.indexOf(row)] ?? "";
    return row === selected ? marked(line, columns) : line;
  };
  if (all.length === 0) return [paint.dim(head), cut(nothing(view), columns)];
  return [paint.dim(head), ...shown.map((entry) => (typeof entry === "number" ? lineOf(entry) : entry))];
}

/** The selected row is in the middle, but for the first and the last page. */
const firstEntry = (selected: number, entries: number, room: number): number =>
  Math.max(0, Math.min(selected - Math.floor(room / 2), entries - room));

const nothing = ({ filter }: View): string =>
  filter === ""
    ? "No element was seen yet."
    : printable(`No element with "${filter}" in its path or factory; Esc clears the filter.`);

/** Turned, which is no colour: NO_COLOR does not ask for a row that nobody sees. */
function marked(line: string, width: number): string {
  const text = stripVTControlCharacters(line);
  return `\u001b[7m${text}${" ".repeat(Math.max(0, width - cellWidth(text)))}\u001b[27m`;
}

function functionLines({ summary, functions }: Seen, path: string, width: number): string[] {
  if (functions === null) return [cut("    Its functions are asked for.", width)];
  const hottest = Object.hasOwn(functions, path) ? (functions[path] ?? []) : [];
  if (hottest.length === 0) return [cut("    No CPU sample fell on it in this time.", width)];
  const total = Math.max(1, summary.profile.cpu?.totalNs ?? 0);
  return hottest.map((one) => cut(functionLine(one, total), width));
}

/** The share is of the same whole as the row's. */
function functionLine({ name, module, ns }: HotFunction, totalNs: number): string {
  const figures = `${tenths(ns / totalNs).padStart(9)} % ${milliseconds(ns).padStart(7)} ms  `;
  return printable(`${figures}${name}${module === "" ? "" : `  ${module}`}`);
}

function help(seen: Seen | null, width: number, paint: Paint): string[] {
  const first = Math.max(...keys.map(([key]) => key.length)) + 2;
  const said = keys.flatMap(([key, what]) => {
    const [line = "", ...more] = wrap(what, Math.max(1, width - first));
    const all = [key.padEnd(first) + line, ...more.map((text) => " ".repeat(first) + text)];
    return all.map((text) => cut(text, width));
  });
  if (seen === null) return said;
  const columns = liveColumns(seen.summary, measuredOf(seen), paint, { of: ({ name }) => name, width: 0 });
  const explained = columns.filter(({ help: text }) => text !== undefined);
  return [...said, "", ...explained.flatMap(({ title, help: text }) => wrap(`${title}: ${text}`, width))];
}

function footer(view: View, { columns, range, note }: FrameOptions, paint: Paint): string {
  if (view.typing) return cut(printable(`/${view.filter}_`), columns);
  if (note !== "") return paint.yellow(cut(printable(note), columns));
  const state = view.paused ? "Space goes on: PAUSED" : `p ${rangeText(range)}`;
  const order = `< > sort: ${titleOf(view.sort)}${view.reversed ? " reversed" : ""}`;
  const filter = view.filter === "" ? "/ filter" : `Esc clears "${printable(view.filter)}"`;
  return paint.dim(fitting(["h help", "q quit", order, state, filter, "Enter functions", "r reverse"], columns));
}

/** As many of the texts as there is room for, the first ones first. */
function fitting(texts: readonly string[], width: number): string {
  const [first = "", ...rest] = texts;
  return rest.reduce(
    (line, text) => {
      const longer = `${line}  ${text}`;
      return cellWidth(longer) <= width ? longer : line;
    },
    cut(first, width),
  );
}
