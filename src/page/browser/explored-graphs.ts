// How are graphs drawn that are made on the page: a function between its callers and callees, the inverted graph, one thread's calls?
// SPDX-License-Identifier: MPL-2.0

import type { FlameNode } from "../../analysis/flame.js";
import type { FunctionName } from "../../analysis/functions.js";
import { prune } from "../../analysis/prune.js";
import type { Edge } from "../../analysis/sandwich.js";
import { duration, percent, plural } from "../../analysis/units.js";
import { byId, fill, foreign, h } from "./dom.js";
import type { Explored } from "./explored.js";
import { Flame } from "./flame.js";

/** Like the page's own graph. */
const MOST_NODES = 4000;
const MOST_EDGES = 12;

export class ExploredGraphs {
  readonly #boxes = { above: byId("callers"), below: byId("callees") };
  readonly #choose: (of: FunctionName) => void;
  readonly #zoomed: () => void;
  #drawn: { above: Flame | null; below: Flame | null } = { above: null, below: null };

  constructor(choose: (of: FunctionName) => void, zoomed: () => void) {
    this.#choose = choose;
    this.#zoomed = zoomed;
  }

  /** From above to below. */
  get flames(): Flame[] {
    const { above, below } = this.#drawn;
    const shown = (side: "above" | "below"): boolean => !this.#boxes[side].hidden;
    return [shown("above") ? above : null, shown("below") ? below : null].filter((one) => one !== null);
  }

  get shown(): { above: FlameNode | null; below: FlameNode | null } {
    const { above, below } = this.#drawn;
    return {
      above: this.#boxes.above.hidden ? null : (above?.shown ?? null),
      below: this.#boxes.below.hidden ? null : (below?.shown ?? null),
    };
  }

  /** Somebody looks into one of them. */
  get held(): boolean {
    return this.flames.some((flame) => flame.held);
  }

  show({ name, says, above, below, what, edges }: Explored, pattern: string): void {
    fill(byId("explored-title"), foreign(name), h("span", {}, says));
    byId("copy-name").hidden = edges === null;
    byId("edges").hidden = edges === null;
    this.#draw("above", above, what, pattern);
    this.#draw("below", below, what, pattern);
    if (edges === null) return;
    this.#list("callers-list", edges.callers, edges.ns, "nothing: it is where threads begin");
    this.#list("callees-list", edges.callees, edges.ns, "nothing");
  }

  redraw(): void {
    for (const flame of this.flames) flame.redraw();
  }

  search(pattern: string): void {
    for (const flame of this.flames) flame.search(pattern);
  }

  #draw(side: "above" | "below", tree: FlameNode | null, what: string, pattern: string): void {
    const box = this.#boxes[side];
    box.hidden = tree === null;
    if (tree === null) return;
    const small = prune(tree, MOST_NODES);
    const parts = { box, reading: byId("explored-reading"), crumbs: null, upwards: side === "above" };
    const flame = this.#drawn[side];
    if (flame === null) this.#drawn[side] = new Flame(small, what, this.#zoomed, parts);
    else flame.show(small, what);
    this.#drawn[side]?.search(pattern);
  }

  /** What `ns` is the whole of; each leads to the sandwich of its function. */
  #list(id: string, edges: readonly Edge[], ns: number, none: string): void {
    const items = edges.slice(0, MOST_EDGES).map((edge) => {
      const button = h("button", { type: "button", title: edge.module }, foreign(edge.name));
      button.addEventListener("click", () => this.#choose(edge));
      return h("li", {}, button, h("span", {}, `${duration(edge.ns)} · ${percent(edge.ns / Math.max(1, ns))}`));
    });
    const more = edges.length - items.length;
    if (more > 0) items.push(h("li", {}, `and ${plural(more, "more function")}`));
    byId(id).replaceChildren(...(items.length === 0 ? [h("li", {}, none)] : items));
  }
}
