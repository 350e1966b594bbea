// Which target is followed, which of its time is shown, and when is the agent asked? The state of the live page.
// SPDX-License-Identifier: MPL-2.0

import type { GraphLayout } from "../../graph/shape.js";
import { selectionIn } from "../../page/browser/selection.js";
import { isWithoutTrees } from "../../page/packed-tree.js";
import type { PageData } from "../../page/page-data.js";
import type { LiveRange, StripEntry, TargetStatus } from "../live-target.js";
import {
  type AgentStatus,
  askCapture,
  askLayout,
  askPage,
  askStatus,
  askStrip,
  listen,
  type Parts,
  Refused,
  type Shown,
} from "./agent-api.js";
import { Bar, type State } from "./bar.js";
import { LiveView } from "./live-view.js";
import { Strip } from "./strip.js";
import { type Followed, nextTarget } from "./target-choice.js";

const STATUS_MS = 2000;
const USUAL_S = 10;
const MOST_MEASURES = 100;
const anotherAgent = "Another agent answers here now: gst-pyroscope live prints the address that opens its page.";

export class LivePage {
  view: LiveView | null = null;
  readonly #bar = new Bar({
    follow: (lastS) => this.follow(lastS),
    pause: () => this.pause(),
    save: () => void this.#save(),
    target: (id) => void this.#choose(id),
  });
  readonly #strip = new Strip({ choose: (range) => this.#select(range), follow: () => this.follow(USUAL_S) });
  #shown: Shown = { lastS: USUAL_S };
  #target: TargetStatus | null = null;
  #state: State = "lost";
  #paused = false;
  #several = false;
  #held: number | null = null;
  #stopListening: (() => void) | null = null;
  #opened = 0;
  /** One question at a time; `again`: what was shown has changed meanwhile. */
  #asking = false;
  #again = false;

  async start(): Promise<void> {
    await this.#lookUp();
    setInterval(() => {
      if (document.visibilityState === "visible") void this.#lookUp();
    }, STATUS_MS);
  }

  /** The last seconds from now on; null: all that is kept. */
  follow(lastS: number | null): void {
    this.#shown = { lastS };
    if (this.#paused) this.pause();
    this.#refresh(true);
  }

  pause(): void {
    if (this.#state === "ended" && !this.#paused) return; // nothing moves
    this.#paused = !this.#paused;
    this.#say(this.#state === "ended" || this.#state === "lost" ? this.#state : this.#paused ? "paused" : "running");
    if (!this.#paused) this.#refresh(true);
  }

  /** Nobody sees a hidden tab: it asks for nothing, and the agent has one connection less. */
  visible(visible: boolean): void {
    if (!visible) this.#quiet();
    else if (this.#target !== null) void this.#open(this.#target);
  }

  #quiet(): void {
    this.#stopListening?.();
    this.#stopListening = null;
  }

  /** Which targets there are; the one that is shown may have ended, and another one of its service begun. */
  async #lookUp(): Promise<void> {
    let status: AgentStatus;
    try {
      status = await askStatus();
    } catch (error) {
      return this.#lost(error);
    }
    this.#several = status.targets.length > 1;
    const next = nextTarget(status.targets, this.#followed);
    if (next === null) return this.#bar.note("No process is profiled yet: this page shows the first one that is.");
    if (next.id !== this.#target?.id || this.#stopListening === null) await this.#open(next);
    this.#target = next;
    this.#bar.target(next);
    this.#bar.targets(status.targets, next.id);
    if (next.state === "ended" && this.#state !== "ended") this.#say("ended");
  }

  get #followed(): Followed {
    return { shown: this.#target, wanted: Number(selectionIn(location.hash).target || Number.NaN), held: this.#held };
  }

  async #open(target: TargetStatus): Promise<void> {
    const nth = ++this.#opened;
    this.#quiet();
    if (this.#target?.id !== target.id && !("lastS" in this.#shown)) this.#shown = { lastS: USUAL_S };
    this.#target = target;
    try {
      const strip = await askStrip(target.id);
      if (nth !== this.#opened) return; // another one was opened meanwhile
      this.#strip.show(strip);
    } catch (error) {
      return this.#lost(error);
    }
    this.#stopListening = listen(target.id, {
      window: (entry) => this.#window(entry),
      ended: () => this.#say("ended"),
      lost: () => this.#lost(null),
    });
    this.#say(target.state === "ended" ? "ended" : this.#paused ? "paused" : "running");
    this.#refresh(true);
  }

  /** By hand. */
  async #choose(id: number): Promise<void> {
    const status = await askStatus().catch((error: unknown) => this.#lost(error));
    const chosen = status?.targets.find((one) => one.id === id);
    if (chosen === undefined) return;
    this.#held = chosen.state === "ended" ? id : null;
    await this.#open(chosen);
    this.#bar.target(chosen);
  }

  #window(entry: StripEntry): void {
    this.#strip.add(entry);
    if (!this.#paused && "lastS" in this.#shown) this.#refresh(false);
  }

  #select(range: LiveRange): void {
    this.#shown = range;
    this.#refresh(true);
  }

  /** `whole`: with the flame graph, although a person looks into it. */
  #refresh(whole: boolean): void {
    this.#mark();
    if (this.#asking) {
      this.#again ||= whole;
      return;
    }
    if (this.#target === null) return;
    this.#asking = true;
    const parts = whole || this.view === null ? "all" : this.view.held ? "table" : "due";
    void this.#ask(this.#target.id, parts).finally(() => {
      this.#asking = false;
      if (!this.#again) return;
      this.#again = false;
      this.#refresh(true);
    });
  }

  async #ask(id: number, parts: Parts): Promise<void> {
    const shown = this.#shown;
    try {
      const data = await askPage(id, shown, parts, this.view?.needsStacks === true);
      if (data === null || shown !== this.#shown || id !== this.#target?.id) return;
      this.#draw(data, !isWithoutTrees(data));
    } catch (error) {
      this.#lost(error);
    }
  }

  #draw(data: PageData, flames: boolean): void {
    const { documentElement: root } = document;
    const updates = Number(root.dataset.updates ?? 0) + 1;
    if (updates % MOST_MEASURES === 0) performance.clearMeasures(); // the browser keeps them for ever
    performance.mark("live-update");
    if (this.view === null) this.view = this.#newView(data);
    else this.view.show(data, flames);
    // Reading a size makes the browser lay everything out: what is measured is what a person waits for.
    root.dataset.height = String(root.scrollHeight);
    performance.measure(flames ? "live-whole" : "live-table", "live-update");
    performance.clearMarks("live-update");
    root.dataset.ready = "true";
    root.dataset.updates = String(updates);
  }

  #newView(data: PageData): LiveView {
    return new LiveView(data, {
      layout: (key) => this.#layout(key),
      stacks: () => this.#refresh(true),
      target: () => (this.#several ? String(this.#target?.id ?? "") : ""),
    });
  }

  async #layout(key: string): Promise<GraphLayout | null> {
    return this.#target === null ? null : askLayout(this.#target.id, this.#shown, key);
  }

  #mark(): void {
    const { endNs } = this.#strip;
    const all = { fromNs: 0, toNs: endNs };
    const shown = this.#shown;
    const range =
      "fromNs" in shown ? shown : shown.lastS === null ? all : { fromNs: endNs - shown.lastS * 1e9, toNs: endNs };
    this.#strip.mark(range, "fromNs" in shown);
    this.#bar.shown(shown, range, endNs);
  }

  async #save(): Promise<void> {
    if (this.#target === null) return;
    this.#bar.note("Writing a capture …");
    try {
      const { path } = await askCapture(this.#target.id, this.#shown);
      this.#bar.note(`Saved what is shown as a capture: ${path}`);
    } catch (error) {
      this.#bar.note(`No capture was written: ${(error as Error).message}`);
    }
  }

  #lost(error: unknown): void {
    this.#quiet();
    if (error instanceof Refused) this.#bar.note(error.status === 401 ? anotherAgent : error.message);
    else if (this.#state !== "ended") this.#say("lost");
  }

  #say(state: State): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#bar.state(state, new Date());
    if (state === "running") this.#bar.note("");
  }
}
