// Which figures and colours has a drawn pipeline now? Put into the drawing as often as they change; nothing is laid out again.
// SPDX-License-Identifier: MPL-2.0

import { count, duration, each, plural } from "../../analysis/units.js";
import type { GraphLayout } from "../../graph/shape.js";
import type { PageData, PageElement, PageNode, PagePipeline } from "../page-data.js";
import { heatColour } from "./colours.js";
import { foreign, h } from "./dom.js";
import { capsLabels } from "./graph-caps.js";
import type { Drawing } from "./graph-drawing.js";
import { type Quantity, quantities } from "./graph-quantities.js";

/** Pixels. */
const THINNEST = 1.2;
const WIDER = 5;
const LEGEND_STEPS = 8;
const MOST_NAMED = 3;
const MOST_KINDS = 3;

/** The figures of one quantity for each node of a pipeline. */
export interface Figures {
  quantity: Quantity;
  values: (number | null)[];
  /** The largest one; 0 = none was measured. */
  most: number;
}

export function figuresOf(data: PageData, { nodes }: PagePipeline, quantity: Quantity): Figures {
  const values = nodes.map(({ element }) => {
    const e = data.elements[element];
    return e === undefined ? null : quantity.value(e, data);
  });
  return { quantity, values, most: Math.max(0, ...values.map((value) => value ?? 0)) };
}

export function paint(drawing: Drawing, data: PageData, pipeline: PagePipeline, figures: Figures): void {
  pipeline.nodes.forEach((node, i) => {
    paintNode(drawing.nodes[i], data, node, figures, figures.values[i] ?? null, capsInto(pipeline, i));
  });
  paintLinks(drawing, data, pipeline);
  if (pipeline.layout !== null) paintCaps(drawing, pipeline, pipeline.layout);
}

function paintNode(
  drawn: Drawing["nodes"][number] | undefined,
  data: PageData,
  node: PageNode,
  { quantity, most }: Figures,
  value: number | null,
  caps: readonly string[],
): void {
  if (drawn === undefined) return;
  const e = data.elements[node.element];
  const drops = e?.drops ?? 0;
  const figure = value === null ? "–" : quantity.text(value);
  drawn.figure.textContent = figure;
  if (drawn.drops !== null) drawn.drops.textContent = drops > 0 ? `dropped ${count(drops)}` : "";
  drawn.group.classList.toggle("dropping", drops > 0);
  if (value === null || most === 0) drawn.box.removeAttribute("fill");
  else drawn.box.setAttribute("fill", heatColour(value / most));
  const told = e === undefined ? `${node.name}\nno row of the table` : allFigures(e, data);
  drawn.group.setAttribute("data-tip", [told, ...caps].join("\n"));
  // What is written in the box comes first, as it stands there: who speaks to a screen says that.
  const seen = [node.name, node.factory, figure, drawn.drops?.textContent ?? ""].filter(Boolean).join(" ");
  drawn.group.setAttribute("aria-label", `${seen}: ${quantity.title} of ${e?.name ?? node.name}`);
}

/** Each on a line, for who points at it. */
function allFigures(e: PageElement, data: PageData): string {
  const figures = Object.values(quantities).flatMap((quantity) => {
    const value = quantity.value(e, data);
    return value === null ? [] : [`${quantity.title}: ${quantity.text(value)}`];
  });
  const burns = e.cpuNs > 0 ? [`CPU time: ${duration(e.cpuNs)}`] : [];
  const level = e.queueLevel === null ? [] : [`In it at the end: ${count(e.queueLevel.last)}`];
  const flow = e.flow === "" ? [] : [e.flow];
  return [`${e.name} (${e.factory})`, ...figures, ...burns, ...level, ...flow].join("\n");
}

function paintLinks({ links }: Drawing, { durationNs }: PageData, pipeline: PagePipeline): void {
  const most = mostBuffers(pipeline);
  pipeline.links.forEach(([from, source, to, sink, buffers, caps], i) => {
    const drawn = links[i];
    if (drawn === undefined) return;
    const width = THINNEST + WIDER * Math.sqrt(buffers / Math.max(1, most));
    drawn.setAttribute("stroke-width", width.toFixed(2));
    const [sender, receiver] = [pipeline.nodes[from], pipeline.nodes[to]];
    const ends = `${sender?.name}.${sender?.sources[source]} → ${receiver?.name}.${receiver?.sinks[sink]}`;
    const passed = `${rate(buffers, durationNs)}, ${plural(buffers, "buffer")} in all`;
    drawn.setAttribute("data-tip", [ends, passed, ...(caps === "" ? [] : [caps])].join("\n"));
  });
}

/** Only where they changed: what fits where depends on all of them. */
function paintCaps({ caps }: Drawing, pipeline: PagePipeline, layout: GraphLayout): void {
  const labels = capsLabels(pipeline, layout);
  caps.forEach((text, i) => {
    const label = labels[i];
    if (text.textContent === (label?.text ?? "")) return;
    text.textContent = label?.text ?? "";
    text.setAttribute("x", String(label?.x ?? 0));
    text.setAttribute("y", String(label?.y ?? 0));
  });
}

/** What the element at this place gets, by its links: a line each kind. */
function capsInto({ links }: PagePipeline, node: number): string[] {
  const kinds = new Set(links.flatMap(([, , to, , , caps]) => (to === node && caps !== "" ? [caps] : [])));
  return [...kinds].slice(0, MOST_KINDS).map((caps) => `Gets ${caps}`);
}

const mostBuffers = ({ links }: PagePipeline): number => Math.max(0, ...links.map(([, , , , buffers]) => buffers));
const rate = (buffers: number, durationNs: number): string =>
  durationNs > 0 ? `${each((buffers * 1e9) / durationNs)} buffers/s` : "no time passed";

/** The colours from nothing to the most. */
export function legend({ quantity, most }: Figures): (HTMLElement | string)[] {
  if (most === 0) return [`${quantity.title}: nothing was measured here, so no element has a colour.`];
  const steps = Array.from({ length: LEGEND_STEPS }, (_, i) => {
    const step = h("i", {});
    step.style.setProperty("background", heatColour(i / (LEGEND_STEPS - 1)));
    return step;
  });
  const ramp = h("span", { class: "ramp", "aria-hidden": "true" }, ...steps);
  return [h("span", {}, "0"), ramp, h("span", {}, quantity.text(most)), h("span", {}, quantity.help)];
}

/** What the colours, widths and outlines say, in words. */
export function caption(data: PageData, pipeline: PagePipeline, { quantity, values, most }: Figures): HTMLElement[] {
  const nameOf = (i: number): string => data.elements[pipeline.nodes[i]?.element ?? -1]?.name ?? "";
  const largest = values
    .map((value, i) => ({ value: value ?? 0, i }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value)
    .slice(0, MOST_NAMED);
  const first = largest.flatMap(({ value, i }, rank) => [
    rank === 0 ? `Most ${quantity.title}: ` : ", ",
    foreign(nameOf(i)),
    ` ${quantity.text(value)}`,
  ]);
  const widest = mostBuffers(pipeline);
  const links = widest === 0 ? [] : [`A link is as wide as its buffers/s, ${rate(widest, data.durationNs)} at most.`];
  const dropping = pipeline.nodes.some(({ element }) => (data.elements[element]?.drops ?? 0) > 0);
  const drops = dropping ? ["A red outline: it dropped buffers."] : [];
  return [...(most === 0 ? [] : [h("p", {}, ...first, ".")]), h("p", {}, [...links, ...drops].join(" "))];
}
