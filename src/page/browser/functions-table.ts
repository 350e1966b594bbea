// Which functions take the time of what is chosen? A table by self or total time; a row asks for callers and callees.
// SPDX-License-Identifier: MPL-2.0

import type { FunctionName, FunctionTime } from "../../analysis/functions.js";
import { count, duration, percent, plural, tenths } from "../../analysis/units.js";
import { arrange, byId, foreign, h, write } from "./dom.js";
import type { Pattern } from "./pattern.js";

/** Rows that are there at first, and as many more each time. */
const ROWS = 100;

export interface ShownFunctions {
  rows: readonly FunctionTime[];
  /** Of all stacks that are chosen. */
  totalNs: number;
  /** "CPU time", "wall time". */
  what: string;
  pattern: Pattern;
}

type Order = "name" | "module" | "ns" | "totalNs";

/** TABLE: columns, with what they are called and say. */
// biome-ignore format: one row a line
const columns: readonly { by: Order; title: string; kind: string; help: string }[] = [
  { by: "name", title: "Function", kind: "left", help: "Functions of one name in one module are one row; inlined ones have rows of their own" },
  { by: "module", title: "Module", kind: "left module", help: "The file that the function is in: a library, a plugin or the program" },
  { by: "ns", title: "Self", kind: "", help: "Time in the function itself, and its share of all time that is chosen" },
  { by: "totalNs", title: "Total", kind: "", help: "Time in the function and in all that it called. Of a function that calls itself it counts once" },
];

const keyOf = ({ name, module }: FunctionName): string => `${module}\0${name}`;

export class FunctionsTable {
  readonly #body = byId("function-rows");
  readonly #choose: (of: FunctionName | null) => void;
  #shown: ShownFunctions | null = null;
  #by: Order = "ns";
  #upwards = false;
  #most = ROWS;
  #chosen = "";

