// Table or graph, and beside the flame graph or above it? What the two buttons over the elements do.
// SPDX-License-Identifier: MPL-2.0

import { byId } from "./dom.js";
import type { Graph } from "./graph.js";

/** A link to a report may end in this. */
const GRAPH = "#view-graph";

export class Views {
  readonly #views = { "as-table": byId("table-view"), "as-graph": byId("graph-view") };

  /** `redrawFlame`: it has another width. */
  constructor(
    private readonly graph: Graph,
    private readonly redrawFlame: () => void,
  ) {
    for (const id of ["as-table", "as-graph"] as const) byId(id).addEventListener("click", () => this.#show(id));
    byId("whole-width").addEventListener("click", () => this.#toggleWidth());
    if (location.hash === GRAPH) this.#show("as-graph");
  }

  /** After a change of width. */
  redraw(): void {
    this.redrawFlame();
    if (!this.#views["as-graph"].hidden) this.graph.open();
  }

  #show(id: "as-table" | "as-graph"): void {
    for (const [other, view] of Object.entries(this.#views)) {
      view.hidden = other !== id;
      byId(other).setAttribute("aria-pressed", String(other === id));
    }
    byId("graph-tools").hidden = id !== "as-graph";
    if (id === "as-graph") this.graph.open();
  }

  #toggleWidth(): void {
    const whole = byId("work").classList.toggle("whole");
    byId("whole-width").setAttribute("aria-pressed", String(whole));
    this.redraw();
  }
}
