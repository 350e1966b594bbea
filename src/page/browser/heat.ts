// When did the chosen element take how long? Time from left to right, duration upwards, darker where there was more.
// SPDX-License-Identifier: MPL-2.0

import type { HeatMap } from "../../analysis/heat.js";
import { count, duration } from "../../analysis/units.js";
import type { PageData, PageElement } from "../page-data.js";
import { elementColour } from "./colours.js";
import { byId, fill, foreign, h } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
/** In units of the drawing, which is stretched to the width that there is. */
const CELL = { width: 10, height: 10 };
/** The faintest cell is still to be seen. */
const FAINTEST = 0.14;
const OPEN_ROW = 33; // above the grid's last bound

const says: Record<HeatMap["what"], string> = {
  own: "time in its own code for each buffer",
  queue: "how long each buffer stayed in the queue",
  loop: "time between two pushes",
};

export class Heat {
  #data: PageData;
  #shown = -1;

  constructor(data: PageData) {
    this.#data = data;
  }

  /** False: nothing is known of that element. */
  show(element: number): boolean {
    const of = this.#data.elements[element];
    const map = of?.heat ?? null;
    byId("heat-section").hidden = map === null;
    this.#shown = map === null ? -1 : element;
    if (of === undefined || map === null) return false;
    fill(byId("heat-title"), foreign(of.name), `: ${says[map.what]}`);
    fill(byId("heat"), this.#durations(map), this.#drawing(of, map, element), this.#times());
    return true;
  }

  /** Of which element it is drawn; -1 = none. */
  get shown(): number {
    return this.#shown;
  }

  /** Other figures of the same elements. */
  update(data: PageData): void {
    this.#data = data;
    this.show(this.#shown);
  }

  /** Colours follow the scheme. */
  repaint(): void {
    this.show(this.#shown);
  }

  /** Every bound where there is room for it, else every second or fourth. */
  #durations({ low, rows }: HeatMap): HTMLElement {
    const step = rows > 16 ? 4 : rows > 8 ? 2 : 1;
    const labels = Array.from({ length: rows }, (_, i) => rows - 1 - i).map((row) =>
      h("span", {}, row % step === 0 ? upTo(low + row) : ""),
    );
    return h("div", { class: "durations", "aria-hidden": "true" }, ...labels);
  }

  #drawing({ name }: PageElement, map: HeatMap, element: number): HTMLElement {
    const { columns, rows, low, counts } = map;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${columns * CELL.width} ${rows * CELL.height}`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${name}: ${says[map.what]}, ${summary(map)}`);
    const most = Math.log1p(Math.max(...counts));
    const columnNs = this.#data.durationNs / columns;
    counts.forEach((n, i) => {
      if (n === 0) return;
      const [column, row] = [Math.floor(i / rows), i % rows];
      const when = `${duration(column * columnNs)} to ${duration((column + 1) * columnNs)}`;
      const text = `${when}: ${n < 0.95 ? "less than one" : count(n)} took ${between(low + row)}`;
      svg.append(cell(column, rows - 1 - row, FAINTEST + (1 - FAINTEST) * (Math.log1p(n) / most), text));
    });
    const box = h("div", { class: "cells" });
    box.style.setProperty("--colour", elementColour(element, 0));
    box.style.setProperty("--rows", String(rows));
    box.append(svg);
    return box;
  }

  #times(): HTMLElement {
    const all = this.#data.durationNs;
    const labels = ["0 s", duration(all / 2), duration(all)].map((text) => h("span", {}, text));
    return h("div", { class: "times", "aria-hidden": "true" }, ...labels);
  }
}

function cell(column: number, row: number, strength: number, text: string): SVGElement {
  const rect = document.createElementNS(SVG, "rect");
  const title = document.createElementNS(SVG, "title");
  title.textContent = text;
  for (const [name, value] of Object.entries({ x: column * CELL.width, y: row * CELL.height, ...CELL }))
    rect.setAttribute(name, String(value));
  rect.setAttribute("fill-opacity", strength.toFixed(3));
  rect.append(title);
  return rect;
}

const boundNs = (row: number): number => 2 ** (row - 27) * 1e9;
const upTo = (row: number): string => (row >= OPEN_ROW ? "more" : duration(boundNs(row)));
const between = (row: number): string =>
  row >= OPEN_ROW
    ? `more than ${duration(boundNs(row - 1))}`
    : `${duration(boundNs(row - 1))} to ${duration(boundNs(row))}`;

function summary({ rows, low, counts }: HeatMap): string {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const byRow = Array.from({ length: rows }, (_, row) =>
    counts.reduce((sum, n, i) => (i % rows === row ? sum + n : sum), 0),
  );
  const usual = byRow.indexOf(Math.max(...byRow));
  return `${count(total)} in all, most of them ${between(low + usual)}`;
}
