// How does a person follow one function through all stacks? Table, sandwich, inverted graph, search and address as one choice.
// SPDX-License-Identifier: MPL-2.0

import { type FunctionName, functionTimes } from "../../analysis/functions.js";
import { ChosenStacks } from "./chosen-stacks.js";
import { byId, write } from "./dom.js";
import { type Explored, explored, notExplored } from "./explored.js";
import { ExploredGraphs } from "./explored-graphs.js";
import type { ExplorerPage } from "./explorer-page.js";
import type { Flame } from "./flame.js";
import { FunctionsTable } from "./functions-table.js";
import { handOn } from "./hand-on-buttons.js";
import { MatchSteps } from "./match-steps.js";
import { patternOf } from "./pattern.js";
import { Scope } from "./scope.js";
import { hashOf, type Selection, selectionIn } from "./selection.js";

export class Explorer {
  readonly #page: ExplorerPage;
  readonly #graphs = new ExploredGraphs(
    (of) => this.explore(of),
    () => this.#keep(),
  );
  readonly #table = new FunctionsTable((of) => this.explore(of));
  readonly #steps = new MatchSteps(() => this.#flames);
  readonly #scope: Scope;
  readonly #fields = [byId("search"), byId("function-filter")] as HTMLInputElement[];
  readonly #chosen: ChosenStacks;
  #function: FunctionName | null = null;
  #inverted = false;
  #pattern = "";
  /** Named by the address, and not there yet. */
  #awaited = "";
  #awaitedZoom = "";
  /** Until the page is drawn, the address says what to show and not what is shown. */
  #restoring = true;

  constructor(page: ExplorerPage) {
    this.#page = page;
    this.#scope = new Scope({
      element: (element) => page.choose(element),
      thread: () => this.update(),
    });
    this.#chosen = new ChosenStacks(page, this.#scope);
    for (const field of this.#fields) {
      field.addEventListener("input", () => this.search(field.value));
      field.addEventListener("keydown", (event) => this.#onEnter(event));
    }
    byId("inverted").addEventListener("click", () => this.#invert());
    byId("explored-close").addEventListener("click", () => this.#close());
    handOn({
      table: () => this.#table.tsv,
      name: () => this.#function?.name ?? "",
      stacks: () => this.#chosen.stacks,
      index: () => this.#chosen.index,
      shown: () => (this.#exploring ? this.#graphs.shown : { above: null, below: this.#page.flame()?.shown ?? null }),
      heading: () => this.#heading(),
    });
    addEventListener("hashchange", () => this.restore(selectionIn(location.hash)));
  }

  /** It shows something that is made of stacks. */
  get needsStacks(): boolean {
    return this.#exploring || !byId("functions-view").hidden;
  }

  get held(): boolean {
    return this.#exploring && this.#graphs.held;
  }

  /** Other figures, another element, view or clock. */
  update(): void {
    this.#await();
    const stacks = this.#page.stacks();
    if (this.needsStacks) this.#scope.offer(this.#page.data(), stacks, this.#page.chosen());
    if (!byId("functions-view").hidden) this.#showTable();
    this.#showGraphs();
    this.#steps.offer();
    this.#awaitZoom();
    this.#keep();
  }

  explore(of: FunctionName | null): void {
    this.#function = of;
    this.update();
    const head = byId("explored-head");
    const { top, bottom } = head.getBoundingClientRect();
    if (of !== null && (top < 0 || bottom > innerHeight)) head.scrollIntoView({ block: "start" });
  }

  search(text: string): void {
    this.#pattern = text;
    for (const field of this.#fields) if (field.value !== text) field.value = text;
    this.#page.flame()?.search(text);
    this.#graphs.search(text);
    if (!byId("functions-view").hidden) this.#showTable();
    this.#steps.begin();
    this.#keep();
  }

  redraw(): void {
    if (this.#exploring) this.#graphs.redraw();
  }

  /** Takes back the latest choice; false: there is none but that of an element. */
  escape(): boolean {
    if (this.#pattern !== "") this.search("");
    else if (this.#exploring) this.#close();
    else return false;
    return true;
  }

  /** The page is drawn: what its address says is shown. */
  begin(): void {
    if (location.hash !== "") this.restore(selectionIn(location.hash));
    this.#restoring = false;
  }

  restore(selection: Selection): void {
    this.#restoring = true;
    this.#function = selection.function === "" ? null : { name: selection.function, module: selection.module };
    this.#inverted = selection.inverted;
    this.#scope.thread = selection.thread;
    this.#awaited = selection.element;
    this.#awaitedZoom = selection.zoom;
    for (const flame of this.#flames) if (flame.place !== "") flame.reset();
    if (!byId("clock").hidden && selection.wall !== this.#page.isWall()) this.#page.showClock(selection.wall);
    this.#page.views().show(selection.view === "" ? "as-table" : `as-${selection.view}`);
    if (selection.element === "" && this.#page.chosen() >= 0) this.#page.choose(-1);
    this.search(selection.pattern);
    this.#restoring = false;
    this.update();
  }

  get #exploring(): boolean {
    return this.#function !== null || this.#inverted || this.#scope.thread !== "";
  }

  get #flames(): Flame[] {
    const flame = this.#page.flame();
    return this.#exploring ? this.#graphs.flames : flame === null ? [] : [flame];
  }

  /** An element that the address names may come later. */
  #await(): void {
    if (this.#awaited === "" || this.#restoring) return;
    const element = this.#page.data().elements.findIndex((one) => `${one.pipeline}/${one.name}` === this.#awaited);
    if (element < 0) return;
    this.#awaited = "";
    if (element !== this.#page.chosen()) this.#page.choose(element);
  }

  /** Of the first graph that has it: a link's reader sees the same frame whole. */
  #awaitZoom(): void {
    if (this.#awaitedZoom === "" || this.#awaited !== "" || this.#restoring || this.#flames.length === 0) return;
    const place = this.#awaitedZoom;
    this.#awaitedZoom = "";
    this.#flames.some((flame) => flame.goTo(place));
  }

  #showTable(): void {
    const stacks = this.#chosen.stacks;
    const rows = functionTimes(this.#chosen.index, stacks);
    const totalNs = stacks.reduce((sum, { ns }) => sum + ns, 0);
    this.#table.show({ rows, totalNs, what: this.#chosen.what, pattern: patternOf(this.#pattern) });
    this.#table.select(this.#function);
    write(byId("function-note"), this.#chosen.note);
  }

  #showGraphs(): void {
    const exploring = this.#exploring;
    byId("inverted").setAttribute("aria-pressed", String(this.#inverted && this.#function === null));
    const hasFlame = this.#page.flame() !== null;
    byId("explored").hidden = !exploring;
    byId("flame").hidden = exploring || !hasFlame;
    byId("flame-section").classList.toggle("exploring", exploring);
    if (exploring) this.#graphs.show(this.#explored(), this.#pattern);
    this.#table.select(this.#function);
  }

  #explored(): Explored {
    const scope = this.#scope.name(this.#page.data(), this.#page.chosen());
    const of = this.#function;
    if (this.#page.stacks() === null) return notExplored(of?.name ?? scope, this.#page.absent(), this.#chosen.what);
    const wanted = { of, inverted: this.#inverted, scope, what: this.#chosen.what };
    return explored(this.#chosen.index, this.#chosen.stacks, wanted);
  }

  #heading(): string {
    const { command, pid } = this.#page.data();
    const of = this.#exploring ? (byId("explored-title").textContent ?? "") : this.#chosen.what;
    return `${of} · ${command} (pid ${pid})`;
  }

  #invert(): void {
    this.#inverted = this.#function !== null || !this.#inverted;
    this.#function = null;
    this.update();
  }

  #close(): void {
    if (this.#function !== null) this.#function = null;
    else {
      this.#inverted = false;
      this.#scope.thread = "";
    }
    this.update();
    this.#page.flame()?.redraw();
  }

  #onEnter(event: KeyboardEvent): void {
    if (event.key !== "Enter") return;
    this.#steps.step(event.shiftKey ? -1 : 1);
    event.preventDefault();
  }

  /** In the address, without a step in the browser's history. */
  #keep(): void {
    if (this.#restoring) return;
    const { pipeline = "", name = "" } = this.#page.data().elements[this.#page.chosen()] ?? {};
    const hash = hashOf({
      view: this.#page.views().shown,
      element: name === "" ? this.#awaited : `${pipeline}/${name}`,
      thread: this.#scope.thread,
      function: this.#function?.name ?? "",
      module: this.#function?.module ?? "",
      inverted: this.#inverted,
      wall: this.#page.isWall(),
      pattern: this.#pattern.trim(),
      zoom: this.#awaitedZoom || (this.#flames.map(({ place }) => place).find(Boolean) ?? ""),
      target: this.#page.target(),
    });
    if (hash !== location.hash)
      history.replaceState(null, "", hash === "" ? location.pathname + location.search : hash);
  }
}
