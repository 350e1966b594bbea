// Which pipelines of a page get a picture? As many as there is time and room for, the costliest first; why the others have none is said.
// SPDX-License-Identifier: MPL-2.0

import type { Layouts } from "../graph/layout.js";
import type { GraphLayout } from "../graph/shape.js";
import type { PageGraph, PagePipeline } from "./page-data.js";
import { shapeOf } from "./page-graph.js";

/** `limitMs`: of all pictures of a page together, too. */
export type LayoutSource = Pick<Layouts, "of" | "limitMs">;

/** Of the 1.4 MB of a page. */
const MAX_BYTES = 350_000;

/** Layouts by the keys of their pipelines. */
export class GraphLayouts {
  readonly #layouts = new Map<string, GraphLayout>();
  #problem = "";

  static async of({ pipelines }: PageGraph, layouts: LayoutSource): Promise<GraphLayouts> {
    const found = new GraphLayouts();
    const begin = performance.now();
    let bytes = 0;
    for (const pipeline of pipelines) {
      const late = performance.now() - begin > layouts.limitMs;
      if (late)
        found.#leaveOut(`pipeline ${pipeline.name}`, `those before took longer than ${layouts.limitMs / 1000} s`);
      if (found.#problem !== "") break;
      const answer = await layouts.of(shapeOf(pipeline));
      if ("problem" in answer) found.#leaveOut(`pipeline ${pipeline.name}`, answer.problem);
      else bytes += found.#add(pipeline, answer.layout, MAX_BYTES - bytes);
    }
    return found;
  }

  /** The pipelines that have a layout, with it. */
  in({ pipelines, more }: PageGraph): PageGraph {
    const drawn = pipelines.flatMap((one) => {
      const layout = this.#layouts.get(one.key);
      return layout === undefined ? [] : [{ ...one, layout }];
    });
    return { pipelines: drawn, more: more + pipelines.length - drawn.length, problem: this.#problem };
  }

  #add(pipeline: PagePipeline, layout: GraphLayout, room: number): number {
    const bytes = JSON.stringify({ ...pipeline, layout }).length;
    if (bytes > room) this.#leaveOut(`pipeline ${pipeline.name}`, "it would make the page too large to be mailed");
    else this.#layouts.set(pipeline.key, layout);
    return bytes;
  }

  #leaveOut(what: string, why: string): void {
    this.#problem = `There is no picture of ${what}: ${why}. The table has all elements.`;
  }
}
