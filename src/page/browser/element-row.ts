// How does one element look in the table? Its name with a bar of its share, and a cell for each column.
// SPDX-License-Identifier: MPL-2.0

import { duration, tenths } from "../../analysis/units.js";
import type { PageData, PageElement } from "../page-data.js";
import { elementColour } from "./colours.js";
import { columns } from "./columns.js";
import { foreign, h, write } from "./dom.js";

/** Of the element of this index; `selected`: of the one that is chosen. */
export function elementRow(data: PageData, element: number, selected: number): HTMLTableRowElement {
  const { name, pipeline, factory } = data.elements[element] as PageElement;
  const where = data.pipelines > 1 ? `${pipeline} · ${factory}` : factory;
  const attributes = { role: "row", tabindex: "0", "data-element": String(element) };
  const swatch = h("i", { class: "swatch" });
  const row = h(
    "tr",
    { ...attributes, "aria-selected": String(element === selected) },
    h("td", { class: "left" }, h("div", { class: "name" }, swatch, breakable(name), h("small", {}, foreign(where)))),
    h("td", { role: "gridcell", class: "cpu" }, h("div", { class: "meter" }, h("span", {}))),
    ...columns.map(({ kind }) => h("td", { role: "gridcell", class: kind })),
  );
  row.style.setProperty("--colour", elementColour(element));
  fillRow(row, data, element);
  return row;
}

/** Sets the figures of a row, those that are others than before. */
export function fillRow(row: HTMLTableRowElement, { elements, cpuNs }: PageData, element: number): void {
  const e = elements[element] as PageElement;
  hint(row, e.threads.length === 0 ? "" : `Threads: ${e.threads.join(", ")}`);
  fillMeter(row.cells[1]?.firstElementChild as HTMLElement, e, cpuNs);
  columns.forEach((column, i) => {
    const cell = row.cells[i + 2];
    if (cell === undefined) return;
    write(cell, column.cell(e, Math.max(1, cpuNs)));
    hint(cell, column.note?.(e) ?? "");
  });
}

/** No bar where no CPU time was measured. */
function fillMeter(meter: HTMLElement, e: PageElement, cpuNs: number): void {
  const bar = meter.querySelector<HTMLElement>(".bar");
  if (cpuNs === 0) bar?.remove();
  else {
    const shown = bar ?? h("i", { class: "bar" });
    if (bar === null) meter.prepend(shown);
    shown.style.setProperty("--share", String(e.cpuNs / cpuNs));
  }
  write(meter.lastElementChild as Element, cpuNs === 0 ? "–" : `${tenths(e.cpuNs / cpuNs)} %`);
  hint(meter, cpuNs === 0 ? "" : `${duration(e.cpuNs)} of CPU time`);
}

/** What is shown when the mouse points at it; "" = nothing. */
function hint(element: HTMLElement, text: string): void {
  if (element.title !== text) element.title = text;
}

/** May break behind a "/", where bins end. */
function breakable(name: string): HTMLElement {
  const parts = name.split(/(?<=\/)/).flatMap((part, i) => (i === 0 ? [part] : [h("wbr", {}), part]));
  return h("bdi", {}, ...parts);
}
