// What does the page draw of each pipeline? The costliest elements with their neighbours, cut and printable, and how large their boxes are.
// SPDX-License-Identifier: MPL-2.0

import { costliestPart, type PipelineGraph, pipelineGraphs } from "../analysis/pipeline-graph.js";
import { shorten } from "../analysis/units.js";
import { layoutKey } from "../graph/layout.js";
import type { GraphShape } from "../graph/shape.js";
import { printable } from "../model/printable.js";
import type { Recording } from "../model/recording.js";
import type { Summary } from "../model/summary.js";
import type { PageGraph, PagePipeline } from "./page-data.js";
import { clean } from "./page-text.js";

/** Of one picture: more can be laid out, and nobody can read it. */
const MOST_ELEMENTS = 300;
/** Of a page: the costliest ones. */
const MOST_PIPELINES = 24;
/** Characters of a name in its box; the tooltip and the table have all of it. */
const NAME_LENGTH = 24;
/** Pixels of a character, at most on the average, and of a wide one. */
const CHARACTER = 7.2;
const WIDE_CHARACTER = 13.5;
const SMALL = 0.9;
/** Room for the figure behind the factory, and at both ends. */
const FIGURE = 58;
const MARGIN = 20;
const LEAST_WIDTH = 104;
const LINE = 15;

/** `rank`: index of each element on the page, by its path. */
export function pageGraph(capture: Recording, summary: Summary, rank: ReadonlyMap<string, number>): PageGraph {
  const graphs = pipelineGraphs(capture, summary).filter(({ elements }) => elements.length > 0);
  const shown = [...graphs].sort((a, b) => cpuNs(b) - cpuNs(a)).slice(0, MOST_PIPELINES);
  return {
    pipelines: shown.map((graph) => pagePipeline(graph, rank)),
    more: graphs.length - shown.length,
    problem: "",
  };
}

const cpuNs = ({ elements }: PipelineGraph): number => elements.reduce((ns, { summary }) => ns + summary.cpuNs, 0);

function pagePipeline(whole: PipelineGraph, rank: ReadonlyMap<string, number>): PagePipeline {
  const part = costliestPart(whole, MOST_ELEMENTS);
  const name = (text: string): string => printable(shorten(text, NAME_LENGTH));
  const pipeline: Omit<PagePipeline, "key"> = {
    name: clean(whole.pipeline),
    more: whole.elements.length - part.elements.length,
    nodes: part.elements.map(({ summary, bin, sinks, sources }) => ({
      element: rank.get(summary.path) ?? -1,
      name: name(summary.name),
      factory: name(summary.factory),
      leaky: summary.leaky,
      bin,
      sinks: sinks.map(clean),
      sources: sources.map(clean),
    })),
    bins: part.bins.map((bin) => ({ name: name(bin.name), parent: bin.parent, element: rank.get(bin.path) ?? -1 })),
    links: part.links.map(({ from, source, to, sink, buffers, caps }) => [
      from,
      source,
      to,
      sink,
      buffers,
      clean(caps),
    ]),
    layout: null,
  };
  return { ...pipeline, key: layoutKey(shapeOf(pipeline)) };
}

/** What decides where everything stands: names count by their width alone. */
export function shapeOf({ nodes, bins, links }: Pick<PagePipeline, "nodes" | "bins" | "links">): GraphShape {
  return {
    nodes: nodes.map(({ name, factory, leaky, bin, sinks, sources }) => ({
      width: Math.max(LEAST_WIDTH, MARGIN + Math.max(widthOf(name), SMALL * widthOf(factory) + FIGURE)),
      height: LINE * (leaky ? 3 : 2) + 8, // what it dropped has a line
      sinks: sinks.length,
      sources: sources.length,
      bin,
    })),
    bins: bins.map(({ name, parent }) => ({ parent, title: widthOf(name) })),
    links: links.map(([from, source, to, sink]) => ({ from, source, to, sink })),
  };
}

/** Before anything is drawn, in a font that nobody knows yet. */
const widthOf = (text: string): number =>
  Math.round([...text].reduce((sum, c) => sum + (isWide(c) ? WIDE_CHARACTER : CHARACTER), 0));

const isWide = (character: string): boolean => (character.codePointAt(0) ?? 0) >= 0x1100;
