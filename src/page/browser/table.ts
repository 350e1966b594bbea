// Which element costs what? A table sorted by CPU; a row asks for its part of the flame graph.
// SPDX-License-Identifier: MPL-2.0

import { count, duration, plural, tenths } from "../../analysis/units.js";
import { words } from "../../analysis/words.js";
import type { PageData, PageElement } from "../page-data.js";
import { elementColour } from "./colours.js";
import { columns } from "./columns.js";
import { byId, foreign, h } from "./dom.js";

/** What fits above the fold; the rest is one press away. */
const FIRST_ROWS = 10;

export class ElementsTable {
  readonly #rows: HTMLTableRowElement[] = [];
  readonly #body = byId("rows");
  readonly #cpuNs: number;
  #order: number[];
  #all: boolean;
  #selected = -1;

  constructor(
    private readonly data: PageData,
    private readonly choose: (element: number) => void,
  ) {
    this.#cpuNs = Math.max(1, data.cpuNs);
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

  /** Colours follow the scheme. */
  repaint(): void {
    this.#rows.forEach((row, element) => {
      row.style.setProperty("--colour", elementColour(element));
    });
  }

  draw(): void {
    const shown = this.#all ? this.#order : this.#order.slice(0, FIRST_ROWS);
    const rows = shown.map((element) => (this.#rows[element] ??= this.#row(element)));
    this.#body.replaceChildren(...rows);
    const { elements, more } = this.data;
    byId("show-all").hidden = this.#all;
    byId("show-all").textContent = `Show all ${count(elements.length)} elements`;
    byId("more").textContent =
      more.elements === 0
        ? ""
        : `${plural(more.elements, "smaller element")} with ${duration(more.cpuNs)} of CPU time did not fit on this page; “report --text” lists them.`;
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
    const of = (i: number): number => value(this.data.elements[i] as PageElement);
    this.#order.sort((a, b) => (of(b) - of(a)) * (upwards ? -1 : 1) || a - b);
    this.draw();
  }

  #row(element: number): HTMLTableRowElement {
    const e = this.data.elements[element] as PageElement;
    const where = this.data.pipelines > 1 ? `${e.pipeline} · ${e.factory}` : e.factory;
    const row = h(
      "tr",
      {
        role: "row",
        tabindex: "0",
        "data-element": String(element),
        "aria-selected": String(element === this.#selected),
        title: e.threads.length === 0 ? "" : `Threads: ${e.threads.join(", ")}`,
      },
      h(
        "td",
        { class: "left" },
        h("div", { class: "name" }, h("i", { class: "swatch" }), breakable(e.name), h("small", {}, foreign(where))),
      ),
      h("td", { role: "gridcell", class: "cpu" }, this.#meter(e)),
      ...columns.map((c) => {
        const note = c.note?.(e) ?? "";
        return h(
          "td",
          { role: "gridcell", class: c.kind, ...(note !== "" && { title: note }) },
          c.cell(e, this.#cpuNs),
        );
      }),
    );
    row.style.setProperty("--colour", elementColour(element));
    return row;
  }

  /** No bar where no CPU time was measured. */
  #meter({ cpuNs }: PageElement): HTMLElement {
    if (this.data.cpuNs === 0) return h("div", { class: "meter" }, h("span", {}, "–"));
    const bar = h("i", { class: "bar" });
    bar.style.setProperty("--share", String(cpuNs / this.#cpuNs));
    return h(
      "div",
      { class: "meter", title: `${duration(cpuNs)} of CPU time` },
      bar,
      h("span", {}, `${tenths(cpuNs / this.#cpuNs)} %`),
    );
  }

  #chooseAt(target: EventTarget | null): void {
    const row = target instanceof Element ? target.closest<HTMLElement>("tr[data-element]") : null;
    if (row === null) return;
    const element = Number(row.dataset.element);
    this.choose(element === this.#selected ? -1 : element);
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

/** May break behind a "/", where bins end. */
function breakable(name: string): HTMLElement {
  const parts = name.split(/(?<=\/)/).flatMap((part, i) => (i === 0 ? [part] : [h("wbr", {}), part]));
  return h("bdi", {}, ...parts);
}
