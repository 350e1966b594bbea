// Do the halves of an export have all of its points, each once, with the words of their metrics?
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { metricHalves, pointsIn } from "../../../../src/output/otlp/metric-halves.js";

/** Of each scope by metric the points. */
function metricsOf(scopes: Record<string, number[]>[]): ResourceMetrics {
  const scopeMetrics = scopes.map((metrics, i) => ({
    scope: { name: `scope ${i}` },
    metrics: Object.entries(metrics).map(([name, dataPoints]) => ({ descriptor: { name }, dataPoints })),
  }));
  return { resource: resourceFromAttributes({ a: "b" }), scopeMetrics } as unknown as ResourceMetrics;
}

const shown = ({ scopeMetrics }: ResourceMetrics) =>
  scopeMetrics.map(({ scope, metrics }) => [
    scope.name,
    ...metrics.map(({ descriptor, dataPoints }) => [descriptor.name, ...dataPoints]),
  ]);

describe("halves", () => {
  it("cut where the middle is, within a metric or between two", () => {
    const metrics = metricsOf([{ a: [1, 2, 3], b: [4] }, { c: [5, 6] }]);
    expect(pointsIn(metrics)).toBe(6);
    const [first, second] = metricHalves(metrics);
    expect(shown(first)).toEqual([["scope 0", ["a", 1, 2, 3]]]);
    expect(shown(second)).toEqual([
      ["scope 0", ["b", 4]],
      ["scope 1", ["c", 5, 6]],
    ]);
    expect(shown(metricHalves(first)[0])).toEqual([["scope 0", ["a", 1, 2]]]);
    expect(shown(metricHalves(first)[1])).toEqual([["scope 0", ["a", 3]]]);
    expect(second.resource).toBe(metrics.resource);
  });

  it("of one point are that one and nothing", () => {
    const [first, second] = metricHalves(metricsOf([{ a: [1] }]));
    expect([pointsIn(first), pointsIn(second), second.scopeMetrics]).toEqual([1, 0, []]);
  });
});
