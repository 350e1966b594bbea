// What are the two halves of an export that is too large for its collector? As many data points each, of the same resource.
// SPDX-License-Identifier: MPL-2.0

import type { MetricData, ResourceMetrics } from "@opentelemetry/sdk-metrics";

export function pointsIn({ scopeMetrics }: ResourceMetrics): number {
  const metrics = scopeMetrics.flatMap((scope) => scope.metrics);
  return metrics.reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
}

export function metricHalves(metrics: ResourceMetrics): [ResourceMetrics, ResourceMetrics] {
  const middle = Math.ceil(pointsIn(metrics) / 2);
  return [part(metrics, 0, middle), part(metrics, middle, Number.POSITIVE_INFINITY)];
}

function part(metrics: ResourceMetrics, from: number, to: number): ResourceMetrics {
  let before = 0;
  const ofMetric = (metric: MetricData): MetricData[] => {
    const dataPoints = metric.dataPoints.slice(Math.max(0, from - before), Math.max(0, to - before));
    before += metric.dataPoints.length;
    return dataPoints.length === 0 ? [] : [{ ...metric, dataPoints } as MetricData];
  };
  const scopes = metrics.scopeMetrics.map((scope) => ({ ...scope, metrics: scope.metrics.flatMap(ofMetric) }));
  return { ...metrics, scopeMetrics: scopes.filter((scope) => scope.metrics.length > 0) };
}
