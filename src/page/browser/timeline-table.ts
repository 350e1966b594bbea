// How do a timeline's rows become the table that is drawn, and what is said of them?
// SPDX-License-Identifier: MPL-2.0

import type uPlot from "uplot";
import { count, each } from "../../analysis/units.js";
import type { PageTimeline, PageTimelineRow } from "../page-timeline.js";

export interface Lane {
  part: "cpu" | "queues" | "latency" | "buffers";
  title: string;
  unit: string;
  stacked?: boolean;
}

export const lanes: readonly Lane[] = [
  { part: "cpu", title: "CPU by element", unit: "cores", stacked: true },
  { part: "queues", title: "Buffers in queues", unit: "buffers" },
  { part: "latency", title: "From source to sink", unit: "ms" },
  { part: "buffers", title: "Buffers into sinks", unit: "per second" },
];

/** Of an axis: as short as it can be. */
export const round = (value: number): string => (value < 1000 ? String(Number(value.toPrecision(3))) : count(value));
/** Whole numbers, buffers for instance, stay whole. */
export const figureOf = (value: number): string => (Number.isInteger(value) ? count(value) : each(value));
export const seconds = (value: number): string => (value < 100 ? value.toFixed(1) : count(value));

export const mostOf = (values: (number | null)[]): number | null =>
  values.reduce((most, value) => (value === null || (most !== null && most > value) ? most : value), null);

export function said(lane: Lane, rows: PageTimelineRow[]): string {
  const parts = rows.map(({ name, values }) => `${name} at most ${figureOf(mostOf(values) ?? 0)}`);
  return `${lane.title} over time, in ${lane.unit}: ${parts.join(", ")}`;
}

/** Median and 99th percentile of one way have one colour, and are told apart by their strokes. */
export const isDashed = ({ part }: Lane, row: number): boolean => part === "latency" && row % 2 === 0;

/** Each window holds until the next one; a window that is missing is a gap. */
export function tableOf(
  { stacked }: Lane,
  rows: PageTimelineRow[],
  { begins, lengths }: PageTimeline,
): uPlot.AlignedData {
  const times: number[] = [];
  const from: (number | null)[] = [];
  begins.forEach((begin, i) => {
    times.push(begin);
    from.push(i);
    const end = begin + (lengths[i] ?? 0);
    const next = begins[i + 1];
    if (next !== undefined && next - end < 0.5 * (lengths[i] ?? 0)) return;
    times.push(end);
    from.push(next === undefined ? i : null);
  });
  const columns = (stacked ? sums(rows) : rows.map(({ values }) => values)).map((values) =>
    from.map((window) => (window === null ? null : (values[window] ?? null))),
  );
  return [times, ...columns];
}

/** Each row with all that come before it below. */
function sums(rows: PageTimelineRow[]): (number | null)[][] {
  const below: number[] = [];
  return rows.map(({ values }) =>
    values.map((value, i) => {
      below[i] = (below[i] ?? 0) + (value ?? 0);
      return below[i] ?? 0;
    }),
  );
}

/** The window at a time, in seconds; before the first one: that. */
export function windowAt(begins: readonly number[], time: number): number {
  const next = begins.findIndex((begin) => begin > time);
  return Math.max(0, (next < 0 ? begins.length : next) - 1);
}
