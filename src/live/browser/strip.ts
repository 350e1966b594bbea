// What happened in the last ten minutes, and which part of it is shown? CPU and buffers over time; drag or arrow keys choose a range.
// SPDX-License-Identifier: MPL-2.0

import { count, each } from "../../analysis/units.js";
import { byId, write } from "../../page/browser/dom.js";
import type { LiveRange, StripEntry } from "../live-target.js";
import { linePath, stepsPath } from "./strip-paths.js";

/** Kept by the agent, and so by us. */
const KEPT_NS = 600e9;
/** A strip that has just begun does not stretch a second over the whole width. */
const LEAST_SPAN_NS = 60e9;
/** What a click or the first arrow key chooses. */
const CLICK_NS = 5e9;
const KEY_STEPS = 60;
/** A hand that clicks moves a little. */
const CLICK_PX = 4;

export interface StripActions {
  choose(range: LiveRange): void;
  /** Back to what is now. */
  follow(): void;
}

export class Strip {
  readonly #box = byId("strip");
  readonly #actions: StripActions;
  #entries: StripEntry[] = [];
  /** What is shown; null: nothing yet. */
  #marked: LiveRange | null = null;
  /** Where a drag began, and its pixel. */
  #drag: { atNs: number; x: number } | null = null;

  constructor(actions: StripActions) {
    this.#actions = actions;
    this.#box.addEventListener("pointerdown", (event) => this.#begin(event));
    this.#box.addEventListener("pointermove", (event) => this.#move(event));
    this.#box.addEventListener("pointerup", (event) => this.#end(event));
    this.#box.addEventListener("pointercancel", () => {
      this.#drag = null;
    });
    this.#box.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Where the newest window ends, in nanoseconds since the recording's begin. */
  get endNs(): number {
    const last = this.#entries.at(-1);
    return last === undefined ? 0 : last.atNs + last.durationNs;
  }

  show(entries: readonly StripEntry[]): void {
    this.#entries = [...entries];
    this.#draw();
  }

  add(entry: StripEntry): void {
    if (entry.atNs < this.endNs) return; // it came with the others already
    this.#entries.push(entry);
    while ((this.#entries[0]?.atNs ?? 0) < this.endNs - KEPT_NS) this.#entries.shift();
    this.#draw();
  }

  /** Marks what is shown; `chosen`: by a person, and not the last seconds. */
  mark(range: LiveRange, chosen: boolean): void {
    this.#marked = range;
    this.#box.classList.toggle("chosen", chosen);
    this.#drawMark();
  }

  get #fromNs(): number {
    const first = this.#entries[0]?.atNs ?? 0;
    return Math.min(first, this.endNs - LEAST_SPAN_NS);
  }

  get #spanNs(): number {
    return Math.max(LEAST_SPAN_NS, this.endNs - this.#fromNs);
  }

  #draw(): void {
    const [from, span] = [this.#fromNs, this.#spanNs];
    const cores = (e: StripEntry): number => e.cpuNs / Math.max(1, e.durationNs);
    const rate = (e: StripEntry): number => (e.buffers * 1e9) / Math.max(1, e.durationNs);
    const most = (of: (e: StripEntry) => number): number => this.#entries.reduce((max, e) => Math.max(max, of(e)), 0);
    const [mostCores, mostRate] = [most(cores), most(rate)];
    const at = (e: StripEntry) => ({ from: (e.atNs - from) / span, to: (e.atNs + e.durationNs - from) / span });
    byId("strip-cpu").setAttribute(
      "d",
      stepsPath(this.#entries.map((e) => ({ ...at(e), y: cores(e) / (mostCores || 1) }))),
    );
    const line = this.#entries.map((e) => ({ ...at(e), y: rate(e) / (mostRate || 1) }));
    byId("strip-buffers").setAttribute("d", linePath(line));
    write(byId("strip-cpu-most"), `CPU, at most ${each(mostCores)} cores`);
    write(byId("strip-buffers-most"), `Buffers, at most ${count(mostRate)} per second`);
    write(byId("strip-begin"), `${Math.round(span / 1e9)} s ago`);
    this.#drawMark();
  }

  #drawMark(): void {
    const mark = byId("strip-mark");
    const shown = this.#marked;
    mark.toggleAttribute("hidden", shown === null);
    if (shown === null) return;
    const share = (ns: number): number => Math.min(1, Math.max(0, (ns - this.#fromNs) / this.#spanNs));
    mark.style.setProperty("left", `${100 * share(shown.fromNs)}%`);
    mark.style.setProperty("width", `${100 * (share(shown.toNs) - share(shown.fromNs))}%`);
  }

  #atNs(event: PointerEvent): number {
    const { left, width } = this.#box.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / Math.max(1, width)));
    return this.#fromNs + share * this.#spanNs;
  }

  #begin(event: PointerEvent): void {
    if (event.button !== 0 || this.#entries.length === 0) return;
    this.#drag = { atNs: this.#atNs(event), x: event.clientX };
    this.#box.setPointerCapture(event.pointerId);
  }

  #move(event: PointerEvent): void {
    if (this.#drag === null || Math.abs(event.clientX - this.#drag.x) < CLICK_PX) return;
    this.mark(between(this.#drag.atNs, this.#atNs(event)), true);
  }

  #end(event: PointerEvent): void {
    if (this.#drag === null) return;
    const [from, to] = [this.#drag.atNs, this.#atNs(event)];
    const click = Math.abs(event.clientX - this.#drag.x) < CLICK_PX;
    this.#drag = null;
    this.#choose(click ? { fromNs: from - CLICK_NS / 2, toNs: from + CLICK_NS / 2 } : between(from, to));
  }

  #choose({ fromNs, toNs }: LiveRange): void {
    const first = this.#entries[0]?.atNs ?? 0;
    const from = Math.min(Math.max(fromNs, first), this.endNs - 1e9);
    const range = { fromNs: Math.max(0, from), toNs: Math.min(this.endNs, Math.max(toNs, from + 1e9)) };
    this.mark(range, true);
    this.#actions.choose(range);
  }

  /** Arrows move the range, with Shift its end. */
  #onKey(event: KeyboardEvent): void {
    if (event.key === "End" || event.key === "Escape") {
      this.#actions.follow();
    } else if (event.key === "Home") {
      const first = this.#entries[0]?.atNs ?? 0;
      this.#choose({ fromNs: first, toNs: first + CLICK_NS });
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const step = Math.max(1e9, this.#spanNs / KEY_STEPS) * (event.key === "ArrowLeft" ? -1 : 1);
      const { fromNs, toNs } = this.#marked ?? { fromNs: this.endNs - CLICK_NS, toNs: this.endNs };
      this.#choose({ fromNs: event.shiftKey ? fromNs : fromNs + step, toNs: Math.max(toNs + step, fromNs + 1e9) });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

const between = (one: number, other: number): LiveRange => ({
  fromNs: Math.min(one, other),
  toNs: Math.max(one, other),
});
