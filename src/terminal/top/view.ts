// What is a person looking at in `top`, and what does a key change of it? Pure.
// SPDX-License-Identifier: MPL-2.0

import { sortNames, USUAL_SORT } from "./live-columns.js";

export interface View {
  /** One of sortNames. */
  sort: string;
  reversed: boolean;
  filter: string;
  /** The filter is being typed. */
  typing: boolean;
  /** Path of the row that keys are about; "": the first one, whichever that is. */
  selected: string;
  /** Path of the row with its functions below it; "": none. */
  expanded: string;
  paused: boolean;
  /** Index into `ranges`. */
  range: number;
  help: boolean;
}

/** Seconds that the table is about; null: all that the agent has kept. */
export const ranges: readonly (number | null)[] = [2, 10, 60, null];

export function firstView({ sort = USUAL_SORT, filter = "" } = {}): View {
  const nothing = { typing: false, selected: "", expanded: "", paused: false, help: false };
  return { sort, reversed: false, filter, range: 0, ...nothing };
}

/** As node:readline tells of it. */
export interface Key {
  name?: string | undefined;
  sequence?: string | undefined;
  ctrl?: boolean | undefined;
  meta?: boolean | undefined;
}

/** What is on the screen while the key is hit. */
export interface Shown {
  /** Paths of the rows, in their order; of those on other pages too. */
  paths: readonly string[];
  /** Rows of one page. */
  page: number;
  /** How many ranges there are to choose from. */
  ranges: number;
}

/** "stop": the shell wants its terminal back for a while (Ctrl-Z). */
export type Pressed = View | "end" | "stop";

export function press(view: View, key: Key, shown: Shown): Pressed {
  if (key.ctrl && key.name === "c") return "end";
  if (key.ctrl && key.name === "z") return "stop";
  if (view.typing) return typed(view, key);
  if (view.help) return key.name === "q" ? "end" : { ...view, help: false };
  if (key.sequence === "q") return "end";
  const move = moveOf(key, shown.page);
  if (move !== undefined) return moved(view, shown.paths, move);
  return changed(view, key, shown);
}

/** Longer than any name that is worth to be typed. */
const MOST_FILTER = 200;

function typed(view: View, { name = "", sequence = "", ctrl, meta }: Key): View {
  if (name === "escape") return { ...view, typing: false, filter: "" };
  if (name === "return" || name === "enter") return { ...view, typing: false };
  if (name === "backspace") return { ...view, filter: [...view.filter].slice(0, -1).join("") };
  if (ctrl && name === "u") return { ...view, filter: "" };
  const isText = !ctrl && !meta && sequence !== "" && !/\p{Cc}/u.test(sequence);
  return isText ? { ...view, filter: (view.filter + sequence).slice(0, MOST_FILTER) } : view;
}

/** Rows down. */
function moveOf({ name, sequence }: Key, page: number): number | undefined {
  if (name === "up" || sequence === "k") return -1;
  if (name === "down" || sequence === "j") return 1;
  if (name === "pageup") return -page;
  if (name === "pagedown") return page;
  if (name === "home") return Number.NEGATIVE_INFINITY;
  return name === "end" ? Number.POSITIVE_INFINITY : undefined;
}

function moved(view: View, paths: readonly string[], rows: number): View {
  const from = Math.max(0, paths.indexOf(view.selected));
  const to = Math.max(0, Math.min(paths.length - 1, from + rows));
  // At the top the first row stays selected, whichever becomes it.
  return { ...view, selected: to === 0 ? "" : (paths[to] ?? "") };
}

function changed(view: View, { name = "", sequence = "" }: Key, shown: Shown): View {
  if (name === "left") return sorted(view, -1);
  if (name === "right") return sorted(view, 1);
  if (name === "return" || name === "enter") return expanded(view, shown.paths);
  if (name === "escape") return { ...view, filter: "", expanded: "" };
  return Object.hasOwn(letters, sequence) ? { ...view, ...letters[sequence]?.(view, shown) } : view;
}

function expanded(view: View, paths: readonly string[]): View {
  const path = paths.includes(view.selected) ? view.selected : (paths[0] ?? "");
  return view.expanded === path ? { ...view, expanded: "" } : { ...view, selected: path, expanded: path };
}

const letters: Record<string, (view: View, shown: Shown) => Partial<View>> = {
  s: (view) => sorted(view, 1),
  ">": (view) => sorted(view, 1),
  "<": (view) => sorted(view, -1),
  r: ({ reversed }) => ({ reversed: !reversed }),
  "/": () => ({ typing: true }),
  " ": ({ paused }) => ({ paused: !paused }),
  p: ({ range }, { ranges: known }) => ({ range: (range + 1) % known }),
  h: () => ({ help: true }),
  "?": () => ({ help: true }),
};

function sorted(view: View, by: number): View {
  const at = sortNames.indexOf(view.sort) + by;
  return { ...view, sort: sortNames[(at + sortNames.length) % sortNames.length] ?? USUAL_SORT, reversed: false };
}

/** TABLE: for the help on the screen. */
export const keys: readonly (readonly [string, string])[] = [
  ["q, Ctrl-C", "ends"],
  ["up, down, k, j", "move by a row; PgUp, PgDn by a page; Home, End"],
  ["Enter", "shows the functions of the row that take most CPU time; again: hides them"],
  ["s, <, >, left, right", "sort by another column"],
  ["r", "reverses the order"],
  ["/", "shows only rows with this text in path or factory; Enter keeps it, Esc clears it"],
  ["p", "changes the time that the table is about: the last 2 s, 10 s, 60 s, all that is kept"],
  ["Space", "pauses, and goes on"],
  ["h, ?", "this help; any key leaves it"],
];
