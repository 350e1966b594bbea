// Does a scraper of a target get its metrics, the agent's and a person's tags, and is it said where the port came from?
import { afterEach, describe, expect, it } from "vitest";
import { openEndpoint, readiness } from "../../../../src/agent/session/endpoint.js";
import type { TargetParts } from "../../../../src/agent/session/target-request.js";
import { resolveConfig } from "../../../../src/config/config.js";
import { createLog } from "../../../../src/log.js";
import type { AgentSelf } from "../../../../src/metrics/catalog.js";
import type { Endpoint } from "../../../../src/server.js";
import { FakeSegment } from "../../../helpers/fake-segment.js";
import { parseExposition } from "../../../helpers/prometheus-text.js";
import { freePort } from "../../../helpers/real-server.js";
import { until } from "../../../helpers/until.js";

const open: Endpoint[] = [];
afterEach(() => {
  for (const endpoint of open.splice(0)) endpoint.close();
});

type Layers = Parameters<typeof resolveConfig>[0];

function serve(layers: Layers, self: () => AgentSelf | undefined = () => undefined) {
  const lines: string[] = [];
  const reader = new FakeSegment();
  const { config, settings } = resolveConfig({ environment: {}, ...layers });
  const log = () => createLog("info", (line) => lines.push(line));
  const parts = { config, settings, reader, request: { log } } as unknown as TargetParts;
  const endpoint = openEndpoint(parts, self);
  if (endpoint !== undefined) open.push(endpoint);
  return { endpoint, reader, lines };
}

async function scrape(endpoint: Endpoint | undefined): Promise<string> {
  const port = await until("listening", () => endpoint?.port);
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

const self: AgentSelf = {
  ...{ startUnixNs: 1n, cpuNs: 2_500_000_000, rssBytes: 70e6, overflowed: {}, threads: {}, queueBytes: 0 },
  ...{ profiles: { delivered: 3 }, dropped: { upload_busy: 4 }, spans: {} },
};

describe("metrics of a target", () => {
  it("are served by nobody unless a port was asked for", () => {
    expect(serve({})).toMatchObject({ endpoint: undefined, reader: { did: [] }, lines: [] });
  });

  it("are the segment's alone while there is nothing to say of the agent, and one text with it after that", async () => {
    const port = String(await freePort());
    expect(await scrape(serve({ flags: { port } }).endpoint)).toBe("gst_x 1\n");
    open.pop()?.close();
    const other = String(await freePort());
    const { samples } = parseExposition(await scrape(serve({ flags: { port: other } }, () => self).endpoint));
    const values = new Map(samples.map(({ name, labels, value }) => [`${name}${JSON.stringify(labels)}`, value]));
    expect(values.get("gst_x{}")).toBe(1);
    expect(values.get("gst_pyroscope_agent_cpu_seconds_total{}")).toBe(2.5);
    expect(values.get('gst_pyroscope_agent_dropped_total{"reason":"upload_busy"}')).toBe(4);
  });

  it("have a person's tags, the agent's figures too", async () => {
    const flags = { port: String(await freePort()), tags: "env=dev" };
    const { samples } = parseExposition(await scrape(serve({ flags }, () => self).endpoint));
    expect(samples.length).toBeGreaterThan(4);
    expect(samples.every(({ labels }) => labels.env === "dev")).toBe(true);
  });
});

describe("a port", () => {
  it("is called in the log as the person wrote it, and the tracer hears that it is served", async () => {
    for (const [layers, named] of [
      [(port: string): Layers => ({ flags: { port } }), "--port="],
      [(port: string): Layers => ({ tracer: { port } }), "port="],
      [(port: string): Layers => ({ environment: { GST_PYROSCOPE_PORT: port } }), "GST_PYROSCOPE_PORT="],
    ] as const) {
      const port = String(await freePort());
      const { endpoint, reader, lines } = serve(layers(port));
      await until("listening", () => endpoint?.port);
      expect(lines[0]).toContain(`info: ${named}${port}: metrics are served`);
      expect(reader.did).toEqual(["endpoint 0"]); // and not once more as words
    }
  });

  it("that somebody else has is said once, with its errno for the tracer", async () => {
    const port = String(await freePort());
    const first = serve({ flags: { port } });
    await until("listening", () => first.endpoint?.port);
    const { reader, lines } = serve({ flags: { port } });
    await until("told", () => reader.did.length > 0);
    expect(reader.did).toEqual(["endpoint 98"]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/another process has the port/);
  });
});

describe("readiness", () => {
  const config = resolveConfig({ environment: {} }).config;
  const report = (failingMs: number | null) => ({
    report: { what: "profiles", server: "http://pyroscope:4040", deliveredMs: 5000, failingMs, reason: "it is away" },
  });

  it("is lost once a server has taken nothing for a minute, with the reason, and tells the last delivery to each", () => {
    expect(readiness({ servers: [], pid: 7, config })).toMatchObject({ ready: true, reasons: [], servers: [] });
    expect(readiness({ servers: [report(59_000)], pid: 7, config })).toMatchObject({
      ready: true,
      targets: [{ pid: 7, service: "gst.pyroscope" }],
      servers: [{ what: "profiles", lastDeliverySeconds: 5, failingSeconds: 59 }],
    });
    expect(readiness({ servers: [report(null), report(61_000)], pid: 7, config })).toMatchObject({
      ready: false,
      reasons: ["profiles have not been delivered to http://pyroscope:4040 for 61 s: it is away"],
    });
  });
});
