// Which points has one metric? Numbers or histograms of its series, made anew only where something was counted.
// SPDX-License-Identifier: MPL-2.0

import { isDeepStrictEqual } from "node:util";
import { type HrTime, ValueType } from "@opentelemetry/api";
import {
  AggregationTemporality,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
} from "@opentelemetry/sdk-metrics";
import type { HistogramCounts } from "../model/batch.js";
import { isBelieved } from "../model/matched.js";
import type { SegmentState } from "../model/segment-state.js";
import { explicitHistogram, exponentialHistogram } from "./buckets.js";
import type { AgentSelf, MetricRow } from "./catalog.js";
import type { Attributes, Per, Series } from "./series.js";
import { type PointCore, SeriesPoint } from "./series-point.js";

/** What one look has for all rows. */
export interface RowSources {
  series: Record<Per, Series[]>;
  state: SegmentState;
  self: AgentSelf;
}

type Value = number | Histogram | ExponentialHistogram;
type Core = PointCore<Value>;

/** Of each of the kinds of metrics what is not its points. */
type CommonOf<Data> = Data extends MetricData ? Omit<Data, "dataPoints"> : never;
type Common = CommonOf<MetricData>;

/** Of one row, for all looks. */
export class RowPoints {
  readonly #row: MetricRow;
  readonly #exponential: boolean;
  readonly #metric: Common;
  readonly #ofSeries = new WeakMap<Series, readonly Core[]>();
  /** Of what has no series: as of the last look. */
  #last: readonly Core[] = [];

  constructor(row: MetricRow, histograms: "explicit" | "exponential") {
    this.#row = row;
    this.#exponential = histograms === "exponential" && row.unit === "s";
    this.#metric = commonOf(row, this.#exponential);
  }

  /** None without points. */
  metric(sources: RowSources, end: HrTime): MetricData[] {
    const dataPoints = this.#cores(sources).map((core) => new SeriesPoint(core, end));
    return dataPoints.length === 0 ? [] : [{ ...this.#metric, dataPoints } as MetricData];
  }

  #cores({ series, state, self }: RowSources): readonly Core[] {
    const row = this.#row;
    switch (row.per) {
      case "target":
        return this.#kept(this.#made(row.of(state), {}, hrTime(state.createdUnixNs)));
      case "agent":
        return this.#kept(this.#made(row.of(self), {}, hrTime(self.startUnixNs)));
      default:
        return series[row.per].flatMap((one) => {
          const known = this.#ofSeries.get(one);
          if (known !== undefined) return known;
          const figure = row.per === "latency" && row.kind === "histogram";
          const shown = !figure || isBelieved(one.sum);
          const cores = shown ? this.#made(row.of(one.sum), one.attributes, hrTime(one.sum.startUnixNs)) : [];
          this.#ofSeries.set(one, cores);
          return cores;
        });
    }
  }

  /** In place of equal ones those of the last look. */
  #kept(cores: readonly Core[]): readonly Core[] {
    this.#last = cores.map((core, i) => {
      const last = this.#last[i];
      return last !== undefined && isSame(last, core) ? last : core;
    });
    return this.#last;
  }

  #made(value: HistogramCounts | Record<string, number>, attributes: Attributes, startTime: HrTime): Core[] {
    if (isHistogram(value)) {
      const perSecond = this.#row.unit === "ns" ? 1e9 : 1;
      const histogram = this.#exponential ? exponentialHistogram(value) : explicitHistogram(value, perSecond);
      return [{ startTime, attributes, value: histogram }];
    }
    const name = this.#row.attribute;
    return Object.entries(value).map(([key, amount]) => {
      const own = name === undefined ? attributes : { ...attributes, [name]: key };
      return { startTime, attributes: own, value: amount };
    });
  }
}

/** Of one row and one target, at one place. */
function isSame(a: Core, b: Core): boolean {
  const numbers = typeof a.value === "number";
  const sameValue = numbers ? Object.is(a.value, b.value) : isDeepStrictEqual(a.value, b.value);
  return sameValue && isDeepStrictEqual([a.attributes, a.startTime], [b.attributes, b.startTime]);
}

function commonOf({ name, unit, help, kind, fraction }: MetricRow, exponential: boolean): Common {
  const valueType = kind === "histogram" || fraction ? ValueType.DOUBLE : ValueType.INT;
  const common = {
    descriptor: { name, unit, description: help, valueType },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  if (kind === "gauge") return { ...common, dataPointType: DataPointType.GAUGE };
  if (kind === "counter") return { ...common, dataPointType: DataPointType.SUM, isMonotonic: true };
  return { ...common, dataPointType: exponential ? DataPointType.EXPONENTIAL_HISTOGRAM : DataPointType.HISTOGRAM };
}

function isHistogram(value: HistogramCounts | Record<string, number>): value is HistogramCounts {
  return value.counts instanceof Float64Array;
}

export function hrTime(unixNs: bigint): HrTime {
  return [Number(unixNs / 1_000_000_000n), Number(unixNs % 1_000_000_000n)];
}
