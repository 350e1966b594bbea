// Does a real Prometheus take the text, find nothing wrong with it, and answer what a person would ask?
import { spawn } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ended, pluginEnvironment, words } from "../helpers/pipelines.js";
import { missingPrometheus, promtool, RealPrometheus } from "../helpers/real-prometheus.js";
import { freePort } from "../helpers/real-server.js";
import { until } from "../helpers/until.js";

describe.skipIf(missingPrometheus)("a real Prometheus", () => {
  let port: number;
  let prometheus: RealPrometheus;
  let pipeline: ReturnType<typeof spawn>;
  beforeEach(async () => {
    port = await freePort();
    prometheus = await RealPrometheus.start({ target: port });
  });
  afterEach(async () => {
    const end = ended(pipeline);
    pipeline.kill("SIGKILL");
    await Promise.all([prometheus.stop(), end]);
  });

  function start(tracer: string): void {
    const env = pluginEnvironment({
      GST_TRACERS: tracer,
      GST_PYROSCOPE_SERVER_URL: "none",
      GST_PYROSCOPE_OTLP_ENDPOINT: "none",
    });
    const launch = words("-q fakesrc is-live=true ! identity sleep-time=3000 ! fakesink sync=false");
    pipeline = spawn("gst-launch-1.0", launch, { env, stdio: "ignore" });
  }

  it("scrapes it and answers with the median of an element", async () => {
    start(`pyroscope(port=${port})`);
    const median = 'histogram_quantile(0.5, rate(gst_element_exclusive_seconds_bucket{element="identity0"}[10s]))';
    const [answer] = await until("a median", async () => {
      const found = await prometheus.query(median);
      return found.some(({ value }) => value > 0) ? found : undefined;
    }, 60_000); // biome-ignore format: the deadline belongs to the look
    expect(answer?.metric).toMatchObject({ pipeline: "pipeline0", path: "pipeline0/identity0", factory: "identity" });
    expect(answer?.value).toBeGreaterThan(0.0019); // 3 ms lie in the bucket of 1.95 to 3.9 ms
    expect(answer?.value).toBeLessThan(0.008);
    expect(await prometheus.query("scrape_samples_scraped > 100")).toHaveLength(1);
    expect((await prometheus.query("up"))[0]?.value).toBe(1);
    const types = await prometheus.query('count by (__name__) ({__name__=~"gst_.*"})');
    expect(types.length).toBeGreaterThan(10);
  });

  it("scrapes the families of the older tracers", async () => {
    start(`prom-latency(port=${port})`);
    const series = await until("a series", async () => {
      const found = await prometheus.query("rate(gst_element_latency_sum_count[10s]) / rate(gst_element_latency_count_count[10s])");
      return found.length === 2 && found.every(({ value }) => value > 0) ? found : undefined;
    }, 60_000); // biome-ignore format: the deadline belongs to the look
    const mean = series.find(({ metric }) => metric.element === "identity0");
    expect(mean?.metric).toMatchObject({ path: "/GstPipeline:pipeline0", sink_pad: "sink", src_pad: "src" });
    expect(mean?.value).toBeGreaterThan(3e6);
  });

  it("its promtool has no complaint about ours", async () => {
    start(`pyroscope(port=${port})`);
    const text = await until("metrics", async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
      const body = (await answer?.text()) ?? "";
      return body.includes("fakesink0") ? body : undefined;
    });
    const { status, stdout, stderr } = promtool(["check", "metrics"], text);
    expect([status, stdout, stderr]).toEqual([0, "", ""]);
  });
});
