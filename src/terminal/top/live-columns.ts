// Which columns has an element's row in `top`, and by what are rows ordered? Those of the report, of the last seconds.
// SPDX-License-Identifier: MPL-2.0

import { buffersOf, perSecond } from "../../analysis/element-counts.js";
import { byCost, isMeasured, ownTime } from "../../analysis/headline.js";
import type { Measured } from "../../analysis/measured.js";
import { tenths } from "../../analysis/units.js";
import { words } from "../../analysis/words.js";
import type { ElementSummary } from "../../model/element-summary.js";
import type { Summary } from "../../model/summary.js";
import { type Explained, wideColumns } from "../element-columns.js";
import type { Paint } from "../loss-text.js";
import type { RowNames } from "./rows.js";

/** What a row is ordered by; null: it has no such figure, and comes last whichever way the order goes. */
type Figure = (e: ElementSummary, summary: Summary) => number | string | null;

interface LiveColumn {
  /** As --sort and the footer name it. */
  sort: string;
  /** As the report's table calls it, where that has it. */
  title: string;
  /** In the place of that, beside other columns. */
  shown?: string;
  leastWidth: number;
  figure: Figure;
}

const blockedShare: Figure = (e) =>
  e.blockedNs === null || !e.wallNs || !isMeasured(e) ? null : e.blockedNs / e.wallNs;

/** TABLE: from left to right; a narrow terminal gives up the last ones first. They begin with what gst-top has. */
// biome-ignore format: one row a line
const columns: readonly LiveColumn[] = [
  { sort: "name", title: "ELEMENT", leastWidth: 12, figure: (e) => e.path },
  { sort: "core", title: "CORE %", leastWidth: 6, figure: (e) => e.cpuNs },
  { sort: "cpu", title: "CPU %", leastWidth: 5, figure: (e) => e.cpuNs },
  { sort: "time", title: "CPU ms", leastWidth: 6, figure: (e) => e.cpuNs },
  { sort: "rate", title: "PER SECOND", shown: "BUFFERS/S", leastWidth: 9, figure: (e, summary) => perSecond(e, summary) },
  { sort: "p50", title: "P50", shown: "EXCL P50", leastWidth: 8, figure: (e) => ownTime(e)?.p50Ns ?? null },
  { sort: "p99", title: "P99", shown: "EXCL P99", leastWidth: 8, figure: (e) => ownTime(e)?.p99Ns ?? null },
  { sort: "level", title: "LEVEL", leastWidth: 7, figure: (e) => e.queueLevel?.last ?? null },
  { sort: "blocked", title: "BLOCKED", leastWidth: 7, figure: blockedShare },
  { sort: "on", title: "ON", leastWidth: 9, figure: (e) => e.blockedNs },
  { sort: "ready", title: "READY", leastWidth: 5, figure: (e) => e.readyNs },
  { sort: "mean", title: "EXCL MEAN", leastWidth: 9, figure: (e) => { const own = ownTime(e); return own && own.sumNs / own.count; } },
  { sort: "max", title: "MAX", shown: "EXCL MAX", leastWidth: 8, figure: (e) => ownTime(e)?.maxNs ?? null },
  { sort: "total", title: "TOTAL %", leastWidth: 7, figure: (e) => e.cpuInclusiveNs },
  { sort: "queue", title: "QUEUE P50", leastWidth: 9, figure: (e) => e.queueWait?.p50Ns ?? null },
  { sort: "buffers", title: "IN", leastWidth: 7, figure: buffersOf },
  { sort: "factory", title: "FACTORY", leastWidth: 12, figure: (e) => e.factory },
  { sort: "flow", title: "FLOW", leastWidth: 4, figure: (e) => e.drops },
];

export const sortNames: readonly string[] = columns.map(({ sort }) => sort);
export const USUAL_SORT = "cpu";

/** As the head of the column says it. */
export const titleOf = (sort: string): string => {
  const column = columns.find((one) => one.sort === sort);
  return column?.shown ?? column?.title ?? sort;
};

/** Names ascend, figures descend; `reversed` is the other way round. Equal ones are as in the report. */
export function ordered(elements: readonly ElementSummary[], sort: string, reversed: boolean, summary: Summary) {
  const figure = columns.find((one) => one.sort === sort)?.figure ?? (() => null);
  const rows = byCost(elements).map((e) => ({ e, is: figure(e, summary) }));
  const turn = reversed ? -1 : 1;
  return rows.sort((a, b) => compare(a.is, b.is, turn)).map(({ e }) => e);
}

type Ordered = ReturnType<Figure>;

function compare(a: Ordered, b: Ordered, turn: number): number {
  if (a === null || b === null) return +(a === null) - +(b === null);
  if (typeof a === "string" || typeof b === "string") return turn * (a < b ? -1 : +(a > b));
  return turn * (b - a);
}

/** Of an element that is no queue there is none. */
const levelText = ({ queueLevel: level }: ElementSummary): string =>
  level === null ? "-" : `${level.last}/${level.highest}`;

/** `names`: what a row is called, and the cells of the longest one. */
export function liveColumns(summary: Summary, measured: Measured, paint: Paint, names: RowNames): Explained[] {
  const more: Explained[] = [
    { title: "CORE %", help: words.core, ...right, cell: (e) => coreText(e, summary) },
    { title: "LEVEL", help: words.level, ...right, cell: levelText },
  ];
  const known = new Map([...wideColumns(summary, measured, paint), ...more].map((column) => [column.title, column]));
  return columns.flatMap(({ title, shown, leastWidth }, priority) => {
    const column = known.get(title);
    if (column === undefined) return [];
    const own = { title: shown ?? title, priority, leastWidth };
    return [priority === 0 ? { ...column, ...own, leastWidth: names.width, cell: names.of } : { ...column, ...own }];
  });
}

const right = { align: "right", priority: 0 } as const;

const coreText = (e: ElementSummary, { profile, target }: Summary): string =>
  profile.cpu === null || target.durationNs <= 0 ? "-" : tenths(e.cpuNs / target.durationNs);
