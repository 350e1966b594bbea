// Does a real collector take the spans of a real pipeline, each one, by gRPC and by HTTP?
// SPDX-License-Identifier: MPL-2.0

import { afterEach, beforeEach, expect, it } from "vitest";
import { until } from "../helpers/pipelines.js";
import { RealCollector } from "../helpers/real-collector.js";
import { start } from "../helpers/served.js";

let collector: RealCollector;
beforeEach(async () => {
  collector = await RealCollector.start();
});
afterEach(() => collector.stop());

it.each(["grpc", "http/protobuf"])("3000 spans and a histogram of 3000 over %s", async (protocol) => {
  await start("fakesrc num-buffers=3000 ! fakesink", "oteltracer", {
    OTEL_EXPORTER_OTLP_ENDPOINT: protocol === "grpc" ? collector.url : collector.httpUrl,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_TRACES_SAMPLING_RATIO: "1.0",
  }).end;
  await until("spans", async () => (collector.spanNames().length >= 3000 ? true : undefined));
  const metric = "gstreamer.pad.latency.ns";
  await until("the histogram", async () => (collector.points(metric).length > 0 ? true : undefined));
  expect(collector.points(metric).map(({ count }) => count)).toEqual(["3000"]);
  expect(collector.spanNames().length).toBe(3000);
});
