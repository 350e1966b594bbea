// Which fields does an OTLP request for metrics have? opentelemetry-proto, collector/metrics/v1.

import type { Schema } from "./protobuf.js";

const anyValue: Schema = {
  1: { name: "string", type: "string" },
  2: { name: "bool", type: "bool" },
  3: { name: "int", type: "varint" },
  4: { name: "double", type: "double" },
};
const keyValue: Schema = { 1: { name: "key", type: "string" }, 2: { name: "value", type: anyValue } };
const times = {
  2: { name: "start", type: "fixed64" },
  3: { name: "time", type: "fixed64" },
} as const;
const numberPoint: Schema = {
  ...times,
  4: { name: "double", type: "double" },
  6: { name: "int", type: "fixed64" },
  7: { name: "attributes", type: keyValue, repeated: true },
};
const histogramPoint: Schema = {
  ...times,
  4: { name: "count", type: "fixed64" },
  5: { name: "sum", type: "double" },
  6: { name: "bucketCounts", type: "fixed64", repeated: true },
  7: { name: "bounds", type: "double", repeated: true },
  9: { name: "attributes", type: keyValue, repeated: true },
  11: { name: "min", type: "double" },
  12: { name: "max", type: "double" },
};
const buckets: Schema = {
  1: { name: "offset", type: "sint" },
  2: { name: "bucketCounts", type: "varint", repeated: true },
};
const exponentialPoint: Schema = {
  ...times,
  1: { name: "attributes", type: keyValue, repeated: true },
  4: { name: "count", type: "fixed64" },
  5: { name: "sum", type: "double" },
  6: { name: "scale", type: "sint" },
  7: { name: "zeroCount", type: "fixed64" },
  8: { name: "positive", type: buckets },
  9: { name: "negative", type: buckets },
  12: { name: "min", type: "double" },
  13: { name: "max", type: "double" },
};
const points = (type: Schema): Schema => ({
  1: { name: "points", type, repeated: true },
  2: { name: "temporality", type: "varint" },
  3: { name: "monotonic", type: "bool" },
});
const metric: Schema = {
  1: { name: "name", type: "string" },
  2: { name: "description", type: "string" },
  3: { name: "unit", type: "string" },
  5: { name: "gauge", type: points(numberPoint) },
  7: { name: "sum", type: points(numberPoint) },
  9: { name: "histogram", type: points(histogramPoint) },
  10: { name: "exponential", type: points(exponentialPoint) },
};
const scope: Schema = { 1: { name: "name", type: "string" }, 2: { name: "version", type: "string" } };
const scopeMetrics: Schema = {
  1: { name: "scope", type: scope },
  2: { name: "metrics", type: metric, repeated: true },
  3: { name: "schemaUrl", type: "string" },
};
const resource: Schema = {
  1: { name: "attributes", type: keyValue, repeated: true },
  2: { name: "droppedAttributes", type: "varint" },
};
export const exportMetrics: Schema = {
  1: {
    name: "resourceMetrics",
    repeated: true,
    type: {
      1: { name: "resource", type: resource },
      2: { name: "scopeMetrics", type: scopeMetrics, repeated: true },
      3: { name: "schemaUrl", type: "string" },
    },
  },
};
const link: Schema = {
  1: { name: "trace", type: "bytes" },
  2: { name: "span", type: "bytes" },
  6: { name: "flags", type: "fixed32" },
};
const span: Schema = {
  1: { name: "trace", type: "bytes" },
  2: { name: "span", type: "bytes" },
  3: { name: "state", type: "string" },
  4: { name: "parent", type: "bytes" },
  5: { name: "name", type: "string" },
  6: { name: "kind", type: "varint" },
  7: { name: "start", type: "fixed64" },
  8: { name: "end", type: "fixed64" },
  9: { name: "attributes", type: keyValue, repeated: true },
  13: { name: "links", type: link, repeated: true },
  15: { name: "status", type: { 2: { name: "message", type: "string" }, 3: { name: "code", type: "varint" } } },
  16: { name: "flags", type: "fixed32" },
};
export const exportTraces: Schema = {
  1: {
    name: "resourceSpans",
    repeated: true,
    type: {
      1: { name: "resource", type: resource },
      2: {
        name: "scopeSpans",
        repeated: true,
        type: { 1: { name: "scope", type: scope }, 2: { name: "spans", type: span, repeated: true } },
      },
    },
  },
};
