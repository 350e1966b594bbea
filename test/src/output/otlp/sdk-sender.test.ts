// Does OpenTelemetry's exporter behind our tries get through after an outage, end in time, and go only where and with what was set for it?
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createLog, silentLog } from "../../../../src/log.js";
import type { Answer } from "../../../../src/output/otlp/answers.js";
import type { Channels } from "../../../../src/output/otlp/channels.js";
import { type MetricsSenderOptions, openMetricsSender } from "../../../../src/output/otlp/metrics-sender.js";
import { sdkCanSend } from "../../../../src/output/otlp/sdk-sender.js";
import type { MetricsSender } from "../../../../src/output/otlp/sending.js";
import { FakeCollector } from "../../../helpers/fake-collector.js";
import { FakeProxy } from "../../../helpers/fake-proxy.js";
import { countersOf } from "../../../helpers/metrics-of.js";
import { RawCollector } from "../../../helpers/raw-collector.js";
import { until } from "../../../helpers/until.js";

const loaded = vi.hoisted(() => ({ times: 0 }));
vi.mock("../../../../src/output/otlp/sdk-exporter.js", async (original) => {
  loaded.times++;
  return original();
});

const pem = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../fixtures/tls/${name}.pem`, import.meta.url)));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const end of ends.splice(0).reverse()) await end();
});

async function collector(port = 0): Promise<RawCollector> {
  const raw = await RawCollector.start({ port });
  ends.push(() => raw.stop());
  return raw;
}

function senderTo(endpoint: string, change: Partial<MetricsSenderOptions> = {}): MetricsSender {
  const usual = { signal: "metrics", protocol: "grpc", exact: false, headers: {}, userAgent: "test/1" } as const;
  const sender = openMetricsSender({
    ...{ endpoint, implementation: "sdk", timeoutMs: 30_000, log: silentLog, ...usual, ...change },
  });
  ends.push(() => sender.close());
  return sender;
}

const send = (sender: MetricsSender, timeoutMs = 30_000, signal = new AbortController().signal): Promise<Answer> =>
  sender.prepare(countersOf(1))(timeoutMs, signal);

it("nothing of it is loaded before the first export over gRPC, nor for one by HTTP", async () => {
  const raw = await collector();
  const other = senderTo(raw.url, { protocol: "http/protobuf" });
  expect((await send(other)).status).toBe(0);
  const sender = senderTo(raw.url);
  expect(loaded.times).toBe(0);
  expect((await send(sender)).status).toBe(200);
  expect(loaded.times).toBe(1);
});

describe("a collector that was away", () => {
  it("has the first try that begins after it is back, however long it was away", async () => {
    const first = await collector();
    const sender = senderTo(first.url);
    expect((await send(sender)).status).toBe(200);
    await first.stop();
    const away = performance.now();
    let tries = 0;
    // By itself the channel would wait for longer and longer now.
    await until("an outage of three seconds", async () => {
      const answer = await send(sender);
      expect(answer).toMatchObject({
        status: 503,
        message: expect.stringMatching(/refused|closed|reset|No connection/i),
      });
      tries++;
      return performance.now() - away > 3000;
    });
    expect(tries).toBeGreaterThan(3);
    const second = await collector(first.port);
    expect(await send(sender)).toMatchObject({ status: 200, rejected: 0 });
    expect(second.bodies).toHaveLength(1);
    expect(String(second.headers[0]?.get("user-agent")[0])).toMatch(/^test\/1 \([1-9]\d*\) OTel-/);
  });

  it("that answers keeps its connection, also when it refuses", async () => {
    const raw = await collector();
    raw.answer = (tried) => (tried % 2 === 0 ? { code: 3, details: "bad" } : Buffer.alloc(0));
    const sender = senderTo(raw.url);
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await send(sender)).status);
    expect(statuses).toEqual([200, 400, 200, 400]);
    expect(raw.peers.size).toBe(1);
  });
});

describe("a try", () => {
  it("ends when its time is over, or when it is given up, and the connection is kept", async () => {
    const raw = await collector();
    raw.answer = () => undefined;
    const sender = senderTo(raw.url);
    expect(await send(sender, 50)).toEqual({ status: 504, message: "no answer within 50 ms" });
    const give = new AbortController();
    const given = send(sender, 30_000, give.signal);
    await until("the second request", () => raw.bodies.length === 2);
    give.abort();
    expect((await given).status).toBe(408);
    raw.answer = () => Buffer.alloc(0);
    expect((await send(sender)).status).toBe(200);
    expect(raw.peers.size).toBe(1);
  });

  it("that is given up before it began sends nothing", async () => {
    const raw = await collector();
    expect((await send(senderTo(raw.url), 30_000, AbortSignal.abort())).status).toBe(408);
    expect(raw.bodies).toHaveLength(0);
  });

  it("ends by the exporter's own timeout, too", async () => {
    const raw = await collector();
    raw.answer = () => undefined;
    expect((await send(senderTo(raw.url, { timeoutMs: 50 }))).status).toBe(504);
  });

  it("of metrics that nothing can write is refused, and the next one goes", async () => {
    const raw = await collector();
    const sender = senderTo(raw.url);
    const bad = { ...countersOf(1), scopeMetrics: null } as unknown as ReturnType<typeof countersOf>;
    expect((await sender.prepare(bad)(30_000, new AbortController().signal)).status).toBe(400);
    expect((await send(sender)).status).toBe(200);
  });
});

it("senders to one collector share a connection, each with its own headers", async () => {
  const raw = await collector();
  const channels: Channels = new Map();
  const senders = [{}, {}, { headers: { "x-tenant": "b" } }].map((change) =>
    senderTo(raw.url, { channels, ...change }),
  );
  for (const sender of senders) expect((await send(sender)).status).toBe(200);
  expect([raw.peers.size, channels.size]).toEqual([1, 2]);
  expect(raw.headers.map((one) => one.get("x-tenant").join())).toEqual(["", "", "b"]);
  for (const sender of senders) sender.close();
  expect(channels.size).toBe(0);
});

describe("a collector behind TLS", () => {
  const tls = { ca: pem("ca"), cert: pem("server"), key: pem("server-key") };
  const ours = { ca: pem("ca"), cert: pem("client"), key: pem("client-key") };

  it("is believed by our certificates, and believes us by ours", async () => {
    const fake = await FakeCollector.start(0, tls);
    ends.push(() => fake.stop());
    const url = fake.url.replace("http:", "https:").replace("127.0.0.1", "localhost");
    expect(await send(senderTo(url, { tls: ours }))).toMatchObject({ status: 200, rejected: 0 });
    expect(fake.accepted).toBe(1);
    expect((await send(senderTo(url, { tls: { ca: ours.ca } }))).status).toBe(503);
    expect((await send(senderTo(url))).status).toBe(503);
    expect(fake.accepted).toBe(1);
  });
});

it("what is wrong with headers and certificates is said once, however often the connection is made anew", async () => {
  const lines: string[] = [];
  const log = createLog("warn", (line) => lines.push(line));
  const tls = { ca: Buffer.from("none"), cert: Buffer.from("none"), key: Buffer.from("none") };
  const sender = senderTo("https://127.0.0.1:1", { log, tls, headers: { "b ad": "geheim" } });
  for (let i = 0; i < 3; i++) expect((await send(sender)).status).toBe(503);
  expect(lines.map((line) => /a header|the certificates/.exec(line)?.[0])).toEqual(["a header", "the certificates"]);
  expect(lines.join()).not.toContain("geheim");
});

describe("the environment", () => {
  it("adds nothing to what was set for this collector, and is what it was afterwards", async () => {
    const raw = await collector();
    const set = {
      OTEL_EXPORTER_OTLP_HEADERS: "x-others=geheim",
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: "x-metrics=geheim",
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://127.0.0.1:1",
      OTEL_EXPORTER_OTLP_TIMEOUT: "1",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      http_proxy: "http://127.0.0.1:1",
      grpc_proxy: "http://127.0.0.1:1",
    };
    for (const [name, value] of Object.entries(set)) vi.stubEnv(name, value);
    expect((await send(senderTo(raw.url))).status).toBe(200);
    expect(Object.keys(raw.headers[0]?.getMap() ?? {}).filter((name) => name.startsWith("x-"))).toEqual([]);
    expect(process.env).toMatchObject(set);
  });

  it.each(["", "me:geheim", "a b:p@ss:w/rd%"])("names the proxy by our rules, with its password: %s", async (login) => {
    const raw = await collector();
    const hosts = { "collector.example": raw.port };
    const proxy = await FakeProxy.start({ hosts, ...(login !== "" && { credentials: login }) });
    ends.push(() => proxy.stop());
    const before = login === "" ? "" : `${login.split(":").map(encodeURIComponent).join(":")}@`;
    vi.stubEnv("http_proxy", `http://${before}127.0.0.1:${proxy.port}`);
    vi.stubEnv("https_proxy", "");
    vi.stubEnv("no_proxy", "other.example");
    expect(await send(senderTo("http://collector.example:4317/prefix"))).toMatchObject({ status: 200 });
    expect(proxy.asked).toEqual(["CONNECT collector.example:4317"]);
    expect([process.env.grpc_proxy, process.env.no_proxy]).toEqual([undefined, "other.example"]);
  });

  it("names a proxy that refuses, which is told with its status", async () => {
    const proxy = await FakeProxy.start({ hosts: {}, status: 407 });
    ends.push(() => proxy.stop());
    vi.stubEnv("http_proxy", proxy.url);
    expect(await send(senderTo("http://collector.example"))).toMatchObject({ status: 407 });
    expect(proxy.asked).toEqual(["CONNECT collector.example:80"]);
  });
});

it("a way that gRPC cannot be told is our own sender's", () => {
  const without = { https_proxy: "", http_proxy: "http://me@127.0.0.1:1", no_proxy: "", NO_PROXY: "" };
  for (const [name, value] of Object.entries(without)) vi.stubEnv(name, value);
  expect(sdkCanSend("http://collector.example")).toBe(false);
  vi.stubEnv("http_proxy", "socks5://127.0.0.1:1");
  expect(sdkCanSend("http://collector.example")).toBe(false);
  expect(sdkCanSend("http://127.0.0.1:4317")).toBe(true);
  vi.stubEnv("http_proxy", "http://me:geheim@127.0.0.1:1");
  expect(sdkCanSend("http://collector.example")).toBe(true);
});
