// How do the report's components show what runs? They are made once and told what changed, so that nothing a person chose is lost.
// SPDX-License-Identifier: MPL-2.0

import type { FlameNode } from "../../analysis/flame.js";
import { hasIdle, withoutIdle } from "../../analysis/idle-threads.js";
import type { GraphLayout } from "../../graph/shape.js";
import { byId, write } from "../../page/browser/dom.js";
import { Explorer } from "../../page/browser/explorer.js";
import { Flame } from "../../page/browser/flame.js";
import { Graph } from "../../page/browser/graph.js";
import { Heat } from "../../page/browser/heat.js";
import { showLatencies } from "../../page/browser/latency-table.js";
import { showSummary } from "../../page/browser/summary-cards.js";
import { ElementsTable } from "../../page/browser/table.js";
import { Timelines } from "../../page/browser/timeline.js";
import { Views } from "../../page/browser/views.js";
import { Waterfalls } from "../../page/browser/waterfall.js";
import type { PageStacks } from "../../page/packed-stacks.js";
import type { PageData } from "../../page/page-data.js";
import { AskedLayouts } from "./asked-layouts.js";
import { type StableData, StableElements } from "./stable-elements.js";

type Clock = "of-cpu" | "of-wall";
const quantity = { "of-cpu": "CPU time", "of-wall": "wall time" };

/** What the page can get from the agent. */
export interface Asked {
  /** Of a pipeline of what is shown. */
  layout(key: string): Promise<GraphLayout | null>;
  /** With the next figures, at once. */
  stacks(): void;
  /** Number of the target; "" where there is no other one. */
  target(): string;
}

export class LiveView {
  readonly #stable = new StableElements();
  readonly #table: ElementsTable;
  readonly #heat: Heat;
  readonly #waterfalls: Waterfalls;
  readonly #timelines: Timelines;
  readonly #graph: Graph;
  readonly #views: Views;
  readonly #explorer: Explorer;
  readonly #ask: Asked;
  #stacks: PageStacks | null = null;
  #asked = false;
  readonly #layouts: AskedLayouts;
  readonly #hideIdle = byId("hide-idle") as HTMLInputElement;
  #flame: Flame | null = null;
  #trees: Record<Clock, FlameNode | null> = { "of-cpu": null, "of-wall": null };
  #clock: Clock | null = null;
  /** The chart tells of each zoom, also of those that we ask for. */
  #drawing = false;
  #data: PageData;
  /** The last one that came with flame graphs and heat maps. */
  #whole: PageData;

