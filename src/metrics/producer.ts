// What do the cells and counters of a segment look like to the OpenTelemetry SDK? Cumulative, with constant start times.
// SPDX-License-Identifier: MPL-2.0

import { emptyResource } from "@opentelemetry/resources";
import type { CollectionResult, MetricData, MetricProducer } from "@opentelemetry/sdk-metrics";
import type { CellSnapshot } from "../model/batch.js";
import { isBelieved } from "../model/matched.js";
import type { SegmentState } from "../model/segment-state.js";
import { type AgentSelf, type MetricRow, metricTable } from "./catalog.js";
import { EndedSeries } from "./ended-series.js";
import { RowPoints } from "./row-points.js";
import { groupCells, type MetricLabels, type Per, pers, type Series } from "./series.js";

export interface Observation {
  cells: readonly CellSnapshot[];
  /** By kind, what cells counted that were given to others. */
  ended?: readonly CellSnapshot[];
  state: SegmentState;
  self: AgentSelf;
}

export interface ProducerOptions {
  /** The latest look at the segment; undefined before the first. Must not wait for anything. */
  observe: () => Observation | undefined;
  labels: MetricLabels;
  /** Unix time in nanoseconds. */
  now: () => bigint;
  version: string;
  /** How metrics in seconds are written; the one in nanoseconds is always explicit. */
  histograms?: "explicit" | "exponential";
}

/** Never rejects and never waits: a producer that did would stop all metrics of the process. */
export class SegmentProducer implements MetricProducer {
  readonly #options: ProducerOptions;
  readonly #ended = new EndedSeries();
  /** Of the series of the last time: cells come in the order of their claims, until one is given to another pair. */
  #starts = new Map<string, bigint>();

  constructor(options: ProducerOptions) {
    this.#options = options;
  }

  /** Cells as they were last, before they were given to others. */
  gone(cells: readonly CellSnapshot[]): void {
    for (const cell of cells) this.#ended.add(cell, this.#options.labels);
  }

  async collect(): Promise<CollectionResult> {
    const errors: unknown[] = [];
    let metrics: MetricData[] = [];
    try {
      const observation = this.#options.observe();
      if (observation !== undefined) metrics = this.#metrics(observation, errors);
    } catch (error) {
      errors.push(error);
    }
    const scope = { name: "gst-pyroscope", version: this.#options.version };
    return {
      resourceMetrics: { resource: emptyResource(), scopeMetrics: metrics.length === 0 ? [] : [{ scope, metrics }] },
      errors,
    };
  }

  #metrics(observation: Observation, errors: unknown[]): MetricData[] {
    const { labels, histograms = "explicit", now } = this.#options;
    const end = now();
    const hops = [...observation.cells.map((cell) => ({ cell, labels })), ...this.#ended.hops()];
    const rest = this.#ended.rest(observation.ended ?? []);
    const named = pers.map((per) => [per, groupCells(hops, per)] as const);
    this.#keepStarts(named);
    const ended = rest === null ? [] : [{ attributes: {}, sum: rest }];
    const series = { ...Object.fromEntries(named), ended } as Record<Per, Series[]>;
    return metricTable.flatMap((row) => {
      try {
        const points = new RowPoints(row, histograms, end);
        fill(points, row, observation, series);
        return points.metric();
      } catch (error) {
        errors.push(error);
        return [];
      }
    });
  }

  #keepStarts(series: readonly (readonly [Per, Series[]])[]): void {
    const starts = new Map<string, bigint>();
    for (const [per, all] of series) {
      for (const { attributes, sum } of all) {
        const name = `${per} ${JSON.stringify(attributes)}`;
        sum.startUnixNs = this.#starts.get(name) ?? sum.startUnixNs;
        starts.set(name, sum.startUnixNs);
      }
    }
    this.#starts = starts;
  }
}

function fill(points: RowPoints, row: MetricRow, { state, self }: Observation, series: Record<Per, Series[]>): void {
  switch (row.per) {
    case "target":
      points.add(row.of(state), {}, state.createdUnixNs);
      break;
    case "agent":
      points.add(row.of(self), {}, self.startUnixNs);
      break;
    default:
      for (const { attributes, sum } of series[row.per]) {
        const figure = row.per === "latency" && row.kind === "histogram";
        if (!figure || isBelieved(sum)) points.add(row.of(sum), attributes, sum.startUnixNs);
      }
  }
}
