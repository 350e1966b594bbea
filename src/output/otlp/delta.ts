// What is new since the last export that arrived? Cumulative points become differences, for backends that add up themselves.
// A failed export changes nothing: the next one says its part as well, so that nothing is lost and nothing said twice.
// SPDX-License-Identifier: MPL-2.0

import type { HrTime } from "@opentelemetry/api";
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";

type Point = DataPoint<number> | DataPoint<Histogram> | DataPoint<ExponentialHistogram>;

export class DeltaBase {
  /** What the collector has, by series; a series that began anew is another one. */
  readonly #sent = new Map<string, Point>();

  /** Gauges stay as they are. */
  since(metrics: ResourceMetrics): ResourceMetrics {
    return mapMetrics(metrics, (metric) => this.#difference(metric));
  }

  /** The collector has these cumulative points. */
  arrived(metrics: ResourceMetrics): void {
    for (const { metrics: scoped } of metrics.scopeMetrics)
      for (const metric of scoped) for (const point of metric.dataPoints) this.#sent.set(keyOf(metric, point), point);
  }

  #difference(metric: MetricData): MetricData {
    if (metric.dataPointType === DataPointType.GAUGE) return metric;
    const dataPoints = (metric.dataPoints as Point[]).map((point) => {
      const before = this.#sent.get(keyOf(metric, point));
      if (before === undefined) return { ...point, value: withoutExtremes(point.value) };
      return { ...point, startTime: before.endTime, value: minus(point.value, before.value) };
    });
    return { ...metric, aggregationTemporality: AggregationTemporality.DELTA, dataPoints } as MetricData;
  }
}

/**
 * A wall clock that was set back may be before the start of a series. The start stays what it is for us, but nothing may end before
 * it starts: until that time comes again the collector hears that the start is not known (0), and of a difference that it took no time.
 */
export function withPossibleStarts(metrics: ResourceMetrics): ResourceMetrics {
  return mapMetrics(metrics, (metric) => {
    const isDelta = metric.aggregationTemporality === AggregationTemporality.DELTA;
    const isWrong = ({ startTime, endTime }: Point): boolean => isLater(startTime, endTime);
    if (!(metric.dataPoints as Point[]).some(isWrong)) return metric;
    const possible = (point: Point): Point =>
      isWrong(point) ? { ...point, startTime: isDelta ? point.endTime : [0, 0] } : point;
    return { ...metric, dataPoints: (metric.dataPoints as Point[]).map(possible) } as MetricData;
  });
}

const isLater = (a: HrTime, b: HrTime): boolean => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);

function mapMetrics(metrics: ResourceMetrics, change: (metric: MetricData) => MetricData): ResourceMetrics {
  const scopeMetrics = metrics.scopeMetrics.map((scope) => ({ ...scope, metrics: scope.metrics.map(change) }));
  return { ...metrics, scopeMetrics };
}

const keyOf = ({ descriptor }: MetricData, { attributes, startTime }: Point): string =>
  JSON.stringify([descriptor.name, startTime, Object.entries(attributes).sort()]);

/** The least and greatest since the start are not those of an interval. */
function withoutExtremes(value: Point["value"]): Point["value"] {
  if (typeof value === "number") return value;
  const { min: _, max: __, ...rest } = value;
  return rest;
}

function minus(now: Point["value"], before: Point["value"]): Point["value"] {
  if (typeof now === "number") return now - (before as number);
  const common = {
    count: now.count - (before as Histogram).count,
    sum: (now.sum ?? 0) - ((before as Histogram).sum ?? 0),
  };
  if ("buckets" in now) {
    const { counts } = (before as Histogram).buckets;
    const buckets = { ...now.buckets, counts: now.buckets.counts.map((n, i) => n - (counts[i] ?? 0)) };
    return { ...common, buckets };
  }
  const old = (before as ExponentialHistogram).positive;
  const { offset, bucketCounts } = now.positive;
  const less = bucketCounts.map((n, i) => n - (old.bucketCounts[i + offset - old.offset] ?? 0));
  const { scale, zeroCount, negative } = now;
  return { ...common, scale, zeroCount, negative, positive: { offset, bucketCounts: less } };
}
