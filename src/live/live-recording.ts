// What happened in the last ten minutes? Windows of a second, later of ten, within a bound of memory; any part of them is a recording.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot } from "../model/batch.js";
import type { NamedSamples } from "../model/named-samples.js";
import { HISTORY_COLUMNS, type HopHistory } from "../model/recorded-history.js";
import type { RecordedTopology, Recording, RecordingFacts } from "../model/recording.js";
import { ElementWindows } from "./element-windows.js";
import { HopSums, historyOf } from "./hop-sums.js";
import { addGrown, factsOf, type Grown, grownSince, nothingGrown } from "./live-facts.js";
import { cpuNsOf, recordedProfiles } from "./live-profiles.js";
import type { LiveDetail, LiveRange, StripEntry } from "./live-target.js";
import { type LiveWindow, mergedWindow, windowBytes } from "./live-window.js";
import { SeenHops } from "./seen-hops.js";
import { StackTable } from "./stack-table.js";

/** What one second brought. Times are nanoseconds since the target's begin. */
export interface LivePiece {
  atNs: number;
  durationNs: number;
  samples: NamedSamples;
  /** All that was ever counted. */
  cells: readonly CellSnapshot[];
  /** Of all the time so far; modules are left to LiveParts. */
  facts: RecordingFacts;
}

/** What is asked for only when somebody looks. */
export interface LiveParts {
  topology: () => RecordedTopology;
  modules: () => RecordingFacts["modules"];
}

export interface LiveLimits {
  /** Estimated memory of stacks and counts. */
  bytes: number;
  /** Windows stay as they came for so long; then all of one `coarseNs` become one. */
  fineNs: number;
  coarseNs: number;
  /** What is older is let go. */
  keptNs: number;
  /** Stacks of a merged window; the rarest are folded by owner. */
  stacks: number;
}

export const liveLimits: LiveLimits = { bytes: 24e6, fineNs: 60e9, coarseNs: 10e9, keptNs: 660e9, stacks: 2000 };

/** Where memory is short, windows may become so many times as long as merged ones are before the oldest goes. */
const MOST_COARSE = 6;
/** Hops whose history a recording has: the page shows fewer. */
const MOST_HISTORIES = 200;

export class LiveRecording {
  /** What the bounds of memory took: windows that went early, stacks that were folded, hops that are not followed. */
  readonly dropped = { windows: 0, stacks: 0, hops: 0 };
  readonly #parts: LiveParts;
  readonly #limits: LiveLimits;
  readonly #table = new StackTable();
  readonly #hops = new SeenHops();
  readonly #byElement = new ElementWindows();
  #windows: LiveWindow[] = [];
  #windowBytes = 0;
  #facts: RecordingFacts;
  #before: Grown;
  #whole: boolean;
  #ended = false;

  /** `since`: what was counted before, which is no part of it; null: it begins with the target. */
  constructor(
    facts: RecordingFacts,
    since: { cells: readonly CellSnapshot[] } | null,
    parts: LiveParts,
    limits: LiveLimits = liveLimits,
  ) {
    this.#parts = parts;
    this.#limits = limits;
    this.#facts = facts;
    this.#whole = since === null;
    this.#before = since === null ? nothingGrown() : grownSince(null, facts);
    this.#hops.begin(since?.cells ?? []);
  }

  /** Estimated memory of what is bounded by LiveLimits.bytes. */
  get bytes(): number {
    return this.#table.bytes + this.#windowBytes;
  }

