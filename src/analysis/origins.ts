// Where do the buffers of a sink begin, as far as hops tell? Followed upstream along links that buffers took. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { Recording } from "../model/recording.js";
import { withParents } from "./paths.js";

export interface Origin {
  /** Paths. */
  source: string;
  sink: string;
  /** Buffers at the sink. */
  arrived: number;
  /** What begins there: a source that pushes, one that is pulled, or an element that no buffer was seen to enter. */
  begins: "pushes" | "pulled" | "unlinked";
}

/** Paths and pipelines by directory id. */
export class Places {
  readonly #pads = new Map<number, string>();
  readonly #pipelines = new Map<string, string>();

  constructor({ topology }: Recording) {
    const paths = new Map(topology.elements.map((e) => [e.id, e.path]));
    for (const { path, pipeline } of topology.elements) this.#pipelines.set(path, pipeline);
    for (const { id, element } of topology.pads) {
      const path = paths.get(element);
      if (path !== undefined) this.#pads.set(id, path);
    }
  }

  ofPad(id: number): string | undefined {
    return this.#pads.get(id);
  }

  pipeline(path: string): string {
    return this.#pipelines.get(path) ?? "";
  }
}

/** For each sink that got buffers, the elements upstream of it that received none. */
export function origins(capture: Recording, places: Places): Origin[] {
  const graph = new Graph(capture, places);
  const is = (flag: "source" | "sink") =>
    new Set(capture.topology.elements.filter((e) => e[flag]).map(({ path }) => path));
  const [sources, sinks] = [is("source"), is("sink")];
  return [...graph.received].flatMap(([sink, arrived]) =>
    !sinks.has(sink)
      ? []
      : graph.beginningsOf(sink).map((root) => {
          const begins = !sources.has(root) ? "unlinked" : graph.pushing.has(root) ? "pushes" : "pulled";
          // Elements inside of a source that is a bin are the source's business.
          const source = withParents(root).find((path) => sources.has(path)) ?? root;
          return { source, sink, arrived, begins } as const;
        }),
  );
}

class Graph {
  readonly received = new Map<string, number>();
  readonly pushing = new Set<string>();
  readonly #upstream = new Map<string, Set<string>>();

  constructor({ cells }: Recording, places: Places) {
    for (const { kind, pad, peer, buffers } of cells) {
      if ((kind !== "chain" && kind !== "pull") || buffers === 0) continue;
      const [mine, other] = [places.ofPad(pad), places.ofPad(peer)];
      const [from, to] = kind === "pull" ? [mine, other] : [other, mine];
      if (to !== undefined) this.received.set(to, (this.received.get(to) ?? 0) + buffers);
      if (kind === "chain" && from !== undefined) this.pushing.add(from);
      if (from !== undefined && to !== undefined) this.#before(to).add(from);
    }
  }

  beginningsOf(sink: string): string[] {
    const seen = new Set([sink]);
    for (const path of seen) for (const before of this.#before(path)) seen.add(before);
    return [...seen].filter((path) => this.#before(path).size === 0);
  }

  #before(path: string): Set<string> {
    const known = this.#upstream.get(path) ?? new Set();
    this.#upstream.set(path, known);
    return known;
  }
}
