// What do the cells and counters of a segment look like to the OpenTelemetry SDK? Cumulative, with constant start times.
// SPDX-License-Identifier: MPL-2.0

import { emptyResource } from "@opentelemetry/resources";
import type { CollectionResult, MetricData, MetricProducer } from "@opentelemetry/sdk-metrics";
import type { CellSnapshot } from "../model/batch.js";
import type { SegmentState } from "../model/segment-state.js";
import { type AgentSelf, metricTable } from "./catalog.js";
import { EndedSeries } from "./ended-series.js";
import { hrTime, RowPoints } from "./row-points.js";
import type { MetricLabels } from "./series.js";
import { SeriesTable } from "./series-table.js";

export interface Observation {
  /** Of a cell that did not move the object of the look before. */
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
  /** What ended, from the start on: somebody else adds to it. */
  endedSeries?: EndedSeries;
  /** Unix time in nanoseconds. */
  now: () => bigint;
  version: string;
  /** How metrics in seconds are written; the one in nanoseconds is always explicit. */
  histograms?: "explicit" | "exponential";
}

/** Never rejects and never waits: a producer that did would stop all metrics of the process. */
export class SegmentProducer implements MetricProducer {
  readonly #options: ProducerOptions;
  readonly #ended: EndedSeries;
  readonly #series = new SeriesTable();
  readonly #rows: readonly RowPoints[];

  constructor(options: ProducerOptions) {
    this.#options = options;
    this.#ended = options.endedSeries ?? new EndedSeries();
    this.#rows = metricTable.map((row) => new RowPoints(row, options.histograms ?? "explicit"));
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

  #metrics({ cells, ended = [], state, self }: Observation, errors: unknown[]): MetricData[] {
    const { labels, now } = this.#options;
    const end = hrTime(now());
    const hops = [...cells.map((cell) => ({ cell, labels })), ...this.#ended.hops()];
    const rest = this.#ended.rest(ended);
    const series = { ...this.#series.group(hops), ended: rest === null ? [] : [{ attributes: {}, sum: rest }] };
    return this.#rows.flatMap((row) => {
      try {
        return row.metric({ series, state, self }, end);
      } catch (error) {
        errors.push(error);
        return [];
      }
    });
  }
}
