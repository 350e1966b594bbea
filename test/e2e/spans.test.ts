// Do spans get from a real pipeline to a collector, each one, and each with its parent?
// SPDX-License-Identifier: MPL-2.0

import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import type { SeenSpan } from "../helpers/fake-collector.js";
import { pluginEnvironment, runToEnd, until, words } from "../helpers/pipelines.js";
import { finished, placeOfEachTest, start } from "../helpers/served.js";

const place = placeOfEachTest();
const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";

/** Runs to its end with the fake collector and waits for this many spans, and a moment for one too many. */
async function spansOf(pipeline: string, wanted: number, variables: Record<string, string> = {}): Promise<SeenSpan[]> {
  const { collector } = place();
  await start(pipeline, "oteltracer", {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLING_RATIO: "1.0",
    ...variables,
  }).end;
  await until("spans", async () => (collector.spans.length >= wanted ? true : undefined));
  return collector.spans;
}

/** Spans whose parent was not sent. */
function orphans(spans: SeenSpan[]): SeenSpan[] {
  const ids = new Set(spans.map(({ trace, span }) => trace + span));
  return spans.filter((span) => span.parent !== "" && !ids.has(span.trace + span.parent));
}

describe("spans of a pipeline", () => {
  it("3000 buffers are 3000 spans and a histogram of 3000", async () => {
    const spans = await spansOf("fakesrc num-buffers=3000 ! fakesink", 3000);
    const { collector } = place();
    const metric = "gstreamer.pad.latency.ns";
    await until("the histogram", async () => (collector.points(metric).length > 0 ? true : undefined));
    expect(collector.points(metric).map(({ count }) => count)).toEqual([3000]);
    expect(spans.length).toBe(3000);
    expect(new Set(spans.map(({ name }) => name))).toEqual(new Set(["PadPush"]));
    expect(new Set(spans.map(({ trace }) => trace)).size).toBe(3000);
    expect(spans[0]?.state).toBe("ot=th:0");
    expect(spans[0]?.attributes).toMatchObject({
      "gstreamer.element.name": "fakesink0",
      "gstreamer.pad.direction": "sink",
      element: "fakesrc0",
      direction: "Src",
      "gstreamer.pad.kind": "push",
      "gstreamer.flow.return": "ok",
    });
    expect(collector.violations).toEqual([]);
  });

  it("the same over HTTP", async () => {
    const { collector } = place();
    const paths = new Set<string>();
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part) => parts.push(part));
      request.on("end", () => {
        paths.add(request.url ?? "");
        if (request.url === "/v1/traces") collector.takeTraces(Buffer.concat(parts));
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const variables = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    };
    const spans = await spansOf("fakesrc num-buffers=3000 ! fakesink", 3000, variables);
    await until("metrics", async () => (paths.has("/v1/metrics") ? true : undefined));
    server.close();
    expect(spans.length).toBe(3000);
    expect([...paths].sort()).toEqual(["/v1/metrics", "/v1/traces"]);
  });

  it("children nest through queue, tee and bins: no orphans, one trace a buffer", async () => {
    const branch = "! queue ! identity ! fakesink";
    const bin = "! queue ! bin.( identity ! fakesink )";
    // So few that the collector, in this process, has them within the time that an agent has at its end, on a loaded machine, too.
    const buffers = 100;
    const spans = await spansOf(
      `fakesrc num-buffers=${buffers} ! identity ! tee name=t t. ${branch} t. ${bin}`,
      8 * buffers,
    );
    expect(spans.length).toBe(8 * buffers);
    expect(orphans(spans)).toEqual([]);
    expect(new Set(spans.map(({ trace }) => trace)).size).toBe(buffers);
    expect(spans.filter((span) => span.parent === "").length).toBe(buffers);
    const remote = spans.filter(({ flags }) => (flags & 0x200) !== 0);
    expect(remote.length).toBe(2 * buffers);
  });

  it("nest through decodebin, whose elements come while it runs", async () => {
    const { dir } = place();
    const file = `${dir}.ogg`;
    const made = "audiotestsrc num-buffers=200 ! vorbisenc ! oggmux ! filesink location=";
    expect((await runToEnd("gst-launch-1.0", ["-q", ...words(made + file)], pluginEnvironment())).code).toBe(0);
    const { collector } = place();
    await start(`filesrc location=${file} ! decodebin ! audioconvert ! queue ! fakesink`, "oteltracer", {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLING_RATIO: "1.0",
    }).end;
    const of = (name: string) =>
      collector.spans.filter(({ attributes }) => String(attributes["gstreamer.element.name"]).startsWith(name));
    // Children arrive before their parents, which end later.
    await until("all spans", () => of("fakesink").length > 100 && orphans(collector.spans).length === 0);
    // What comes out of the queue goes on with the trace of what went in.
    const decoded = new Set(of("audioconvert").map(({ trace }) => trace));
    expect(of("fakesink").filter(({ trace }) => !decoded.has(trace))).toEqual([]);
    expect(of("vorbisdec").length).toBeGreaterThan(100);
  });

  it("a CPU sample inside of a sampled span says which, and the span says so too", async () => {
    const { pyroscope } = place();
    const pipeline =
      "videotestsrc num-buffers=150 ! video/x-raw,width=640,height=480 ! vp8enc deadline=1 name=coder ! fakesink";
    const profiles = { GST_PYROSCOPE_SERVER_URL: pyroscope.url, GST_PYROSCOPE_UPLOAD_INTERVAL: "1s" };
    const spans = await spansOf(pipeline, 300, profiles);
    const sum = (of: Record<string, number>) => Object.values(of).reduce((all, ns) => all + ns, 0);
    await until("profiles", () => pyroscope.stored.length > 0 && sum(pyroscope.sumBy("element")) > 0.5e9);
    const { "": outside = 0, ...inside } = pyroscope.sumBy("span_id");
    const byId = new Map(spans.map((span) => [span.span, span]));
    let beyond = 0;
    for (const [id, ns] of Object.entries(inside)) {
      const span = byId.get(id) ?? expect.fail(`no span ${id}`);
      expect(span.attributes["pyroscope.profile.id"]).toBe(id);
      // Not more CPU time than it took, but for the sample that was due when it began; one may stand for several ticks.
      beyond += Math.max(0, ns - Number(span.end - span.start) - 15e6);
    }
    expect(beyond).toBeLessThan(0.25 * sum(inside));
    // The encoder works inside of its pushes; videotestsrc draws before it pushes.
    expect(sum(inside)).toBeGreaterThan((pyroscope.sumBy("element").coder ?? 0) * 0.8);
    expect(sum(inside)).toBeGreaterThan(outside);
  });

  it("the capture tells of the slowest buffers, and where they were", async () => {
    const { dir, collector } = place();
    const pipeline = "fakesrc num-buffers=40 ! queue name=line ! identity name=slow sleep-time=5000 ! fakesink";
    await start(pipeline, "oteltracer", {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLING_RATIO: "1.0",
      GST_PYROSCOPE_CAPTURE: dir,
    }).end;
    const { traces } = await finished(dir);
    expect(traces).toMatchObject({ traces: 40, spans: 120 });
    const [slowest] = traces?.slowest ?? [];
    expect(slowest?.spans.map(({ element, depth }) => [element.replace(/.*\//, ""), depth])).toEqual([
      ["line", 0],
      ["slow", 1],
      ["fakesink0", 2],
    ]);
    const [queue, slow] = slowest?.spans ?? [];
    expect(slow?.ownNs).toBeGreaterThan(5e6);
    // All forty are given to the queue at once: the last waits for the others.
    expect(slow?.waitedNs).toBeGreaterThan(30 * 5e6);
    const sum = (queue?.durationNs ?? 0) + (slow?.waitedNs ?? 0) + (slow?.durationNs ?? 0);
    expect(Math.abs(sum - (slowest?.durationNs ?? 0))).toBeLessThan(1000);
  });

  it("a trace that started us is linked", async () => {
    const spans = await spansOf("fakesrc num-buffers=10 ! fakesink", 10, { TRACEPARENT: `${parent}-01` });
    const linked = { trace: "0af7651916cd43dd8448eb211c80319c", span: "b7ad6b7169203331" };
    expect(spans.map(({ links }) => links)).toEqual(spans.map(() => [linked]));
  });

  it("a trace that is not sampled starts none, and the pipeline runs on", async () => {
    const { collector } = place();
    const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLING_RATIO: "1.0" };
    await start("fakesrc num-buffers=10 ! fakesink", "oteltracer", { ...variables, TRACEPARENT: `${parent}-00` }).end;
    await until("metrics", async () => (collector.accepted > 0 ? true : undefined));
    expect(collector.spans).toEqual([]);
  });
});
