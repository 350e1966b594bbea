// What does a request see of a target? The same summary and page that a capture has; made once for all who ask within one window.
// SPDX-License-Identifier: MPL-2.0

import { hottestFunctions } from "../analysis/hottest-functions.js";
import { summarize } from "../analysis/summary.js";
import { type PageLimits, pageData } from "../page/page-model.js";
import type { LiveRange, LiveTarget } from "./live-target.js";
import { type TurnLimits, Turns } from "./turns.js";

/** "stacks": the page with what functions are added up of. */
export type View = "summary" | "page" | "stacks" | "table" | "functions";

/** Less than a page that is written once: this one is drawn again every second. */
const pageLimits: PageLimits = { nodes: 4000, stacks: 0, elements: 2000, heats: 50 };
/** Without flame graphs and heat maps: these take most of the time. */
const tableLimits: PageLimits = { ...pageLimits, nodes: 0, heats: 0 };
/** Of pages that are kept open. A window comes a little less or more than a second after the one before. */
export const tableTurns: TurnLimits = { share: 0.015, firstMs: 500, leastMs: 500, mostMs: 10_000 };
export const flameTurns: TurnLimits = { share: 0.005, firstMs: 3500, leastMs: 1500, mostMs: 30_000 };
/** While somebody looks at functions. */
const stacksLimits: PageLimits = { ...pageLimits, stacks: 20_000 };
/** Texts that are kept of one target: several pages, each with a range of its own. */
const MOST_KEPT = 8;

/** Of each element. */
const MOST_FUNCTIONS = 5;

interface Kept {
  /** What they were made of. */
  state: string;
  texts: Map<string, string>;
  /** Whose turn it is in this window. */
  due: { table: boolean; flames: boolean };
}

/** Milliseconds since any begin: of the clock, and of the CPU. */
export interface Clocks {
  now: () => number;
  cpu: () => number;
}

const ownClocks: Clocks = {
  now: () => performance.now(),
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

export class Views {
  readonly #kept = new WeakMap<LiveTarget, Kept>();
  readonly #turns = new WeakMap<LiveTarget, { table: Turns; flames: Turns }>();
  readonly #clocks: Clocks;

  constructor(clocks: Clocks = ownClocks) {
    this.#clocks = clocks;
  }

  /** JSON. */
  text(target: LiveTarget, view: View, range: LiveRange | undefined): string {
    const { texts } = this.#current(target);
    const key = `${view} ${range?.fromNs} ${range?.toNs}`;
    const known = texts.get(key);
    if (known !== undefined) return known;
    const begin = this.#clocks.cpu();
    const text = JSON.stringify(made(target, view, range));
    this.#turnsOf(target)[view === "page" || view === "stacks" ? "flames" : "table"].spent(this.#clocks.cpu() - begin);
    if (texts.size >= MOST_KEPT) texts.clear();
    texts.set(key, text);
    return text;
  }

  /** For a page that is kept open: `whole` of it, its table or nothing, by what these have taken of a core lately. */
  due(target: LiveTarget, range: LiveRange | undefined, whole: "page" | "stacks" = "page"): string | null {
    const { due } = this.#current(target);
    if (due.flames) return this.text(target, whole, range);
    return due.table ? this.text(target, "table", range) : null;
  }

  #current(target: LiveTarget): Kept {
    const newest = target.newest();
    const state = `${newest?.atNs} ${newest?.durationNs} ${target.ended}`;
    const known = this.#kept.get(target);
    if (known?.state === state) return known;
    const { table, flames } = this.#turnsOf(target);
    const isWhole = flames.begin() || target.ended; // what is shown at the end stays
    if (isWhole) table.skip(); // all of it has the table in it
    const due = { flames: isWhole, table: !isWhole && table.begin() };
    const kept = { state, texts: new Map<string, string>(), due };
    this.#kept.set(target, kept);
    return kept;
  }

  #turnsOf(target: LiveTarget): { table: Turns; flames: Turns } {
    const { now } = this.#clocks;
    const known = this.#turns.get(target);
    if (known !== undefined) return known;
    const turns = { table: new Turns(tableTurns, now), flames: new Turns(flameTurns, now) };
    this.#turns.set(target, turns);
    return turns;
  }
}

function made(target: LiveTarget, view: View, range: LiveRange | undefined): unknown {
  const recording = target.recording(range, view === "summary" || view === "table" ? "sums" : "all");
  if (view === "summary") return summarize(recording);
  if (view === "functions") return hottestFunctions(recording.cpu, MOST_FUNCTIONS);
  const limits = view === "table" ? tableLimits : view === "stacks" ? stacksLimits : pageLimits;
  return pageData(recording, limits, new Map());
}
