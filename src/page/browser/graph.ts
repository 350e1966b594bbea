// How do the elements of a pipeline hang together, and which is hot? One drawing, coloured anew whenever figures change.
// SPDX-License-Identifier: MPL-2.0

import { count, plural } from "../../analysis/units.js";
import type { Box, GraphLayout } from "../../graph/shape.js";
import type { PageData, PagePipeline } from "../page-data.js";
import { byId, foreign, h } from "./dom.js";
import { type Drawing, draw } from "./graph-drawing.js";
import { caption, figuresOf, legend, paint } from "./graph-painting.js";
import { quantities } from "./graph-quantities.js";
import { GraphView } from "./graph-view.js";
import { nearest } from "./nearest.js";
import { PipelineChoice } from "./pipeline-choice.js";
import { hideTip, showTip } from "./tip.js";

interface Shown {
  pipeline: PagePipeline & { layout: GraphLayout };
  drawing: Drawing;
}

export class Graph {
  readonly #svg = byId("graph") as unknown as SVGSVGElement;
  readonly #view = new GraphView(this.#svg);
  readonly #filter = byId("graph-filter") as HTMLInputElement;
  readonly #pipelines: PipelineChoice;
  readonly #quantity = byId("graph-quantity") as HTMLSelectElement;
  #data: PageData;
  readonly #choose: (element: number) => void;
  #shown: Shown | null = null;
  #selected = -1;
  /** The node that Tab reaches. */
  #focus = 0;

  /** `choose`: an element was chosen here, -1 = the choice was taken back. */
  constructor(data: PageData, choose: (element: number) => void) {
    this.#data = data;
    this.#choose = choose;
    this.#quantity.append(...Object.entries(quantities).map(([value, { title }]) => h("option", { value }, title)));
    this.#pipelines = new PipelineChoice((name) => this.show(this.#named(name)));
    this.#pipelines.offer(data.graph);
    this.#listen();
  }

