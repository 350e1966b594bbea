// What differs between two recordings, beyond noise? Figures of both, judged together. Pure.
// SPDX-License-Identifier: MPL-2.0

import { isWithoutElement } from "../analysis/paths.js";
import { percent } from "../analysis/units.js";
import { OTHER_ELEMENTS } from "../model/recorded-windows.js";
import { type FigureName, figureTable } from "./figure-table.js";
import { type Figure, figuresOf } from "./figures.js";
import { match } from "./matching.js";
import { type Judged, judge } from "./resample.js";
import { type Side, type Units, unitsOf } from "./sides.js";

/** Chance that any figure at all is called changed where nothing is. */
export const LEVEL = 0.05;
/**
 * Load is measured by how many times longer work takes than it would on a free machine: 1 / (1 - share of ready time). More of it by
 * so much, as a logarithm, is another load.
 */
const OTHER_LOAD = 0.1;
/** From here on work takes ten times as long as on a free machine, and what a CPU does is mostly to change what it works for. */
const OVERLOADED = 0.9;
/** CPU time grows with it, too, since caches are cold more often: with the power of 0.2 on machines with 2 to 50 tasks for each CPU. */
const CPU_BY_LOAD = 0.1;

export type Verdict = "more" | "less" | "same" | "not comparable";

export interface Change {
  figure: FigureName;
  /** Path in the second recording; "": of the whole process. Of a latency the sink's. */
  path: string;
  source?: string;
  before: number;
  after: number;
  /** 0.2: a fifth more; of a share: after - before. `low` to `high`: where the true one is, all figures together at the level. */
  change: number;
  low: number;
  high: number;
  /** Chance of a difference like this in any of the figures if nothing had changed. */
  p: number;
  verdict: Verdict;
}

export interface Comparison {
  a: string;
  b: string;
  /** A sentence: nothing could be compared. */
  problem: string | null;
  /** What was exchanged between the sides, and how many of each. */
  units: { kind: Units["kind"]; a: number; b: number } | null;
  level: number;
  /** Shares of ready time; null: not known. */
  load: { before: number; after: number; differs: boolean } | null;
  changes: Change[];
  /** Paths in the second recording by paths in the first. */
  pairs: [before: string, after: string][];
  /** Elements that only one of them has. */
  onlyA: string[];
  onlyB: string[];
}

/** Throws a sentence for a wrong map. */
export function compare(a: Side, b: Side, maps: readonly string[] = []): Comparison {
  const { pairs, onlyA, onlyB } = match(pathsOf(a), pathsOf(b), maps);
  const common = { a: a.dir, b: b.dir, level: LEVEL, pairs: [...pairs], onlyA, onlyB };
  const units = unitsOf(a, b);
  if (typeof units === "string") return { ...common, problem: units, units: null, load: null, changes: [] };
  if (pairs.size === 0) {
    const problem = "no element has the same path in both: map them with --map old=new";
    return { ...common, problem, units: null, load: null, changes: [] };
  }
  const count = { kind: units.kind, a: units.a.length, b: units.b.length };
  const found = judged(a, b, units, pairs);
  const problem = overloaded(found.load, a.dir, b.dir);
  if (problem !== null) return { ...common, problem, units: null, load: found.load, changes: [] };
  return { ...common, problem, units: count, ...found };
}

function judged(a: Side, b: Side, units: Units, pairs: ReadonlyMap<string, string>) {
  const runs = [...a.runs, ...b.runs];
  const periodNs = Math.max(...runs.map((run) => run.periodNs));
  const hasReady = runs.every((run) => run.hasReady);
  const figures = figuresOf({ a: units.a, b: units.b, pairs, periodNs, hasReady });
  const ready = figures.find(({ name }) => name === "ready.share");
  const load = ready === undefined ? null : loadOf(ready);
  const differs = load?.differs === true;
  for (const figure of figures) figure.series.between = betweenOf(figure, units, load);
  const comparable = figures.filter(({ name }) => !(differs && figureTable[name].loaded));
  const { figures: all, critical } = judge(
    comparable.map(({ series }) => series),
    units.a.length,
    units.a.length + units.b.length,
    LEVEL,
  );
  const changes = figures.map((figure) => changeOf(figure, all[comparable.indexOf(figure)] ?? null, critical));
  return { load, changes };
}

function overloaded(load: Comparison["load"], a: string, b: string): string | null {
  if (load === null || Math.max(load.before, load.after) < OVERLOADED) return null;
  const [dir, share] = load.before >= OVERLOADED ? [a, load.before] : [b, load.after];
  return `the machine was overloaded while ${dir} was recorded: threads that could run waited for a CPU ${percent(share)} of that time; record it again with less beside it`;
}

function loadOf({ before, after }: Figure): NonNullable<Comparison["load"]> {
  return { before, after, differs: Math.abs(slowdown(after) - slowdown(before)) >= OTHER_LOAD };
}

const slowdown = (share: number): number => -Math.log(1 - Math.min(share, 0.999));

/** Where runs are compared, they show themselves how they differ. */
function betweenOf({ name, series }: Figure, { kind }: Units, load: Comparison["load"]): number {
  const own = kind === "runs" ? series.between / 4 : series.between;
  if (load === null || name === "ready.share") return own;
  const byLoad = Math.abs(slowdown(load.after) - slowdown(load.before));
  return Math.hypot(own, figureTable[name].loaded ? byLoad : CPU_BY_LOAD * byLoad);
}

function changeOf(figure: Figure, judged: Judged | null, critical: number): Change {
  const { name, path, source, before, after } = figure;
  const common = { figure: name, path, ...(source !== undefined && { source }), before, after };
  const isShare = figureTable[name].unit === "share";
  const as = (by: number): number => (isShare ? by : Math.exp(by) - 1);
  const seen = isShare ? after - before : after / before - 1;
  if (judged === null)
    return { ...common, change: seen, low: Number.NaN, high: Number.NaN, p: 1, verdict: "not comparable" };
  const { by, error, p } = judged;
  const verdict = Math.abs(by) <= critical * error || p > LEVEL ? "same" : by > 0 ? "more" : "less";
  return { ...common, change: as(by), low: as(by - critical * error), high: as(by + critical * error), p, verdict };
}

const pathsOf = ({ runs }: Side): Set<string> =>
  new Set(
    runs
      .flatMap(({ windows }) => windows.flatMap(({ elements }) => elements.map(({ path }) => path)))
      .filter((path) => path !== OTHER_ELEMENTS && !isWithoutElement(path)),
  );
