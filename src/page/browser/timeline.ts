// How did the figures change while it ran? Four drawings under one time axis, with one cursor for all of them.
// SPDX-License-Identifier: MPL-2.0

import uPlot from "uplot";
import type { PageData } from "../page-data.js";
import type { PageTimeline, PageTimelineRow } from "../page-timeline.js";
import { elementColour, groupColour } from "./colours.js";
import { byId, foreign, h } from "./dom.js";
import {
  figureOf,
  isDashed,
  type Lane,
  lanes,
  mostOf,
  round,
  said,
  seconds,
  tableOf,
  windowAt,
} from "./timeline-table.js";

const HEIGHT = 112;
const AXIS_HEIGHT = 26;
const AXIS_WIDTH = 52;

/** One drawing with the names of its rows. */
interface Drawing {
  lane: Lane;
  rows: PageTimelineRow[];
  plot: uPlot;
  /** Of each row, where its value at the cursor stands. */
  figures: HTMLElement[];
}

export class Timelines {
  #timeline: PageTimeline | null = null;
  #drawings: Drawing[] = [];
  /** Window under the cursor; null: none. */
  #at: number | null = null;
  readonly #box = byId("over-time");

  constructor(data: PageData) {
    this.#box.addEventListener("keydown", (event) => this.#onKey(event));
    new ResizeObserver(() => this.#resize()).observe(this.#box);
    this.update(data);
  }

  /** Other figures; the drawings stay where their rows are the same. */
  update({ timeline }: PageData): void {
    this.#timeline = timeline;
    byId("time-section").hidden = timeline === null;
    if (timeline === null) {
      this.#clear();
      return;
    }
    const wanted = lanes.filter(({ part }) => timeline[part].length > 0);
    const isSame =
      wanted.length === this.#drawings.length &&
      wanted.every((lane, i) => hasRows(this.#drawings[i], lane, timeline[lane.part]));
    if (!isSame) this.#make(wanted, timeline);
    else for (const drawing of this.#drawings) this.#renew(drawing, timeline);
    this.#show(this.#at);
  }

  /** Colours follow the scheme. */
  repaint(): void {
    const timeline = this.#timeline;
    if (timeline !== null)
      this.#make(
        lanes.filter(({ part }) => timeline[part].length > 0),
        timeline,
      );
  }

  #clear(): void {
    for (const { plot } of this.#drawings) plot.destroy();
    this.#drawings = [];
    this.#box.replaceChildren();
  }

  #make(wanted: readonly Lane[], timeline: PageTimeline): void {
    this.#clear();
    this.#drawings = wanted.map((lane, i) => this.#drawing(lane, timeline, i === wanted.length - 1));
  }

  #drawing(lane: Lane, timeline: PageTimeline, hasAxis: boolean): Drawing {
    const rows = timeline[lane.part];
    const figures = rows.map(() => h("b", {}));
    const names = rows.map((row, i) => {
      const swatch = h("i", {});
      swatch.style.background = colourOf(row, i, lane);
      return h("li", { class: isDashed(lane, i) ? "dashed" : "" }, swatch, foreign(row.name), " ", figures[i] ?? null);
    });
    const chart = h("div", { class: "chart", role: "img", "aria-label": said(lane, rows) });
    this.#box.append(
      h("h3", {}, lane.title, h("small", {}, ` ${lane.unit}`)),
      h("ul", { class: "rows" }, ...names),
      chart,
    );
    const height = HEIGHT + (hasAxis ? AXIS_HEIGHT : 0);
    const plot = new uPlot(
      optionsOf(lane, rows, { width: chart.clientWidth, height, hasAxis }, (time) =>
        this.#show(time === null ? null : windowAt(timeline.begins, time)),
      ),
      tableOf(lane, rows, timeline),
      chart,
    );
    return { lane, rows, plot, figures };
  }