  /** The page has room for it now: what has no size cannot be fitted into it. */
  open(): void {
    if (this.#shown === null) this.show(this.#pipelineOf(this.#selected));
    else this.#view.show();
  }

  /** Draws this pipeline; undefined = there is none. */
  show(pipeline: PagePipeline | undefined): void {
    const { layout = null } = pipeline ?? {};
    this.#svg.toggleAttribute("hidden", layout === null);
    if (pipeline === undefined || layout === null) {
      this.#say();
      return;
    }
    const drawing = draw(pipeline, layout);
    this.#shown = { pipeline: { ...pipeline, layout }, drawing };
    this.#svg.replaceChildren(drawing.content);
    this.#svg.setAttribute("aria-label", `Graph of ${pipeline.name}: ${plural(pipeline.nodes.length, "element")}`);
    this.#pipelines.chosen = pipeline.name;
    this.#filter.value = "";
    this.#focusOn(
      Math.max(
        0,
        pipeline.nodes.findIndex(({ element }) => element === this.#selected),
      ),
    );
    this.repaint();
    this.#mark();
    this.#view.open(layout.width, layout.height, this.#costliest());
    this.#say();
  }

  /** Other figures. What is drawn stays where it is, unless its pipeline has another layout by now. */
  update(data: PageData): void {
    this.#data = data;
    this.#pipelines.offer(data.graph);
    const before = this.#shown?.pipeline;
    if (this.#shown === null || before === undefined) return;
    const now = this.#named(before.name);
    if (now === undefined) return;
    if (now.key !== before.key) {
      if (now.layout !== null) this.show(now);
      return;
    }
    this.#shown.pipeline = { ...now, layout: before.layout };
    this.repaint();
    this.#mark();
  }

  /** Marks the element and shows its pipeline; -1 = none. */
  select(element: number): void {
    this.#selected = element;
    if (this.#shown === null) return;
    const { pipeline } = this.#shown;
    const other = this.#pipelineOf(element);
    const here = pipeline.nodes.some((node) => node.element === element);
    if (element >= 0 && !here && other !== undefined) {
      this.show(other);
      return;
    }
    this.#mark();
    const i = pipeline.nodes.findIndex((node) => node.element === element);
    if (i < 0) return;
    this.#focusOn(i);
    this.#view.reveal(pipeline.layout.nodes[i] ?? [0, 0, 0, 0]);
  }

  /** Figures and colours, which follow the scheme. */
  repaint(): void {
    if (this.#shown === null) return;
    const { pipeline, drawing } = this.#shown;
    const quantity = quantities[this.#quantity.value] ?? quantities.cpu;
    if (quantity === undefined) return;
    const figures = figuresOf(this.#data, pipeline, quantity);
    paint(drawing, this.#data, pipeline, figures);
    byId("graph-legend").replaceChildren(...legend(figures));
    byId("graph-caption").replaceChildren(...caption(this.#data, pipeline, figures));
  }

  #listen(): void {
    this.#quantity.addEventListener("change", () => this.repaint());
    this.#filter.addEventListener("input", () => this.#narrow());
    this.#svg.addEventListener("click", (event) => this.#chooseAt(event.target));
    this.#svg.addEventListener("pointermove", tell);
    this.#svg.addEventListener("pointerleave", hideTip);
    this.#svg.addEventListener("keydown", (event) => this.#onKey(event));
    byId("graph-in").addEventListener("click", () => this.#view.zoom(1));
    byId("graph-out").addEventListener("click", () => this.#view.zoom(-1));
    byId("graph-fit").addEventListener("click", () => this.#view.fitAll());
  }

  #named(wanted: string): PagePipeline | undefined {
    return this.#data.graph.pipelines.find(({ name }) => name === wanted);
  }

  /** The one with this element, else the first one. */
  #pipelineOf(element: number): PagePipeline | undefined {
    const { pipelines } = this.#data.graph;
    return pipelines.find(({ nodes }) => nodes.some((node) => node.element === element)) ?? pipelines[0];
  }

  #costliest(): Box | undefined {
    const { nodes = [], layout } = this.#shown?.pipeline ?? {};
    const ranks = nodes.map(({ element }) => (element < 0 ? Number.POSITIVE_INFINITY : element));
    return layout?.nodes[ranks.indexOf(Math.min(...ranks))];
  }

  #mark(): void {
    const { pipeline, drawing } = this.#shown ?? {};
    drawing?.nodes.forEach(({ group }, i) => {
      const element = pipeline?.nodes[i]?.element ?? -1;
      group.setAttribute("aria-pressed", String(element >= 0 && element === this.#selected));
    });
  }

  /** Elements that match keep their look, and are shown as large as they can be. */
  #narrow(): void {
    const { pipeline, drawing } = this.#shown ?? {};
    if (pipeline === undefined || drawing === undefined) return;
    const out = pipeline.nodes.map((_, i) => !this.#matches(pipeline, i));
    drawing.nodes.forEach(({ group, pads }, i) => {
      for (const part of [group, pads]) part.classList.toggle("out", out[i]);
    });
    drawing.links.forEach((path, i) => {
      const [from = 0, , to = 0] = pipeline.links[i] ?? [];
      for (const part of [path, drawing.caps[i]]) part?.classList.toggle("out", out[from] && out[to]);
    });
    const boxes = pipeline.layout.nodes.filter((_, i) => !out[i]);
    if (this.#filter.value.trim() === "")
      this.#view.open(pipeline.layout.width, pipeline.layout.height, this.#costliest());
    else if (boxes.length > 0) this.#view.fit(around(boxes));
    const first = out.indexOf(false);
    if (out[this.#focus] && first >= 0) this.#focusOn(first);
    this.#say();
  }

  #matches({ nodes }: PagePipeline, i: number): boolean {
    const { name = "", factory = "", element = -1 } = nodes[i] ?? {};
    const all = [this.#data.elements[element]?.name ?? name, factory].join("\n");
    return all.toLowerCase().includes(this.#filter.value.trim().toLowerCase());
  }

  /** What is not to be seen, and why. */
  #say(): void {
    const { graph } = this.#data;
    const { pipeline } = this.#shown ?? {};
    const lines: string[] = [];
    if (pipeline !== undefined && this.#filter.value.trim() !== "") {
      const matching = pipeline.nodes.filter((_, i) => this.#matches(pipeline, i)).length;
      lines.push(`${count(matching)} of ${plural(pipeline.nodes.length, "element")} match.`);
    }
    if ((pipeline?.more ?? 0) > 0)
      lines.push(
        `The costliest elements and their neighbours; ${plural(pipeline?.more ?? 0, "more element")} are in the table.`,
      );
    if (graph.problem !== "") lines.push(graph.problem);
    else if (graph.more > 0) lines.push(`${plural(graph.more, "smaller pipeline")} did not fit on this page.`);
    if (pipeline === undefined && graph.problem === "")
      lines.push(
        graph.pipelines.length === 0 ? "No element was seen, so there is no graph." : "The graph is not laid out yet.",
      );
    byId("graph-note").textContent = lines.join(" ");
  }

  #focusOn(i: number): void {
    const nodes = this.#shown?.drawing.nodes ?? [];
    nodes[this.#focus]?.group.setAttribute("tabindex", "-1");
    nodes[i]?.group.setAttribute("tabindex", "0");
    this.#focus = i;
  }

  #chooseAt(target: EventTarget | null): void {
    const group = target instanceof Element ? target.closest("[data-node]") : null;
    const element = this.#shown?.pipeline.nodes[Number(group?.getAttribute("data-node") ?? -1)]?.element ?? -1;
    if (element >= 0) this.#choose(element === this.#selected ? -1 : element);
  }

  #onKey(event: KeyboardEvent): void {
    const { layout } = this.#shown?.pipeline ?? {};
    const out = (i: number): boolean => this.#shown?.drawing.nodes[i]?.group.classList.contains("out") ?? true;
    const next = layout && nearest(layout.nodes, this.#focus, event.key, out);
    if (event.key === "Enter" || event.key === " ") this.#chooseAt(event.target);
    else if (event.key === "+" || event.key === "-") this.#view.zoom(event.key === "+" ? 1 : -1);
    else if (event.key === "0") this.#view.fitAll();
    else if (layout !== undefined && next !== undefined) {
      this.#focusOn(next);
      this.#shown?.drawing.nodes[next]?.group.focus({ preventScroll: true });
      this.#view.reveal(layout.nodes[next] ?? [0, 0, 0, 0]);
    } else return;
    event.preventDefault();
  }
}

/** A finger has no place to point at: what it chooses is in the table. */
function tell(event: PointerEvent): void {
  const part = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
  const [name = "", ...lines] = (part?.getAttribute("data-tip") ?? "").split("\n");
  if (name === "" || event.pointerType === "touch") hideTip();
  else showTip(event, h("div", {}, h("strong", {}, foreign(name)), ...lines.map((line) => h("p", {}, foreign(line)))));
}

function around(boxes: readonly Box[]): Box {
  const [left, top] = [Math.min(...boxes.map(([x]) => x)), Math.min(...boxes.map(([, y]) => y))];
  const right = Math.max(...boxes.map(([x, , width]) => x + width));
  const bottom = Math.max(...boxes.map(([, y, , height]) => y + height));
  return [left, top, right - left, bottom - top];
}
