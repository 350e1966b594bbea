// Which element costs what? A table sorted by CPU; a row asks for its part of the flame graph.
// SPDX-License-Identifier: MPL-2.0

import { count, duration, plural } from "../../analysis/units.js";
import { words } from "../../analysis/words.js";
import type { PageData, PageElement } from "../page-data.js";
import { elementColour } from "./colours.js";
import { columns } from "./columns.js";
import { arrange, byId, h, write } from "./dom.js";
import { elementRow, fillRow } from "./element-row.js";

/** What fits above the fold; the rest is one press away. */
const FIRST_ROWS = 10;

export class ElementsTable {
  readonly #rows: HTMLTableRowElement[] = [];
  readonly #body = byId("rows");
  readonly #choose: (element: number) => void;
  #data: PageData;
  #order: number[];
  /** What it is sorted by; undefined: as it came, by cost. */
  #by: { value: (e: PageElement) => number; upwards: boolean } | undefined;
  #all: boolean;
  #selected = -1;

  constructor(data: PageData, choose: (element: number) => void) {
    this.#data = data;
    this.#choose = choose;
    this.#order = data.elements.map((_, i) => i);
    this.#all = data.elements.length <= FIRST_ROWS + 2;
    this.#showHead();
    this.#body.addEventListener("click", (event) => this.#chooseAt(event.target));
    this.#body.addEventListener("keydown", (event) => this.#onKey(event));
    byId("show-all").addEventListener("click", () => this.#showAll());
    this.draw();
  }

  get selected(): number {
    return this.#selected;
  }

  /** Marks the row whose part of the flame graph is shown; -1 = none. */
  select(element: number): void {
    this.#rows[this.#selected]?.setAttribute("aria-selected", "false");
    this.#rows[element]?.setAttribute("aria-selected", "true");
    this.#selected = element;
  }

  /**
   * Other figures of the elements, those of `order` by cost: the same index is the same element. Rows stay where they are
   * while a person points at them or is among them with the keyboard.
   */
  update(data: PageData, order: readonly number[]): void {
    this.#data = data;
    const there = new Set(order);
    const before = this.#order.filter((element) => there.has(element));
    const known = new Set(before);
    const held = this.#body.matches(":hover") || this.#body.contains(document.activeElement);
    this.#order = held ? [...before, ...order.filter((element) => !known.has(element))] : [...order];
    if (!held) this.#sortRows();
    for (const element of this.#order) {
      const row = this.#rows[element];
      if (row !== undefined) fillRow(row, data, element);
    }
    this.#all ||= this.#order.length <= FIRST_ROWS + 2;
    this.draw();
  }

  /** The element of this index is another one now, or none. */
  forget(element: number): void {
    this.#rows[element]?.remove();
    delete this.#rows[element];
    if (this.#selected === element) this.#selected = -1;
  }

  /** Colours follow the scheme. */
  repaint(): void {
    this.#rows.forEach((row, element) => {
      row.style.setProperty("--colour", elementColour(element));
    });
  }

  draw(): void {
    const shown = this.#all ? this.#order : this.#order.slice(0, FIRST_ROWS);
    const rows = shown.map((element) => (this.#rows[element] ??= elementRow(this.#data, element, this.#selected)));
    arrange(this.#body, rows);
    const { more } = this.#data;
    byId("show-all").hidden = this.#all;
    write(byId("show-all"), `Show all ${count(this.#order.length)} elements`);
    const rest = `${plural(more.elements, "smaller element")} with ${duration(more.cpuNs)} of CPU time`;
    const where = "did not fit on this page; “report --text” lists them.";
    write(byId("more"), more.elements === 0 ? "" : `${rest} ${where}`);
  }

  #showAll(): void {
    this.#all = true;
    this.draw();
    this.#rows[this.#order[FIRST_ROWS] ?? 0]?.focus();
  }

  #showHead(): void {
    const cpu = this.#head("", "CPU", words.cpu, "cpu", (e) => e.cpuNs);
    cpu.setAttribute("aria-sort", "descending");
    byId("head").replaceChildren(
      h("th", { role: "columnheader", class: "left" }, "Element"),
      cpu,
      ...columns.map((c) => this.#head(c.prefix, c.title, c.help, c.kind, c.value)),
    );
    // A finger points at nothing: what a column says is written below as well.
    const said = [{ prefix: "", title: "CPU", help: words.cpu, kind: "" }, ...columns].flatMap((c) => [
      h("dt", { class: c.kind }, c.prefix + c.title),
      h("dd", { class: c.kind }, c.help),
    ]);
    byId("words").replaceChildren(...said);
  }

  #head(prefix: string, title: string, help: string, kind: string, value: (e: PageElement) => number): HTMLElement {
    const button = h("button", { type: "button", title: help }, h("span", { class: "prefix" }, prefix), title);
    const cell = h("th", { role: "columnheader", class: kind }, button);
    button.addEventListener("click", () => this.#sort(cell, value));
    return cell;
  }

  #sort(cell: HTMLElement, value: (e: PageElement) => number): void {
    const upwards = cell.getAttribute("aria-sort") === "descending";
    for (const other of byId("head").children) other.removeAttribute("aria-sort");
    cell.setAttribute("aria-sort", upwards ? "ascending" : "descending");
    this.#by = { value, upwards };
    this.#order.sort((a, b) => a - b);
    this.#sortRows();
    this.draw();
  }

  #sortRows(): void {
    const { value, upwards } = this.#by ?? {};
    if (value === undefined) return;
    const of = (i: number): number => value(this.#data.elements[i] as PageElement);
    this.#order.sort((a, b) => (of(b) - of(a)) * (upwards ? -1 : 1));
  }

  #chooseAt(target: EventTarget | null): void {
    const row = target instanceof Element ? target.closest<HTMLElement>("tr[data-element]") : null;
    if (row === null) return;
    const element = Number(row.dataset.element);
    this.#choose(element === this.#selected ? -1 : element);
  }

  #onKey(event: KeyboardEvent): void {
    const row = event.target as HTMLElement;
    const neighbour =
      event.key === "ArrowDown" ? row.nextElementSibling : event.key === "ArrowUp" ? row.previousElementSibling : null;
    if (event.key === "Enter" || event.key === " ") this.#chooseAt(row);
    else if (neighbour instanceof HTMLElement) neighbour.focus();
    else return;
    event.preventDefault();
  }
}