  constructor(first: PageData, ask: Asked) {
    this.#ask = ask;
    this.#layouts = new AskedLayouts(ask.layout, () => {
      this.#drawGraph();
      this.#graph.open();
    });
    const stable = this.#stable.take(first);
    this.#data = this.#whole = stable.data;
    this.#table = new ElementsTable(stable.data, (element) => this.choose(element));
    this.#heat = new Heat(stable.data);
    this.#waterfalls = new Waterfalls(stable.data);
    this.#timelines = new Timelines(stable.data);
    this.#graph = new Graph(stable.data, (element) => this.choose(element));
    this.#views = new Views(
      this.#graph,
      () => this.#redrawFlames(),
      () => this.#explorer.update(),
    );
    this.#explorer = this.#explore();
    byId("as-graph").addEventListener("click", () => this.#layouts.want(this.#data.graph));
    this.#hideIdle.addEventListener("change", () => this.#drawFlame());
    for (const clock of ["of-cpu", "of-wall"] as const)
      byId(clock).addEventListener("click", () => this.#choose(clock));
    this.#draw(stable, true);
    this.#explorer.begin();
  }

  /** A person looks into a flame graph: it stays as it is. */
  get held(): boolean {
    return this.#explorer.held || this.#flame?.held === true;
  }

  get needsStacks(): boolean {
    return this.#explorer.needsStacks;
  }

  /** `flames`: the data has them, and they are to be drawn. */
  show(data: PageData, flames: boolean): void {
    const stable = this.#stable.take(data);
    for (const element of stable.renewed) this.#table.forget(element);
    this.#draw(stable, flames);
  }

  /** Takes back the latest choice. */
  escape(): void {
    if (!this.#explorer.escape()) this.choose(-1);
  }

  /** -1 takes the choice back. */
  choose(element: number): void {
    const drawn = element >= 0 && (this.#flame?.showElement(element) ?? false);
    if (!drawn) this.#flame?.reset();
    this.#mark(element);
    this.#showHeat(element);
    write(byId("flame-note"), element < 0 || drawn ? "" : this.#absent(element));
  }

  redraw(): void {
    this.#views.redraw();
  }

  /** Colours follow the scheme. */
  repaint(): void {
    showSummary(this.#data);
    this.#table.repaint();
    this.#heat.repaint();
    this.#graph.repaint();
    this.#waterfalls.repaint();
    this.#timelines.repaint();
    this.#redrawFlames();
  }

  #redrawFlames(): void {
    this.#flame?.redraw();
    this.#explorer.redraw();
  }

  #explore(): Explorer {
    return new Explorer({
      data: () => this.#whole,
      stacks: () => this.#stacksThere(),
      absent: () => "The stacks come with the next figures.",
      flame: () => this.#flame,
      views: () => this.#views,
      isWall: () => this.#shownClock() === "of-wall",
      showClock: (wall) => this.#choose(wall ? "of-wall" : "of-cpu"),
      hidesIdle: () => this.#hideIdle.checked,
      chosen: () => this.#table.selected,
      choose: (element) => this.choose(element),
      target: this.#ask.target,
    });
  }

  /** What is not there yet is asked for once. */
  #stacksThere(): PageStacks | null {
    if (this.#stacks === null && !this.#asked && this.#explorer.needsStacks) {
      this.#asked = true;
      this.#ask.stacks();
    }
    return this.#stacks;
  }

  #draw({ data, order, flame, wallFlame, stacks }: StableData, flames: boolean): void {
    this.#data = data;
    showSummary(data);
    showLatencies(data);
    this.#table.update(data, order);
    this.#waterfalls.update(data);
    this.#timelines.update(data);
    this.#drawGraph();
    if (!flames) return;
    this.#whole = data;
    this.#heat.update(data);
    if (this.#heat.shown < 0) this.#showHeat(this.#table.selected);
    this.#trees = { "of-cpu": data.cpuNs > 0 ? flame : null, "of-wall": wallFlame };
    this.#stacks = stacks;
    this.#asked = false;
    this.#drawFlame();
  }

  #choose(clock: Clock): void {
    if (this.#trees[clock] === null) return;
    this.#clock = clock;
    this.#drawFlame();
    this.choose(this.#table.selected);
  }

  #drawFlame(): void {
    const clock = this.#shownClock();
    const whole = this.#trees[clock];
    byId("idle").hidden = clock !== "of-wall" || whole === null || !hasIdle(whole);
    const tree =
      whole !== null && clock === "of-wall" && this.#hideIdle.checked ? (withoutIdle(whole) ?? whole) : whole;
    byId("flame-empty").hidden = tree !== null;
    byId("flame-tools").hidden = tree === null;
    byId("flame").hidden = tree === null;
    byId("clock").hidden = this.#trees["of-cpu"] === null || this.#trees["of-wall"] === null;
    for (const id of ["of-cpu", "of-wall"] as const) byId(id).setAttribute("aria-pressed", String(id === clock));
    if (tree === null) return;
    this.#drawing = true;
    if (this.#flame === null) this.#flame = new Flame(tree, quantity[clock], (element) => this.#zoomed(element));
    else this.#flame.show(tree, quantity[clock]);
    this.#drawing = false;
    // What was chosen may be back, or gone for now.
    const chosen = this.#table.selected;
    if (chosen >= 0 && this.#flame.element !== chosen) this.#flame.showElement(chosen);
    this.#explorer.update();
  }

  #shownClock(): Clock {
    if (this.#clock !== null && this.#trees[this.#clock] !== null) return this.#clock;
    return this.#trees["of-cpu"] === null ? "of-wall" : "of-cpu";
  }

  #zoomed(element: number): void {
    if (!this.#drawing) this.#mark(element);
  }

  #mark(element: number): void {
    this.#table.select(element);
    this.#graph.select(element);
    this.#explorer.update();
  }

  /** With the layouts that are known; the agent is asked for others while somebody looks at the graph. */
  #drawGraph(): void {
    this.#data = { ...this.#data, graph: this.#layouts.in(this.#data.graph) };
    this.#graph.update(this.#data);
    if (!byId("graph-view").hidden) this.#layouts.want(this.#data.graph);
  }

  /** Nothing is chosen: the element that the sentence is about, else the costliest one that anything is known of. */
  #showHeat(element: number): void {
    if (element >= 0 && this.#heat.show(element)) return;
    if (!this.#heat.show(this.#data.headline.element)) this.#heat.show(this.#whole.elements.findIndex(hasHeat));
  }

  #absent(element: number): string {
    const name = this.#data.elements[element]?.name ?? "";
    return `No sample of this time fell on ${name}, so the graph shows all elements.`;
  }
}

const hasHeat = ({ heat }: PageData["elements"][number]): boolean => heat !== null;
