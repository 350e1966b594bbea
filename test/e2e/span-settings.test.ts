// Do the settings of OpenTelemetry lead spans and metrics where they say? And is a setting of no use named, without harm?
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { FakeCollector } from "../helpers/fake-collector.js";
import { pluginEnvironment, runToEnd, until, words } from "../helpers/pipelines.js";
import { finished, placeOfEachTest, start } from "../helpers/served.js";

const place = placeOfEachTest();
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const pem = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));
const all = { OTEL_TRACES_SAMPLING_RATIO: "1.0", OTEL_BSP_SCHEDULE_DELAY: "200" };
const BUFFERS = 50;
const pipeline = `fakesrc num-buffers=${BUFFERS} ! fakesink`;

async function run(variables: Record<string, string>): Promise<void> {
  const { code } = await start(pipeline, "oteltracer", { ...all, ...variables }).end;
  expect(code).toBe(0);
}

/** Under `run`, where the agent's words can be read. */
async function said(variables: Record<string, string>): Promise<string> {
  const { dir } = place();
  const args = [cli, "run", "--replace", "--capture", dir, "--", "gst-launch-1.0", "-q", ...words(pipeline)];
  const { code, stderr } = await runToEnd(process.execPath, args, pluginEnvironment({ ...all, ...variables }));
  expect(code).toBe(0);
  await finished(dir);
  return stderr;
}