  #renew(drawing: Drawing, timeline: PageTimeline): void {
    drawing.rows = timeline[drawing.lane.part];
    drawing.plot.setData(tableOf(drawing.lane, drawing.rows, timeline));
  }

  #resize(): void {
    for (const { plot } of this.#drawings) {
      const width = plot.root.parentElement?.clientWidth ?? plot.width;
      if (width !== plot.width) plot.setSize({ width, height: plot.height });
    }
  }

  /** Figures of one window; null: the largest ones of all. */
  #show(at: number | null): void {
    const timeline = this.#timeline;
    if (timeline === null) return;
    const last = timeline.begins.length - 1;
    this.#at = at === null ? null : Math.min(at, last);
    const window = this.#at;
    for (const { rows, figures } of this.#drawings)
      rows.forEach(({ values }, i) => {
        const value = window === null ? mostOf(values) : (values[window] ?? null);
        const figure = figures[i];
        if (figure !== undefined) figure.textContent = value === null ? "–" : figureOf(value);
      });
    const begin = window === null ? 0 : (timeline.begins[window] ?? 0);
    byId("time-note").textContent =
      window === null
        ? "The figures are the largest ones of each row. Point at a drawing, or use ← and →, Home and End, for those of one moment."
        : `From ${seconds(begin)} to ${seconds(begin + (timeline.lengths[window] ?? 0))} s after the begin.`;
  }

  #onKey(event: KeyboardEvent): void {
    const timeline = this.#timeline;
    if (timeline === null || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") this.#point(null);
    const last = timeline.begins.length - 1;
    const [before, after] = [(this.#at ?? last + 1) - 1, (this.#at ?? -1) + 1];
    const to = { ArrowLeft: before, ArrowRight: after, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    this.#point(Math.min(last, Math.max(0, to)));
    event.preventDefault();
    event.stopPropagation();
  }

  #point(at: number | null): void {
    const begin = at === null ? undefined : this.#timeline?.begins[at];
    for (const { plot } of this.#drawings)
      plot.setCursor(begin === undefined ? { left: -10, top: -10 } : { left: plot.valToPos(begin, "x") + 1, top: 1 });
    this.#show(at);
  }
}

function hasRows(drawing: Drawing | undefined, lane: Lane, rows: PageTimelineRow[]): boolean {
  return (
    drawing?.lane === lane &&
    drawing.rows.length === rows.length &&
    drawing.rows.every(({ element, name }, i) => element === rows[i]?.element && name === rows[i]?.name)
  );
}

function colourOf({ element, name }: PageTimelineRow, row: number, { part }: Lane): string {
  if (part === "latency") return elementColour(Math.floor(row / 2), 0);
  return element >= 0 || name === "" ? elementColour(element, 0) : groupColour();
}

const ink = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

interface Size {
  width: number;
  height: number;
  hasAxis: boolean;
}

function optionsOf(
  lane: Lane,
  rows: PageTimelineRow[],
  size: Size,
  point: (seconds: number | null) => void,
): uPlot.Options {
  const axis = {
    stroke: () => ink("--faint"),
    grid: { stroke: () => ink("--line"), width: 1 },
    ticks: { show: false },
  };
  const paths = uPlot.paths.stepped?.({ align: 1 });
  const moved = (plot: uPlot): void => {
    const { event, left = -1 } = plot.cursor;
    if (event != null) point(left < 0 ? null : plot.posToVal(left, "x"));
  };
  return {
    ...{ width: size.width, height: size.height },
    legend: { show: false },
    padding: [6, 28, size.hasAxis ? 0 : 6, 0],
    cursor: { sync: { key: "over-time" }, drag: { x: false, y: false }, points: { show: false }, y: false },
    hooks: { setCursor: [moved] },
    scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max((most ?? 0) * 1.08, 1e-3)] } },
    axes: [
      {
        ...axis,
        size: size.hasAxis ? AXIS_HEIGHT : 0,
        space: 70,
        values: (_, at) => (size.hasAxis ? at.map((time) => `${round(time)} s`) : []),
      },
      { ...axis, size: AXIS_WIDTH, space: 28, values: (_, at) => at.map(round) },
    ],
    // A stack's last row is the highest: what is drawn later covers what lies below it.
    series: [{}, ...rows.map((row, i) => seriesOf(lane, row, i, paths))],
    ...(lane.stacked ? { bands: rows.slice(1).map((_, i) => ({ series: [i + 2, i + 1] as uPlot.Band.Bounds })) } : {}),
  };
}

function seriesOf(
  lane: Lane,
  row: PageTimelineRow,
  i: number,
  paths: uPlot.Series.PathBuilder | undefined,
): uPlot.Series {
  const stroke = colourOf(row, i, lane);
  const drawn = { stroke, width: lane.stacked ? 0 : 1.5, points: { show: false }, ...(paths ? { paths } : {}) };
  return { ...drawn, ...(lane.stacked ? { fill: stroke } : {}), ...(isDashed(lane, i) ? { dash: [5, 4] } : {}) };
}
