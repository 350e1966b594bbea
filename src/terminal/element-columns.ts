// Which columns has an element's row on a terminal, after `run` and in `report`?
// SPDX-License-Identifier: MPL-2.0

import { buffersOf, flowText, perSecond } from "../analysis/element-counts.js";
import { isMeasured, ownTime } from "../analysis/headline.js";
import type { Measured } from "../analysis/measured.js";
import { belowPipeline } from "../analysis/paths.js";
import { count, duration, each, milliseconds, percent, tenths } from "../analysis/units.js";
import { words } from "../analysis/words.js";
import type { ElementSummary } from "../model/element-summary.js";
import type { Summary } from "../model/summary.js";
import { type Column, cut } from "./columns.js";
import type { Paint } from "./loss-text.js";

function nameColumn(): Column<ElementSummary> {
  return { title: "ELEMENT", align: "left", priority: 0, cell: (e) => e.name };
}

function cpuColumns(summary: Summary, paint: Paint): Explained[] {
  const total = summary.profile.cpu?.totalNs ?? 0;
  const measured = (text: string): string => (total > 0 ? text : "-");
  const hot = (text: string, e: ElementSummary): string => (e.cpuNs >= 0.25 * total ? paint.yellow(text) : text);
  return [
    {
      title: "CPU %",
      help: words.cpu,
      align: "right",
      priority: 0,
      cell: (e) => measured(tenths(e.cpuNs / total)),
      ...(total > 0 && { paint: hot }),
    },
    { title: "CPU ms", help: words.cpuMs, align: "right", priority: 4, cell: (e) => measured(milliseconds(e.cpuNs)) },
  ];
}

/** With everything that it called or that lies inside of it. */
const inclusiveShare = (e: ElementSummary, summary: Summary): string =>
  e.cpuInclusiveNs === null ? "-" : tenths(e.cpuInclusiveNs / Math.max(1, summary.profile.cpu?.totalNs ?? 0));

const mean = (h: ElementSummary["exclusive"]): string => (h === null ? "-" : duration(h.sumNs / h.count));
const p50 = (h: ElementSummary["exclusive"]): string => (h === null ? "-" : duration(h.p50Ns));
const p99 = (h: ElementSummary["exclusive"]): string => (h === null ? "-" : duration(h.p99Ns));
const max = (h: ElementSummary["exclusive"]): string => (h === null ? "-" : duration(h.maxNs));

/** "-" where nothing was counted. */
const counted = (n: number, { counts }: Measured): string => (counts ? count(n) : "-");

const rate = (n: number | null): string => (n === null ? "-" : each(n));

export function shortColumns(summary: Summary, measured: Measured, paint: Paint): Column<ElementSummary>[] {
  return [
    nameColumn(),
    ...cpuColumns(summary, paint),
    { title: "EXCL MEAN", align: "right", priority: 1, cell: (e) => mean(ownTime(e)) },
    { title: "EXCL P99", align: "right", priority: 3, cell: (e) => p99(ownTime(e)) },
    { title: "BUFFERS", align: "right", priority: 2, cell: (e) => counted(buffersOf(e), measured) },
  ];
}

export interface Explained extends Column<ElementSummary> {
  help?: string;
}

/** What each column says, in the words of the page. */
export function legend(summary: Summary, measured: Measured, paint: Paint): string {
  const said = wideColumns(summary, measured, paint).filter(({ help }) => help !== undefined);
  return `Columns: ${said.map(({ title, help }) => `${title}: ${help}`).join("; ")}.`;
}

export function wideColumns(summary: Summary, measured: Measured, paint: Paint): Explained[] {
  return [
    { ...nameColumn(), cell: (e) => belowPipeline(e.path) },
    { title: "FACTORY", align: "left", priority: 8, cell: (e) => cut(e.factory, 24) },
    ...cpuColumns(summary, paint),
    { title: "TOTAL %", help: words.total, align: "right", priority: 4, cell: (e) => inclusiveShare(e, summary) },
    { title: "EXCL MEAN", help: words.exclusive, align: "right", priority: 1, cell: (e) => mean(ownTime(e)) },
    { title: "P50", help: words.p50, align: "right", priority: 6, cell: (e) => p50(ownTime(e)) },
    { title: "P99", help: words.p99, align: "right", priority: 3, cell: (e) => p99(ownTime(e)) },
    { title: "MAX", help: words.max, align: "right", priority: 6.5, cell: (e) => max(ownTime(e)) },
    ...(summary.profile.wall === null ? [] : stateColumns),
    { title: "QUEUE P50", help: words.queue, align: "right", priority: 7.5, cell: (e) => p50(e.queueWait) },
    { title: "INCL MEAN", help: words.inclusive, align: "right", priority: 7, cell: (e) => mean(e.inclusive) },
    { title: "IN", help: words.in, align: "right", priority: 2, cell: (e) => counted(e.buffersIn, measured) },
    { title: "OUT", help: words.out, align: "right", priority: 5, cell: (e) => counted(e.buffersOut, measured) },
    {
      title: "PER SECOND",
      help: words.rate,
      align: "right",
      priority: 4.5,
      cell: (e) => rate(measured.counts ? perSecond(e, summary) : null),
    },
    { title: "FLOW", help: words.flow, align: "left", priority: 9, cell: flowText },
  ];
}

/** Share of the wall time in its functions and its loop: ready, it waits for a CPU; blocked, for data, room or the clock. */
const stateText = (e: ElementSummary, ns: number | null): string =>
  ns === null || e.wallNs === null || !isMeasured(e) ? "-" : percent(ns / e.wallNs);

/** What it waits in most. */
function blockedOnText(e: ElementSummary): string {
  const most = Object.entries(e.blockedOn ?? {}).sort(([, a], [, b]) => b - a)[0];
  return most === undefined || !isMeasured(e) ? "-" : most[0];
}

const stateColumns: Explained[] = [
  { title: "READY", help: words.ready, align: "right", priority: 5.6, cell: (e) => stateText(e, e.readyNs) },
  { title: "BLOCKED", help: words.blocked, align: "right", priority: 5.5, cell: (e) => stateText(e, e.blockedNs) },
  { title: "ON", help: words.on, align: "left", priority: 5.7, cell: blockedOnText },
];
