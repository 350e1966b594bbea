// How does a pipeline look as a picture that stands alone? Laid out as the report does it, drawn as SVG, with each element's share of the CPU time.
// SPDX-License-Identifier: MPL-2.0

import { byCost, elementsOf } from "../analysis/headline.js";
import { summarize } from "../analysis/summary.js";
import { count, duration, percent } from "../analysis/units.js";
import { Layouts } from "../graph/layout.js";
import type { GraphLayout } from "../graph/shape.js";
import type { ElementSummary } from "../model/element-summary.js";
import type { PagePipeline } from "../page/page-data.js";
import { pageGraph, shapeOf } from "../page/page-graph.js";
import { type Chunks, type ExportSource, NothingToExport, shown } from "./source.js";
import { svgText as text, xmlText as xml } from "./svg-text.js";

const [MARGIN, TITLE, INSET] = [16, 26, 9];
const BASELINES = [17, 32, 47];
const MOST_TITLE = 200;

/** What is drawn without a colour of its own is for a light page: the picture brings its background. */
const STYLE = `text{font:12px sans-serif;fill:#222}.small{font-size:11px;fill:#555}.title{font-weight:bold}rect.box{stroke:#666;rx:5}
rect.bin{fill:none;stroke:#999;stroke-dasharray:4 3;rx:8}path{fill:none;stroke:#777}.drops{fill:#b00}`;

export async function pipelineSvg({ capture, note }: ExportSource): Promise<Chunks> {
  const summary = summarize(capture);
  const elements = byCost(elementsOf(summary));
  const graph = pageGraph(capture, summary, new Map(elements.map((e, i) => [e.path, i])));
  const totalNs = summary.profile.cpu?.totalNs ?? 0;
  const layouts = new Layouts();
  const drawn: Picture[] = [];
  try {
    for (const pipeline of graph.pipelines) {
      const answer = await layouts.of(shapeOf(pipeline));
      if ("problem" in answer) note(`svg: there is no picture of pipeline ${pipeline.name}: ${answer.problem}`);
      else drawn.push(picture(pipeline, answer.layout, elements, totalNs));
      if (pipeline.more > 0)
        note(
          `svg: ${count(pipeline.more)} elements of pipeline ${pipeline.name}, which cost least, are not in the picture`,
        );
    }
  } finally {
    await layouts.close();
  }
  if (graph.more > 0)
    note(`svg: ${count(graph.more)} pipelines, which cost least, are not in the picture; dot has all`);
  if (drawn.length === 0) throw new NothingToExport("there is no pipeline to draw");
  return page(drawn);
}

interface Picture {
  title: string;
  width: number;
  height: number;
  content: string[];
}

/** One below the other. */
function* page(pictures: readonly Picture[]): Generator<string> {
  const width = 2 * MARGIN + Math.max(...pictures.map((one) => one.width));
  const height = MARGIN + pictures.reduce((sum, one) => sum + TITLE + one.height + MARGIN, 0);
  yield `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">\n`;
  yield `<style>${STYLE}</style>\n<defs><marker id="arrow" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 1L10 5L0 9z" style="fill:#777"/></marker></defs>\n`;
  yield `<rect width="${width}" height="${height}" fill="#fff"/>\n`;
  let top = MARGIN;
  for (const { title, height: own, content } of pictures) {
    yield `<g transform="translate(${MARGIN} ${top})">${text(0, 12, title, "title")}<g transform="translate(0 ${TITLE})">\n`;
    for (const part of content) yield `${part}\n`;
    yield "</g></g>\n";
    top += TITLE + own + MARGIN;
  }
  yield "</svg>\n";
}

function picture(
  pipeline: PagePipeline,
  layout: GraphLayout,
  all: readonly ElementSummary[],
  totalNs: number,
): Picture {
  const bins = pipeline.bins.map(({ name }, i) => {
    const [x, y, width, height] = layout.bins[i] ?? [0, 0, 0, 0];
    return `<rect class="bin" x="${x}" y="${y}" width="${width}" height="${height}"/>${text(x + INSET, y + 16, name, "small")}`;
  });
  const links = pipeline.links.map(([, , , , buffers, caps], i) => {
    const [x = 0, y = 0, ...curves] = layout.links[i] ?? [];
    const title = `<title>${xml(`${count(buffers)} buffers${caps === "" ? "" : `, ${caps}`}`)}</title>`;
    return curves.length === 0
      ? ""
      : `<path d="M${x} ${y}C${curves.join(" ")}" marker-end="url(#arrow)">${title}</path>`;
  });
  const nodes = pipeline.nodes.map((node, i) =>
    drawNode(node, layout.nodes[i] ?? [0, 0, 0, 0], all[node.element], totalNs),
  );
  const { width, height } = layout;
  return { title: shown(pipeline.name, MOST_TITLE), width, height, content: [...bins, ...links, ...nodes] };
}

function drawNode(
  { name, factory, leaky }: PagePipeline["nodes"][number],
  [x, y, width, height]: readonly number[] & { length: 4 },
  element: ElementSummary | undefined,
  totalNs: number,
): string {
  const [first = 0, second = 0, third = 0] = BASELINES;
  const share = element === undefined || totalNs === 0 ? 0 : element.cpuNs / totalNs;
  const lightness = Math.round(100 - 45 * Math.min(1, share));
  const title = element === undefined ? name : `${shown(element.path)}: CPU ${duration(element.cpuNs)}`;
  const drops = leaky ? text(INSET, third, `dropped ${count(element?.drops ?? 0)}`, "small drops") : "";
  return `<g transform="translate(${x} ${y})"><title>${xml(title)}</title><rect class="box" width="${width}" height="${height}" fill="hsl(28,90%,${lightness}%)"/>${text(INSET, first, name)}${text(INSET, second, factory, "small")}${text((width ?? 0) - INSET, second, percent(share), "small", "end")}${drops}</g>`;
}
