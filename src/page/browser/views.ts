// Table, graph or functions, and beside the flame graph or above it? What the buttons over the elements do.
// SPDX-License-Identifier: MPL-2.0

import { byId } from "./dom.js";
import type { Graph } from "./graph.js";

const ids = ["as-table", "as-graph", "as-functions"] as const;
type Id = (typeof ids)[number];

export class Views {
  readonly #views = { "as-table": byId("table-view"), "as-graph": byId("graph-view"), "as-functions": byId("functions-view") }; // biome-ignore format: one row

  /** `redrawFlame`: it has another width; `changed`: another view was chosen. */
  constructor(
    private readonly graph: Graph,
    private readonly redrawFlame: () => void,
    changed: () => void,
  ) {
    for (const id of ids)
      byId(id).addEventListener("click", () => {
        this.show(id);
        changed();
      });
    byId("whole-width").addEventListener("click", () => this.#toggleWidth());
  }

  /** "" = the table. */
  get shown(): "" | "graph" | "functions" {
    if (!this.#views["as-graph"].hidden) return "graph";
    return this.#views["as-functions"].hidden ? "" : "functions";
  }

  /** After a change of width. */
  redraw(): void {
    this.redrawFlame();
    if (!this.#views["as-graph"].hidden) this.graph.open();
  }

  show(id: Id): void {
    for (const [other, view] of Object.entries(this.#views)) {
      view.hidden = other !== id;
      byId(other).setAttribute("aria-pressed", String(other === id));
    }
    byId("graph-tools").hidden = id !== "as-graph";
    byId("functions-tools").hidden = id !== "as-functions";
    if (id === "as-graph") this.graph.open();
  }

  #toggleWidth(): void {
    const whole = byId("work").classList.toggle("whole");
    byId("whole-width").setAttribute("aria-pressed", String(whole));
    this.redraw();
  }
}
