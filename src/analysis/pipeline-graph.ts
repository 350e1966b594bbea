// How do the elements of each pipeline hang together? Elements in their bins, and the links that moved buffers. Pure.
// SPDX-License-Identifier: MPL-2.0

import { type CellSnapshot, isHop } from "../model/batch.js";
import type { ElementSummary } from "../model/element-summary.js";
import type { Recording } from "../model/recording.js";
import type { PipelineSummary, Summary } from "../model/summary.js";
import { pathParts, withParents } from "./paths.js";

export interface GraphElement {
  summary: ElementSummary;
  /** Index of the bin that it is in, -1 = the pipeline itself. */
  bin: number;
  /** Names of its linked pads. The last one of MOST_PADS stands for those behind it. */
  sinks: string[];
  sources: string[];
}

export interface GraphBin {
  path: string;
  name: string;
  /** Index of the bin that it is in, -1 = the pipeline itself. */
  parent: number;
}

/** Elements are indexes; pads too, of `sources` there and `sinks` here. */
export interface GraphLink {
  from: number;
  source: number;
  to: number;
  sink: number;
  buffers: number;
  /** What went there last, in the words of caps; "" = unknown. */
  caps: string;
}

export interface PipelineGraph {
  pipeline: string;
  elements: GraphElement[];
  bins: GraphBin[];
  links: GraphLink[];
}

/** Of one side of an element: a tee whose branches come and go has had thousands. */
const MOST_PADS = 24;
/** Bins in bins, from the pipeline on. */
const MOST_BINS_AROUND = 12;

/** One for each pipeline of the summary, in its order, with all of its elements. Bins pass buffers on: links go through them. */
export function pipelineGraphs(capture: Recording, { pipelines }: Summary): PipelineGraph[] {
  const binNames = new Map(capture.topology.elements.filter((e) => e.bin).map((e) => [e.path, e.name]));
  const graphs = pipelines.map((pipeline) => new GraphBuilder(pipeline, binNames));
  const builders = new Map(graphs.flatMap((graph) => graph.paths.map((path) => [path, graph])));
  const elementPaths = new Map(capture.topology.elements.map(({ id, path }) => [id, path]));
  const pads = new Map(
    capture.topology.pads.map(({ id, element, name, caps = "" }) => [
      id,
      { path: elementPaths.get(element) ?? "", name, caps },
    ]),
  );
  for (const cell of capture.cells) {
    if (!isHop(cell)) continue;
    const [source, sink] = endsOf(cell).map((id) => pads.get(id));
    if (source === undefined || sink === undefined) continue;
    const graph = builders.get(source.path);
    if (graph === builders.get(sink.path)) graph?.link(source, sink, cell.buffers);
  }
  return graphs.map((graph) => graph.graph);
}

/** Ids of the pads that buffers left and reached. */
const endsOf = ({ kind, pad, peer }: CellSnapshot): [number, number] => (kind === "pull" ? [pad, peer] : [peer, pad]);

interface Pad {
  /** Of its element. */
  path: string;
  name: string;
  caps: string;
}

class GraphBuilder {
  readonly graph: PipelineGraph;
  readonly #elements = new Map<string, number>();
  readonly #bins = new Map<string, number>();
  readonly #links = new Map<string, GraphLink>();

