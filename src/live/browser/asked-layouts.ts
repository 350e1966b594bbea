// Which pipelines have a picture already? The agent lays out a few of them, when somebody looks; layouts are kept by their keys.
// SPDX-License-Identifier: MPL-2.0

import type { GraphLayout } from "../../graph/shape.js";
import type { PageGraph } from "../../page/page-data.js";

/** Pipelines of one page that are laid out. */
const MOST_LAYOUTS = 4;
const MOST_KNOWN = 32;

export class AskedLayouts {
  /** null: asked for. */
  readonly #layouts = new Map<string, GraphLayout | null>();
  readonly #ask: (key: string) => Promise<GraphLayout | null>;
  readonly #found: () => void;

  /** `found`: another one is there. */
  constructor(ask: (key: string) => Promise<GraphLayout | null>, found: () => void) {
    this.#ask = ask;
    this.#found = found;
  }

  /** With the layouts that are known. */
  in(graph: PageGraph): PageGraph {
    const pipelines = graph.pipelines.map((one) => ({ ...one, layout: this.#layouts.get(one.key) ?? null }));
    return { ...graph, pipelines };
  }

  want({ pipelines }: PageGraph): void {
    for (const { key, layout } of pipelines.slice(0, MOST_LAYOUTS)) {
      if (layout !== null || this.#layouts.has(key)) continue;
      this.#layouts.set(key, null);
      void this.#ask(key)
        .catch(() => null)
        .then((found) => this.#laidOut(key, found));
    }
  }

  #laidOut(key: string, found: GraphLayout | null): void {
    if (found === null) this.#layouts.delete(key);
    else this.#layouts.set(key, found);
    for (const oldest of this.#layouts.keys()) {
      if (this.#layouts.size <= MOST_KNOWN) break; // pipelines may change for ever
      this.#layouts.delete(oldest);
    }
    if (found !== null) this.#found();
  }
}