  constructor(choose: (of: FunctionName | null) => void) {
    this.#choose = choose;
    this.#body.addEventListener("click", (event) => this.#chooseAt(event.target));
    this.#body.addEventListener("keydown", (event) => this.#onKey(event));
    byId("function-more").addEventListener("click", () => {
      const before = this.#most;
      this.#most += ROWS;
      this.#draw();
      (this.#body.children[before] as HTMLElement | undefined)?.focus();
    });
  }

  show(shown: ShownFunctions): void {
    if (this.#shown === null) byId("function-head").replaceChildren(...columns.map((column) => this.#head(column)));
    this.#shown = shown;
    this.#draw();
  }

  /** Marks the row whose callers and callees are shown. */
  select(of: FunctionName | null): void {
    this.#chosen = of === null ? "" : keyOf(of);
    for (const row of this.#body.children) row.setAttribute("aria-selected", String(rowKey(row) === this.#chosen));
  }

  /** All rows that match, in the order of the table, for a spreadsheet: tabs between columns, nanoseconds. */
  get tsv(): string {
    const lines = this.#rows().map(({ name, module, ns, totalNs }) => [name, module, ns, totalNs].join("\t"));
    return [["function", "module", "self_ns", "total_ns"].join("\t"), ...lines, ""].join("\n");
  }

  #rows(): FunctionTime[] {
    const { rows = [], pattern } = this.#shown ?? {};
    const found = matching(rows, pattern);
    const by = this.#by;
    const compare =
      by === "name" || by === "module"
        ? (a: FunctionTime, b: FunctionTime) => (a[by] < b[by] ? -1 : a[by] > b[by] ? 1 : a.ns - b.ns)
        : (a: FunctionTime, b: FunctionTime) => a[by] - b[by];
    return found.sort((a, b) => compare(a, b) * (this.#upwards ? 1 : -1));
  }

  #draw(): void {
    const found = this.#rows();
    const { rows = [], totalNs = 0, pattern, what = "" } = this.#shown ?? {};
    const drawn = found.slice(0, this.#most);
    // A row that is there already keeps the focus and the pointer that are on it.
    const before = new Map([...this.#body.children].map((row) => [rowKey(row), row as HTMLTableRowElement]));
    const there = drawn.map((time) => before.get(keyOf(time)) ?? this.#row(time));
    drawn.forEach((time, i) => void fillRow(there[i] as HTMLTableRowElement, time, totalNs));
    arrange(this.#body, there);
    const rest = found.slice(this.#most);
    const restNs = rest.reduce((sum, { ns }) => sum + ns, 0);
    byId("function-more").hidden = rest.length === 0;
    write(byId("function-more"), `Show ${Math.min(ROWS, rest.length)} more`);
    const left = `${plural(rest.length, "more function")} with ${percent(restNs / Math.max(1, totalNs))} of the ${what} in themselves.`;
    const none = rows.length === 0 ? `There is no ${what} in stacks of what is chosen.` : `None of ${count(rows.length)} functions matches.`; // biome-ignore format: one choice
    write(byId("function-rest"), found.length === 0 ? none : rest.length === 0 ? "" : left);
    write(byId("function-problem"), pattern?.problem ?? "");
  }

  #row(time: FunctionTime): HTMLTableRowElement {
    const { name, module, origin } = time;
    const named = foreign(name, origin === undefined ? {} : { class: "given" });
    const title = h("div", { class: "name" }, named, h("small", {}, foreign(module)));
    const row = h(
      "tr",
      { role: "row", tabindex: "0", "aria-selected": String(keyOf(time) === this.#chosen) },
      h("td", { role: "gridcell", class: "left", title: name }, title),
      h("td", { role: "gridcell", class: "left module", title: module }, foreign(module)),
      h("td", { role: "gridcell", class: "time" }),
      h("td", { role: "gridcell", class: "time" }),
    );
    row.dataset.function = name;
    row.dataset.module = module;
    return row;
  }

  #head({ by, title, kind, help }: (typeof columns)[number]): HTMLElement {
    const button = h("button", { type: "button", title: help }, title);
    const cell = h("th", { role: "columnheader", class: kind }, button);
    if (by === this.#by) cell.setAttribute("aria-sort", "descending");
    button.addEventListener("click", () => this.#sort(cell, by));
    return cell;
  }

  #sort(cell: HTMLElement, by: Order): void {
    // Names begin with "a", times with the longest.
    const first = by === "name" || by === "module";
    this.#upwards = this.#by === by ? !this.#upwards : first;
    this.#by = by;
    for (const other of byId("function-head").children) other.removeAttribute("aria-sort");
    cell.setAttribute("aria-sort", this.#upwards ? "ascending" : "descending");
    this.#draw();
  }

  #chooseAt(target: EventTarget | null): void {
    const row = target instanceof Element ? target.closest("tr") : null;
    if (row === null) return;
    const { function: name = "", module = "" } = row.dataset;
    this.#choose(rowKey(row) === this.#chosen ? null : { name, module });
  }

  #onKey(event: KeyboardEvent): void {
    const row = event.target as HTMLElement;
    const beside = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
    if (event.key === "Enter" || event.key === " ") this.#chooseAt(row);
    else if (beside instanceof HTMLElement) beside.focus();
    else return;
    event.preventDefault();
  }
}

function matching(rows: readonly FunctionTime[], pattern?: Pattern): FunctionTime[] {
  if (pattern === undefined || pattern.text === "") return [...rows];
  const { problem } = pattern;
  const found = rows.filter(({ name, module }) => pattern.matches(name) || pattern.matches(module));
  // Found to take too long on the way: rows before that were searched as it was typed.
  return problem === pattern.problem ? found : matching(rows, pattern);
}

function rowKey(row: Element): string {
  const { function: name = "", module = "" } = (row as HTMLElement).dataset;
  return keyOf({ name, module });
}

/** "12.3 %" with the time behind it, and a bar of the share. */
function fillRow(row: HTMLTableRowElement, { ns, totalNs }: FunctionTime, allNs: number): void {
  [ns, totalNs].forEach((part, i) => {
    const cell = row.cells[i + 2] as HTMLTableCellElement;
    if (cell.childElementCount === 0) cell.append(h("b", {}), h("small", {}));
    const share = part / Math.max(1, allNs);
    cell.style.setProperty("--share", share.toFixed(4));
    write(cell.children[0] as Element, `${tenths(share)} %`);
    write(cell.children[1] as Element, duration(part));
  });
}