  constructor(
    { name, elements }: PipelineSummary,
    private readonly binNames: ReadonlyMap<string, string>,
  ) {
    this.graph = { pipeline: name, elements: [], bins: [], links: [] };
    for (const summary of elements) {
      if (summary.bin) continue; // it is around its elements, also where it has a row of its own
      this.#elements.set(summary.path, this.graph.elements.length);
      this.graph.elements.push({ summary, bin: this.#binAround(summary.path), sinks: [], sources: [] });
    }
  }

  get paths(): string[] {
    return [...this.#elements.keys()];
  }

  link(source: Pad, sink: Pad, buffers: number): void {
    const [from, to] = [this.#elements.get(source.path) ?? -1, this.#elements.get(sink.path) ?? -1];
    const [sender, receiver] = [this.graph.elements[from], this.graph.elements[to]];
    if (sender === undefined || receiver === undefined) return;
    const ends = { from, source: place(sender.sources, source.name), to, sink: place(receiver.sinks, sink.name) };
    const key = Object.values(ends).join(" ");
    const link = this.#links.get(key) ?? { ...ends, buffers: 0, caps: "" };
    if (!this.#links.has(key)) this.graph.links.push(link);
    this.#links.set(key, link);
    link.buffers += buffers;
    link.caps ||= sink.caps || source.caps; // who pulls tells of the pad that is asked
  }

  /** Index of the innermost bin of what has this path. */
  #binAround(path: string): number {
    const above = withParents(path)
      .filter((parent) => parent !== path)
      .sort((a, b) => a.length - b.length)
      .slice(1, 1 + MOST_BINS_AROUND);
    return above.reduce((parent, bin) => this.#bin(bin, parent), -1);
  }

  #bin(path: string, parent: number): number {
    const known = this.#bins.get(path);
    if (known !== undefined) return known;
    const name = this.binNames.get(path) ?? pathParts(path).at(-1) ?? path;
    this.#bins.set(path, this.graph.bins.length);
    return this.graph.bins.push({ path, name, parent }) - 1;
  }
}

/** Index of this name, which is put there if there is room, else the last one. */
function place(names: string[], name: string): number {
  const known = names.indexOf(name);
  if (known >= 0) return known;
  return names.length < MOST_PADS ? names.push(name) - 1 : MOST_PADS - 1;
}

/**
 * The elements that cost most, each with its neighbours, `most` in all, and what lies between these. The whole graph is
 * returned as it is where it is not larger.
 */
export function costliestPart(graph: PipelineGraph, most: number): PipelineGraph {
  if (graph.elements.length <= most) return graph;
  const beside = neighbours(graph);
  const kept = new Set<number>();
  for (const element of byCost(graph.elements)) {
    if (kept.size >= most) break;
    for (const one of [element, ...(beside.get(element) ?? [])]) if (kept.size < most) kept.add(one);
  }
  return onlyWith(
    graph,
    [...kept].sort((a, b) => a - b),
  );
}

function neighbours({ links }: PipelineGraph): Map<number, number[]> {
  const beside = new Map<number, number[]>();
  const add = (of: number, other: number): void => void beside.set(of, [...(beside.get(of) ?? []), other]);
  for (const { from, to } of links) {
    add(from, to);
    add(to, from);
  }
  return beside;
}

/** Most CPU first, then longest in its own code. */
const byCost = (elements: readonly GraphElement[]): number[] =>
  elements
    .map(({ summary }, i) => ({ i, cpuNs: summary.cpuNs, ownNs: summary.exclusive?.sumNs ?? 0 }))
    .sort((a, b) => b.cpuNs - a.cpuNs || b.ownNs - a.ownNs || a.i - b.i)
    .map(({ i }) => i);

function onlyWith(graph: PipelineGraph, kept: readonly number[]): PipelineGraph {
  const elements = kept.flatMap((i) => graph.elements[i] ?? []);
  const newElement = new Map(kept.map((old, i) => [old, i]));
  const links = graph.links.flatMap((link) => {
    const [from, to] = [newElement.get(link.from), newElement.get(link.to)];
    return from === undefined || to === undefined ? [] : [{ ...link, from, to }];
  });
  const bins = [...new Set(elements.flatMap(({ bin }) => binsFrom(graph, bin)))].sort((a, b) => a - b);
  const newBin = new Map(bins.map((old, i) => [old, i]));
  return {
    pipeline: graph.pipeline,
    elements: elements.map((e) => ({ ...e, bin: newBin.get(e.bin) ?? -1 })),
    bins: bins.flatMap((i) => {
      const bin = graph.bins[i];
      return bin === undefined ? [] : [{ ...bin, parent: newBin.get(bin.parent) ?? -1 }];
    }),
    links,
  };
}

/** A bin and all that it is in. */
function binsFrom({ bins }: PipelineGraph, bin: number): number[] {
  const found: number[] = [];
  for (let i = bin; bins[i] !== undefined; i = bins[i]?.parent ?? -1) found.push(i);
  return found;
}
