// Which element is which, second after second? The agent sorts them anew each time; here each keeps its index, and so its colour,
// row and place.
// SPDX-License-Identifier: MPL-2.0

import type { FlameNode } from "../../analysis/flame.js";
import { type PageStacks, unpackStacks } from "../../page/packed-stacks.js";
import { unpackTree } from "../../page/packed-tree.js";
import type { PageData, PageElement, PagePipeline } from "../../page/page-data.js";
import type { PageTimeline, PageTimelineRow } from "../../page/page-timeline.js";

export interface StableData {
  /** Its elements stand at their lasting indexes, and everything that names one says that index. */
  data: PageData;
  /** Indexes of the elements that are there now, costliest first. */
  order: number[];
  /** Indexes whose element is another one from now on. */
  renewed: number[];
  /** null: it was not asked for, or there is none. */
  flame: FlameNode | null;
  wallFlame: FlameNode | null;
  stacks: PageStacks | null;
}

/** Elements that were away for so many updates give their index to new ones. */
const FORGOTTEN_AFTER = 60;

interface Known {
  key: string;
  element: PageElement;
  seen: number;
}

export class StableElements {
  readonly #known: Known[] = [];
  readonly #indexes = new Map<string, number>();
  #update = 0;

  take(data: PageData): StableData {
    this.#update++;
    const renewed: number[] = [];
    const order = this.#keysOf(data.elements).map((key, i) =>
      this.#place(key, data.elements[i] as PageElement, renewed),
    );
    const move = (element: number): number => order[element] ?? -1;
    const moved: PageData = {
      ...data,
      complete: true, // what runs is never complete, and nobody has to be warned of that
      headline: { ...data.headline, element: move(data.headline.element) },
      elements: this.#known.map(({ element }) => element),
      graph: { ...data.graph, pipelines: data.graph.pipelines.map((pipeline) => movePipeline(pipeline, move)) },
      timeline: data.timeline && moveTimeline(data.timeline, move),
      traced: data.traced && {
        ...data.traced,
        slowest: data.traced.slowest.map((buffer) => ({
          ...buffer,
          spans: buffer.spans.map((span) => ({ ...span, element: move(span.element) })),
        })),
      },
    };
    const tree = (packed: PageData["wallFlame"]): FlameNode | null =>
      packed === null ? null : moveTree(unpackTree(data.strings, packed), move);
    const hasTrees = data.strings.length > 0;
    const stacks = data.stacks && unpackStacks(data.strings, data.stacks, move);
    const flame = hasTrees ? tree(data.flame) : null;
    return { data: moved, order, renewed, flame, wallFlame: tree(data.wallFlame), stacks };
  }

  /** Names may be cut to the same text: the second of them is another one. */
  #keysOf(elements: readonly PageElement[]): string[] {
    const times = new Map<string, number>();
    return elements.map(({ pipeline, name, factory }) => {
      const key = JSON.stringify([pipeline, name, factory]);
      const nth = times.get(key) ?? 0;
      times.set(key, nth + 1);
      return nth === 0 ? key : `${key}#${nth}`;
    });
  }

  #place(key: string, element: PageElement, renewed: number[]): number {
    const index = this.#indexes.get(key) ?? this.#freeIndex();
    const before = this.#known[index];
    if (before !== undefined && before.key !== key) {
      this.#indexes.delete(before.key);
      renewed.push(index);
    }
    this.#indexes.set(key, index);
    this.#known[index] = { key, element, seen: this.#update };
    return index;
  }

  #freeIndex(): number {
    const old = this.#known.findIndex(({ seen }) => seen < this.#update - FORGOTTEN_AFTER);
    return old < 0 ? this.#known.length : old;
  }
}

const movePipeline = (pipeline: PagePipeline, move: (element: number) => number): PagePipeline => ({
  ...pipeline,
  nodes: pipeline.nodes.map((node) => ({ ...node, element: move(node.element) })),
  bins: pipeline.bins.map((bin) => ({ ...bin, element: move(bin.element) })),
});

function moveTimeline(timeline: PageTimeline, move: (element: number) => number): PageTimeline {
  const moved = (rows: PageTimelineRow[]) => rows.map((row) => ({ ...row, element: move(row.element) }));
  const { cpu, queues, latency, buffers } = timeline;
  return { ...timeline, cpu: moved(cpu), queues: moved(queues), latency: moved(latency), buffers: moved(buffers) };
}

const moveTree = (node: FlameNode, move: (element: number) => number): FlameNode => ({
  ...node,
  element: node.element < 0 ? -1 : move(node.element),
  children: node.children.map((child) => moveTree(child, move)),
});