  add({ atNs, durationNs, samples, cells, facts }: LivePiece): void {
    const { packed, buffers } = this.#hops.look(cells, atNs);
    this.dropped.hops = this.#hops.refused;
    const stacks = this.#table.holdAll(samples);
    const window: LiveWindow = {
      ...{ atNs, durationNs, packed, buffers, merged: false, seconds: 1, stacks },
      ns: Float64Array.from(stacks, ({ ns }) => ns),
      cpuNs: cpuNsOf(stacks, this.#table),
      running: samples.running,
      blocked: samples.blocked,
      grown: grownSince(this.#before, facts),
    };
    this.#before = grownSince(null, facts);
    this.#facts = facts;
    this.#windows.push(window);
    this.#windowBytes += windowBytes(window);
    this.#age(atNs + durationNs);
    while (this.bytes > this.#limits.bytes && this.#windows.length > 1) this.#makeRoom();
  }

  /** Nothing comes any more. */
  end(): void {
    this.#ended = true;
  }

  strip(): StripEntry[] {
    return this.#windows.map(entryOf);
  }

  newest(): StripEntry | undefined {
    const last = this.#windows.at(-1);
    return last && entryOf(last);
  }

  /** The windows that lie in the range, whole; undefined: all. */
  recording(range?: LiveRange, detail: LiveDetail = "all"): Recording {
    const windows = this.#inside(range);
    const [first, last] = [windows[0], windows.at(-1)];
    const beginNs = first?.atNs ?? 0;
    const endNs = last === undefined ? 0 : last.atNs + last.durationNs;
    const grown = nothingGrown();
    for (const window of windows) addGrown(grown, window.grown);
    const facts = factsOf(this.#facts, grown, { fromNs: beginNs, durationNs: endNs - beginNs });
    const sums = new HopSums(windows);
    const isAll = windows.length === this.#windows.length;
    return {
      ...{ dir: "", otherProcesses: [], traces: null, problems: isAll ? this.#problems() : [] },
      complete: this.#ended && this.#whole && isAll && windows.length > 0,
      facts: { ...facts, modules: this.#parts.modules() },
      topology: this.#parts.topology(),
      cells: sums.cells(this.#hops),
      history: {
        moments: windows.length,
        hops: detail === "sums" ? [] : this.#history(windows, sums, { beginNs, endNs }),
      },
      windows: this.#byElement.of(windows, this.#hops, this.#table, this.#parts.topology),
      ...recordedProfiles(windows, this.#table, facts.settings.wallRate > 0, detail),
    };
  }

  #history(windows: readonly LiveWindow[], sums: HopSums, time: { beginNs: number; endNs: number }): HopHistory[] {
    return historyOf(windows, this.#hops, sums.longest(this.#hops, MOST_HISTORIES), time);
  }

  /** What was counted from the range's begin until each of some instants in it, for who writes down how it grew. */
  *moments(range?: LiveRange): Generator<{ atNs: number; cells: CellSnapshot[] }> {
    const windows = this.#inside(range);
    const sums = new HopSums();
    const every = Math.ceil(windows.length / HISTORY_COLUMNS);
    for (const [i, window] of windows.entries()) {
      sums.add(window);
      const isLast = i === windows.length - 1;
      if (isLast || (i + 1) % every === 0)
        yield { atNs: window.atNs + window.durationNs - (windows[0]?.atNs ?? 0), cells: sums.cells(this.#hops) };
    }
  }

  #inside(range: LiveRange | undefined): readonly LiveWindow[] {
    return range === undefined ? this.#windows.slice() : this.#windows.filter((one) => overlaps(one, range));
  }

  #problems(): string[] {
    const { windows } = this.dropped;
    if (windows === 0) return [];
    const kept = `${Math.round(this.#limits.bytes / 1e6)} MB`;
    return [`the oldest ${windows} windows went early: the last ten minutes take more than ${kept}`];
  }

  /** What is a minute old becomes coarser, what is eleven minutes old goes. */
  #age(nowNs: number): void {
    const { fineNs, coarseNs, keptNs } = this.#limits;
    const slotOf = (window: LiveWindow | undefined): number => Math.floor((window?.atNs ?? Number.NaN) / coarseNs);
    let at = this.#windows.findIndex(({ merged }) => !merged);
    while (at >= 0 && (slotOf(this.#windows[at]) + 1) * coarseNs <= nowNs - fineNs) {
      let end = at + 1;
      while (slotOf(this.#windows[end]) === slotOf(this.#windows[at])) end++;
      this.#merge(at, end, this.#limits.stacks);
      at++;
    }
    const kept = this.#windows.findIndex((one) => one.atNs + one.durationNs > nowNs - keptNs);
    if (kept > 0) this.#drop(kept);
  }

  /** Of the oldest; the newest one stays as it came. */
  #makeRoom(): void {
    const [first, second] = this.#windows as [LiveWindow, LiveWindow];
    const both = first.durationNs + second.durationNs;
    if (this.#windows.length > 2 && both <= MOST_COARSE * this.#limits.coarseNs) {
      const half = Math.ceil((first.stacks.length + second.stacks.length) / 2);
      this.#merge(0, 2, Math.min(half, this.#limits.stacks));
    } else {
      this.dropped.windows++;
      this.#drop(1);
    }
  }

  #merge(from: number, to: number, stacks: number): void {
    const parts = this.#windows.slice(from, to);
    const { window, folded } = mergedWindow(parts, this.#table, stacks);
    this.dropped.stacks += folded;
    this.#windows.splice(from, to - from, window);
    this.#windowBytes += windowBytes(window);
    for (const part of parts) this.#release(part);
  }

  #drop(count: number): void {
    for (const window of this.#windows.splice(0, count)) this.#release(window);
    this.#whole = false;
    this.#hops.forgetBefore(this.#windows[0]?.atNs ?? 0);
  }

  #release(window: LiveWindow): void {
    this.#windowBytes -= windowBytes(window);
    for (const stack of window.stacks) this.#table.release(stack);
  }
}

const entryOf = ({ atNs, durationNs, cpuNs, buffers }: LiveWindow): StripEntry => {
  return { atNs, durationNs, cpuNs, buffers };
};

const overlaps = ({ atNs, durationNs }: LiveWindow, { fromNs, toNs }: LiveRange): boolean =>
  atNs < toNs && atNs + durationNs > fromNs;