describe("where they go", () => {
  it("each signal has an endpoint of its own", async () => {
    const { collector } = place();
    const traces = await FakeCollector.start();
    try {
      await run({
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces.url,
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
      });
      await until("both", () => traces.spans.length === BUFFERS && collector.accepted > 0);
      expect(collector.spans).toEqual([]);
      expect(traces.accepted).toBe(0);
    } finally {
      await traces.stop();
    }
  });

  it("headers: those of the signal count more, and are percent-decoded", async () => {
    const { collector } = place();
    await run({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=all%20signals",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-key=traces%2Conly",
    });
    await until("both", () => collector.spans.length === BUFFERS && collector.accepted > 0);
    expect(collector.headers[0]?.["x-key"]).toBe("all signals");
    expect(collector.traceHeaders[0]?.["x-key"]).toBe("traces,only");
  });

  it("packed by gzip, over gRPC and HTTP", async () => {
    const { collector } = place();
    const gzip = { OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" };
    await run({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...gzip });
    await until("both", () => collector.spans.length === BUFFERS && collector.accepted > 0);
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part) => parts.push(part));
      request.on("end", () => {
        expect(request.headers["content-encoding"]).toBe("gzip");
        if (request.url === "/v1/traces") collector.takeTraces(gunzipSync(Buffer.concat(parts)));
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}`;
    await run({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf", ...gzip });
    await until("over HTTP too", () => collector.spans.length === 2 * BUFFERS);
    server.close();
  });

  it("with certificates of both sides, and not without ours", async () => {
    const [ca, cert, key] = ["ca", "server", "server-key"].map((name) => readFileSync(pem(name)));
    if (!ca || !cert || !key) throw new Error("no certificates");
    const secure = await FakeCollector.start(0, { ca, cert, key });
    const url = secure.url.replace("http:", "https:");
    const known = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_CERTIFICATE: pem("ca") };
    try {
      const ours = {
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: pem("client"),
        OTEL_EXPORTER_OTLP_CLIENT_KEY: pem("client-key"),
      };
      await run({ ...known, ...ours });
      await until("spans", () => secure.spans.length === BUFFERS && secure.accepted > 0);
      expect(await said(known)).toMatch(/traces are not delivered/);
      expect(secure.spans.length).toBe(BUFFERS);
    } finally {
      await secure.stop();
    }
  });

  it("the service is the target's, by whichever variable it is named", async () => {
    const { collector } = place();
    await run({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, SERVICE_NAME: "gateway", RUST_ENV: "staging" });
    await until("spans", () => collector.spans.length === BUFFERS);
    expect(collector.traceResource).toMatchObject({
      "service.name": "gateway",
      "deployment.environment": "staging",
      "deployment.environment.name": "staging",
    });
  });

  it("nowhere, when nobody wants them", async () => {
    const { collector } = place();
    for (const off of [{ OTEL_SDK_DISABLED: "true" }, { OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" }])
      expect(await said({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...off })).not.toMatch(/warn|error/);
    expect([collector.traceTries, collector.requests]).toEqual([0, 0]);
  });

  it("to the console, a line each, besides", async () => {
    const { collector } = place();
    const text = await said({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_EXPORTER: "otlp,console" });
    expect(text.split("\n").filter((line) => line.startsWith('{"trace":')).length).toBe(BUFFERS);
    expect(collector.spans.length).toBe(BUFFERS);
  });
});

describe("how much they are", () => {
  it("as many at a time as was said, and nothing on the console", async () => {
    const { collector } = place();
    collector.mostSpans = 10;
    const text = await said({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "10",
      OTEL_BSP_MAX_QUEUE_SIZE: "20",
      OTEL_EXPORTER_OTLP_INSECURE: "true", // would be said
      OTEL_CONSOLE_ENABLED: "false",
    });
    expect(text).not.toMatch(/gst-pyroscope: (warn|error)/);
    expect(collector.spans.length).toBe(BUFFERS);
    expect(collector.traceTries).toBe(BUFFERS / 10); // none had to be cut in halves
  });
});

describe("metrics as they are wanted", () => {
  it("exponential histograms, and only what is new", async () => {
    const { collector } = place();
    collector.temporality = 1;
    await run({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "Delta",
      OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: "base2_exponential_bucket_histogram",
    });
    const metric = "gstreamer.element.exclusive";
    await until("them", () => collector.points(metric).length > 0 || undefined);
    expect(collector.violations).toEqual([]);
    expect(collector.points(metric).map(({ kind }) => kind)).toEqual(["exponential"]);
  });
});

describe("a setting of no use is named, and the pipeline runs on", () => {
  it.each([
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317", /OTEL_EXPORTER_OTLP_ENDPOINT.*not a URL with http/],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "unix:///run/otel.sock", /OTEL_EXPORTER_OTLP_ENDPOINT.*not supported/],
    ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://me:geheim@127.0.0.1:9", /OTLP_TRACES_ENDPOINT.*in the clear/],
    ["OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", /OTEL_EXPORTER_OTLP_PROTOCOL.*http\/json.*grpc/],
    ["OTEL_TRACES_EXPORTER", "zipkin", /OTEL_TRACES_EXPORTER.*zipkin.*otlp/],
    ["OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem", /OTEL_EXPORTER_OTLP_CERTIFICATE.*ENOENT/],
    ["OTEL_TRACES_SAMPLING_RATIO", "10", /OTEL_TRACES_SAMPLING_RATIO.*'10' is not a number from 0 to 1/],
    ["OTEL_TRACES_SAMPLER", "jaeger_remote", /OTEL_TRACES_SAMPLER.*jaeger_remote.*always_on/],
    ["OTEL_CONFIG_FILE", "/etc/otel.yaml", /OTEL_CONFIG_FILE is ignored: .*GST_PYROSCOPE_CONFIG/],
    ["OTEL_EXPORTER_OTLP_INSECURE", "true", /OTEL_EXPORTER_OTLP_INSECURE is ignored: http/],
    ["OTEL_BSP_MAX_QUEUE_SIZE", "many", /OTEL_BSP_MAX_QUEUE_SIZE.*not a whole number/],
  ])("%s=%s", async (name, value, sentence) => {
    const { collector } = place();
    const text = await said({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, [name]: value });
    expect(text).toMatch(sentence);
    expect(text).not.toContain("geheim");
  });
});
