// What if the host may write no large files? It runs as without us, and reads why it is not profiled.
// SPDX-License-Identifier: MPL-2.0

import { beforeAll, expect, it } from "vitest";
import { pluginEnvironment, runToEnd, words } from "../helpers/pipelines.js";

const factories = ["pyroscope", "oteltracer", "otel-tracer", "prometheus-latency-tracer", "prom-latency"];

/** GStreamer's own registry, which is larger than the limit, is written before. */
beforeAll(async () => {
  await runToEnd("gst-inspect-1.0", ["fakesrc"]);
});

it.each(factories)("a limit of file sizes below our segment does not end a host under %s", async (factory) => {
  const env = pluginEnvironment({ GST_TRACERS: factory, GST_DEBUG: "pyroscope:2", GST_DEBUG_NO_COLOR: "1" });
  const pipeline = words("gst-launch-1.0 -q fakesrc num-buffers=20 ! fakesink");
  const { code, signal, stderr } = await runToEnd("prlimit", ["--fsize=1000000", ...pipeline], env);
  expect([code, signal]).toEqual([0, null]);
  expect(stderr.match(/profiling is off/g)).toHaveLength(1);
  expect(stderr).toContain("the limit of file sizes (ulimit -f) is too small");
});
