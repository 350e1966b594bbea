// Which points has one metric? Numbers or histograms of its series, with the times that they are of.
// SPDX-License-Identifier: MPL-2.0

import { type HrTime, ValueType } from "@opentelemetry/api";
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
} from "@opentelemetry/sdk-metrics";
import type { HistogramCounts } from "../model/batch.js";
import { explicitHistogram, exponentialHistogram } from "./buckets.js";
import type { MetricRow } from "./catalog.js";
import type { Attributes } from "./series.js";

export class RowPoints {
  readonly #row: MetricRow;
  readonly #exponential: boolean;
  readonly #end: bigint;
  readonly #numbers: DataPoint<number>[] = [];
  readonly #explicit: DataPoint<Histogram>[] = [];
  readonly #exponents: DataPoint<ExponentialHistogram>[] = [];

  constructor(row: MetricRow, histograms: "explicit" | "exponential", end: bigint) {
    this.#row = row;
    this.#exponential = histograms === "exponential" && row.unit === "s";
    this.#end = end;
  }

  add(value: HistogramCounts | Record<string, number>, attributes: Attributes, start: bigint): void {
    const times = { startTime: hrTime(start), endTime: hrTime(this.#end) };
    if (!isHistogram(value)) {
      for (const [key, amount] of Object.entries(value)) {
        const own = this.#row.attribute === undefined ? attributes : { ...attributes, [this.#row.attribute]: key };
        this.#numbers.push({ ...times, attributes: own, value: amount });
      }
    } else if (this.#exponential) {
      this.#exponents.push({ ...times, attributes, value: exponentialHistogram(value) });
    } else {
      const perSecond = this.#row.unit === "ns" ? 1e9 : 1;
      this.#explicit.push({ ...times, attributes, value: explicitHistogram(value, perSecond) });
    }
  }

  /** None without points. */
  metric(): MetricData[] {
    const { name, unit, help, kind, fraction } = this.#row;
    const valueType = kind === "histogram" || fraction ? ValueType.DOUBLE : ValueType.INT;
    const common = {
      descriptor: { name, unit, description: help, valueType },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    };
    if (this.#explicit.length > 0) {
      return [{ ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints: this.#explicit }];
    }
    if (this.#exponents.length > 0) {
      return [{ ...common, dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM, dataPoints: this.#exponents }];
    }
    if (this.#numbers.length === 0) return [];
    if (kind === "gauge") return [{ ...common, dataPointType: DataPointType.GAUGE, dataPoints: this.#numbers }];
    return [{ ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: this.#numbers }];
  }
}

function isHistogram(value: HistogramCounts | Record<string, number>): value is HistogramCounts {
  return value.counts instanceof Float64Array;
}

function hrTime(unixNs: bigint): HrTime {
  return [Number(unixNs / 1_000_000_000n), Number(unixNs % 1_000_000_000n)];
}
