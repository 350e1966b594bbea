// How does Graphviz read a pipeline? Elements with their figures in their bins, links with what went through them, in DOT.
// SPDX-License-Identifier: MPL-2.0

import { ownTime } from "../analysis/headline.js";
import { type GraphElement, type PipelineGraph, pipelineGraphs } from "../analysis/pipeline-graph.js";
import { summarize } from "../analysis/summary.js";
import { count, duration, percent } from "../analysis/units.js";
import { type Chunks, type ExportSource, shown } from "./source.js";

const MOST_NAME = 60;
/** Of caps, on a link. */
const MOST_CAPS = 80;
/** From none to all of the CPU time, in the colours of heat. */
const HUE = 0.08;

export async function pipelineDot({ capture }: ExportSource): Promise<Chunks> {
  const summary = summarize(capture);
  const totalNs = summary.profile.cpu?.totalNs ?? 0;
  return pieces(
    pipelineGraphs(capture, summary).filter(({ elements }) => elements.length > 0),
    totalNs,
  );
}

function* pieces(graphs: readonly PipelineGraph[], totalNs: number): Generator<string> {
  yield 'digraph capture {\nrankdir=LR fontname="sans-serif" labeljust=l\n';
  yield 'node [shape=box style="rounded,filled" fillcolor=white fontname="sans-serif" fontsize=11]\n';
  yield 'edge [fontname="sans-serif" fontsize=9]\n';
  for (const [i, graph] of graphs.entries()) {
    yield `subgraph cluster_p${i} {\nlabel=${quoted(graph.pipeline)}\n`;
    yield* inside(graph, -1, i, totalNs);
    yield "}\n";
    for (const { from, to, buffers, caps } of graph.links) {
      const label = [count(buffers), ...(caps === "" ? [] : [shown(caps, MOST_CAPS)])].map(escaped).join("\\n");
      yield `p${i}n${from} -> p${i}n${to} [label="${label}"]\n`;
    }
  }
  yield "}\n";
}

/** The elements and bins of a bin. */
function* inside(graph: PipelineGraph, bin: number, i: number, totalNs: number): Generator<string> {
  for (const [n, element] of graph.elements.entries())
    if (element.bin === bin) yield `p${i}n${n} ${box(element, totalNs)}\n`;
  for (const [b, { name, parent }] of graph.bins.entries()) {
    if (parent !== bin || b <= bin) continue;
    yield `subgraph cluster_p${i}b${b} {\nlabel=${quoted(name)}\n`;
    yield* inside(graph, b, i, totalNs);
    yield "}\n";
  }
}

function box({ summary: e }: GraphElement, totalNs: number): string {
  const share = totalNs > 0 ? e.cpuNs / totalNs : 0;
  const time = ownTime(e);
  const lines = [
    shown(e.name, MOST_NAME),
    shown(e.factory, MOST_NAME),
    `CPU ${duration(e.cpuNs)}, ${percent(share)}`,
    ...(time === null ? [] : [`mean ${duration(time.sumNs / Math.max(1, time.count))}, p99 ${duration(time.p99Ns)}`]),
    ...(e.drops > 0 ? [`dropped ${count(e.drops)}`] : []),
  ];
  return `[label="${lines.map(escaped).join("\\n")}" fillcolor="${HUE} ${Math.min(1, share).toFixed(3)} 1.000"]`;
}

const quoted = (name: string): string => `"${escaped(shown(name, MOST_NAME))}"`;

/** Between quotes: a backslash would begin an escape of Graphviz, and some of its outputs take "&lt;" for a sign. */
const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("&", "&amp;");
