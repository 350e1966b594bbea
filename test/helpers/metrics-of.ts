// What is the smallest export of metrics? One counter with as many points as are asked for.
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationTemporality, DataPointType, type ResourceMetrics } from "@opentelemetry/sdk-metrics";

export function countersOf(points: number, value = 7): ResourceMetrics {
  const dataPoints = Array.from({ length: points }, (_, i) => ({
    ...{ startTime: [1, 0], endTime: [2, 0], value },
    attributes: { place: `element ${i}` },
  }));
  const metric = {
    descriptor: { name: "n", description: "", unit: "", valueType: 0, advice: {}, type: "COUNTER" },
    ...{ dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const scopeMetrics = [{ scope: { name: "s" }, metrics: [metric] }];
  return { resource: resourceFromAttributes({}), scopeMetrics } as unknown as ResourceMetrics;
}
