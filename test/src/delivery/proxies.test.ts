// Does every request take the way that curl's variables say, and no other? For every signal the same, and never with a word of the password.
import { readFileSync } from "node:fs";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, createServer as createNetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { routeText, routeTo } from "../../../src/delivery/proxies.js";
import { endpointOf, post } from "../../../src/delivery/transport.js";
import { createLog, silentLog } from "../../../src/log.js";
import { openSender } from "../../../src/output/otlp/sender.js";
import type { SenderOptions } from "../../../src/output/otlp/sending.js";
import { PyroscopeOutput } from "../../../src/output/pyroscope/profiles.js";
import { fetchFile } from "../../../src/symbols/debuginfod-fetch.js";
import { FakeCollector } from "../../helpers/fake-collector.js";
import { FakeProxy, type FakeProxyOptions } from "../../helpers/fake-proxy.js";
import { FakePyroscope } from "../../helpers/fake-pyroscope.js";
import { profileOf } from "../../helpers/profiles.js";

const pem = (name: string) => readFileSync(fileURLToPath(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url)));
const ends: (() => unknown)[] = [];
const variables = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "grpc_proxy"];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const end of ends.splice(0).reverse()) await end();
});

async function proxied(options: FakeProxyOptions, change: Record<string, string> = {}): Promise<FakeProxy> {
  const proxy = await FakeProxy.start(options);
  ends.push(() => proxy.stop());
  for (const name of variables) vi.stubEnv(name, change[name] ?? "");
  for (const name of ["http_proxy", "https_proxy"]) vi.stubEnv(name, change[name] ?? proxy.url);
  return proxy;
}

function sender(change: Partial<SenderOptions>) {
  const [protocol, endpoint] = ["grpc", "http://collector.example:4317"] as const;
  const usual = { signal: "traces", exact: false, headers: {}, userAgent: "test", log: silentLog } as const;
  const made = openSender({ protocol, endpoint, ...usual, ...change });
  ends.push(() => made.close());
  return made;
}
const send = (to: ReturnType<typeof sender>, ms = 5000) => to.send(new Uint8Array(), ms, new AbortController().signal);

async function collector(tls?: { ca: Buffer; cert: Buffer; key: Buffer }): Promise<FakeCollector> {
  const fake = await FakeCollector.start(0, tls);
  ends.push(() => fake.stop());
  return fake;
}

describe("the rule", () => {
  const p = "http://proxy.example:3128";
  const through = (variable: string) => `through the proxy ${p} (${variable})`;
  it.each([
    ["https://a.example", { https_proxy: p }, through("https_proxy")],
    ["https://a.example", { HTTPS_PROXY: p }, through("HTTPS_PROXY")],
    ["https://a.example", { https_proxy: "", HTTPS_PROXY: p }, through("HTTPS_PROXY")],
    ["https://a.example", { https_proxy: p, HTTPS_PROXY: "http://other" }, through("https_proxy")],
    ["https://a.example", { http_proxy: p }, "direct (no proxy is set)"],
    ["http://a.example", { http_proxy: p }, through("http_proxy")],
    ["http://a.example", { https_proxy: p, HTTP_PROXY: p, grpc_proxy: p }, "direct (no proxy is set)"],
    ["http://a.example", { http_proxy: "proxy.example:3128" }, through("http_proxy")],
    ["http://a.example", { http_proxy: "http://me:geheim@proxy.example:3128/" }, through("http_proxy")],
    [
      "http://a.example",
      { http_proxy: "https://proxy.example" },
      "nowhere: http_proxy is not the address of a proxy like http://host:3128",
    ],
    [
      "http://a.example",
      { http_proxy: "socks5://proxy.example" },
      "nowhere: http_proxy is not the address of a proxy like http://host:3128",
    ],
    ["http://localhost:4040", { http_proxy: p }, "direct (loopback)"],
    ["http://x.localhost", { http_proxy: p }, "direct (loopback)"],
    ["https://127.0.0.1:1", { https_proxy: p }, "direct (loopback)"],
    ["http://127.9.9.9", { http_proxy: p }, "direct (loopback)"],
    ["http://0.0.0.0:4317", { http_proxy: p }, "direct (loopback)"],
    ["http://[::1]:4317", { http_proxy: p }, "direct (loopback)"],
    ["http://[::ffff:127.0.0.1]:4317", { http_proxy: p }, "direct (loopback)"],
    ["http://localhost.example", { http_proxy: p }, through("http_proxy")],
  ])("%s with %o goes %s", (url, set, way) => {
    expect(routeText(routeTo(url, set))).toBe(way);
  });

  it.each([
    ["*", "http://a.example", true],
    ["a.example", "http://a.example:4040", true],
    ["a.example", "http://A.example.", true],
    ["a.example", "http://b.a.example", true],
    [".a.example", "http://b.a.example", true],
    ["*.a.example", "http://b.a.example", true],
    ["a.example", "http://ba.example", false],
    ["x, a.example b", "http://a.example", true],
    ["a.example:4040", "http://a.example:4040", true],
    ["a.example:4040", "http://a.example:80", false],
    ["a.example:80", "http://a.example", true],
    ["10.0.0.0/8", "http://10.1.2.3:4317", true],
    ["10.0.0.0/8", "http://11.1.2.3:4317", false],
    ["10.0.0.0/99", "http://10.1.2.3:4317", false],
    ["10.1.2.3", "http://10.1.2.3", true],
    ["1.2.3", "http://10.1.2.3", false],
    ["fd00::/8", "http://[fd00::7]:4317", true],
    ["fd00::7", "http://[fd00:0:0::7]:4317", true],
    ["[fd00::7]:4317", "http://[fd00::7]:4317", true],
    ["[fd00::7]:1", "http://[fd00::7]:4317", false],
    ["fd00::/8", "http://[fe00::7]:4317", false],
    [",,", "http://a.example", false],
  ])("no_proxy=%s excepts %s: %s", (no_proxy, url, excepted) => {
    expect(routeTo(url, { http_proxy: p, no_proxy }).kind).toBe(excepted ? "direct" : "proxy");
    expect(routeTo(url, { http_proxy: p, NO_PROXY: no_proxy }).kind).toBe(excepted ? "direct" : "proxy");
  });
});

describe("through a proxy with a password", () => {
  const credentials = "me:geheim";

  it("profiles arrive: http is handed over whole", async () => {
    const fake = await FakePyroscope.start();
    ends.push(() => fake.stop());
    const proxy = await proxied({ hosts: { "pyroscope.example": fake.lastPort }, credentials });
    const [lines, acknowledged]: [string[], unknown[]] = [[], []];
    const output = new PyroscopeOutput({
      server: "http://pyroscope.example:4040",
      credentials: { user: "ana", password: "hunter2" },
      serviceName: "test",
      log: createLog("debug", (line) => lines.push(line)),
      acknowledged: (samples, dropped) => acknowledged.push([samples, dropped]),
    });
    output.send(profileOf({ e: 1e7 }));
    expect(await output.close(5000)).toBe(true);
    expect(fake.stored).toHaveLength(1);
    expect(fake.requests[0]?.headers.host).toBe("pyroscope.example:4040");
    expect(proxy.asked).toEqual(["POST http://pyroscope.example:4040/push.v1.PusherService/Push"]);
    expect(lines.join()).not.toMatch(/geheim|hunter2/);
  });

  it("metrics and traces arrive by gRPC, in the clear: the proxy connects", async () => {
    const fake = await collector();
    const proxy = await proxied({ hosts: { "collector.example": fake.port }, credentials });
    expect(await send(sender({}))).toMatchObject({ status: 200 });
    expect(await send(sender({ signal: "metrics" }))).toMatchObject({ status: 200 });
    expect([fake.traceRequests, fake.accepted]).toEqual([1, 1]);
    expect(proxy.asked).toEqual(["CONNECT collector.example:4317", "CONNECT collector.example:4317"]);
  });

  it("by gRPC with TLS: the certificate is that of the server's name", async () => {
    const fake = await collector({ ca: pem("ca"), cert: pem("named"), key: pem("named-key") });
    const hosts = { "collector.example": fake.port, "other.example": fake.port };
    const proxy = await proxied({ hosts, credentials });
    const tls = { ca: pem("named"), cert: pem("client"), key: pem("client-key") };
    expect(await send(sender({ endpoint: "https://collector.example", tls }))).toMatchObject({ status: 200 });
    expect(proxy.asked).toEqual(["CONNECT collector.example:443"]);
    const { status, message } = await send(sender({ endpoint: "https://other.example", tls }));
    expect([status, message]).toEqual([
      503,
      expect.stringMatching(/^through the proxy .* certificate is for another name/),
    ]);
  });

  it("by HTTP with TLS: a tunnel, and the certificate of the server's name", async () => {
    const seen: string[] = [];
    const server = createSecureServer({ cert: pem("named"), key: pem("named-key") }, (request, response) => {
      seen.push(`${request.headers.host} ${request.url} ${request.headers["proxy-authorization"]}`);
      request.resume().on("end", () => response.setHeader("content-type", "application/x-protobuf").end());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ends.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const proxy = await proxied({ hosts: { "collector.example": port, "other.example": port }, credentials });
    const over = { protocol: "http/protobuf", tls: { ca: pem("named") } } as const;
    expect(await send(sender({ ...over, endpoint: "https://collector.example:4318" }))).toMatchObject({ status: 200 });
    expect(seen).toEqual(["collector.example:4318 /v1/traces undefined"]); // the password stays with the proxy
    expect(proxy.asked).toEqual(["CONNECT collector.example:4318"]);
    const { message } = await send(sender({ ...over, endpoint: "https://other.example:4318" }));
    expect(message).toMatch(/certificate is for another name/);
  });

  it("debug files arrive", async () => {
    const proxy = await proxied({ hosts: {}, credentials, status: 404 });
    const path = join(tmpdir(), `proxied-${process.pid}`);
    const limits = { timeoutMs: 5000, maxTimeMs: 5000, maxBytes: 1000 };
    const failure = await fetchFile("http://debug.example/buildid/ab", path, limits, {
      signal: new AbortController().signal,
    });
    expect([failure, proxy.asked]).toEqual(["not found", ["GET http://debug.example/buildid/ab"]]);
  });
});

describe("a proxy in the way", () => {
  const none = { hosts: {} };

  it("is not asked for what is on this machine, by gRPC neither", async () => {
    const fake = await collector();
    const proxy = await proxied({ ...none, status: 500 }, { grpc_proxy: "http://127.0.0.1:9" });
    expect(await send(sender({ endpoint: fake.url }))).toMatchObject({ status: 200 });
    expect(await send(sender({ endpoint: `http://localhost:${fake.port}` }))).toMatchObject({ status: 200 });
    expect(proxy.asked).toEqual([]);
  });

  it.each([
    [407, "grpc", "http://a.example:4317"],
    [407, "http/protobuf", "http://a.example:4318"],
    [407, "http/protobuf", "https://a.example:4318"],
  ] as const)("that answers %i to %s for %s is named, and not its password", async (status, protocol, endpoint) => {
    await proxied({ ...none, credentials: "me:other", status }, { http_proxy: "", https_proxy: "" });
    const proxy = await FakeProxy.start({ ...none, credentials: "me:other" });
    ends.push(() => proxy.stop());
    const address = `http://me:geheim@127.0.0.1:${proxy.port}`;
    for (const name of ["http_proxy", "https_proxy"]) vi.stubEnv(name, address);
    const answer = await send(sender({ protocol, endpoint }));
    expect(answer).toMatchObject({ status: 407, message: expect.stringMatching(/proxy/) });
    expect(answer.message).not.toContain("geheim");
  });

  it("that cannot reach the server is said to be in between, by gRPC and HTTP", async () => {
    await proxied(none);
    const byGrpc = await send(sender({}));
    expect(byGrpc).toMatchObject({
      status: 0,
      message: expect.stringMatching(/proxy answers 502 instead of connecting/),
    });
    const byHttp = await send(sender({ protocol: "http/protobuf" }));
    expect(byHttp).toMatchObject({ status: 502 });
  });

  it("that is not there is called so", async () => {
    const gone = createNetServer();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const url = `http://127.0.0.1:${port}`;
    await proxied(none, { http_proxy: url, https_proxy: url });
    const refused = new RegExp(`^through the proxy ${url}: the connection was refused`);
    expect((await send(sender({}))).message).toMatch(refused);
    expect((await send(sender({ protocol: "http/protobuf" }))).message).toMatch(refused);
    const endpoint = endpointOf("https://pyroscope.example", "/");
    expect((await post(endpoint, new Uint8Array(), { contentType: "x/y", timeoutMs: 5000 })).message).toMatch(refused);
  });

  it("whose address makes no sense is not gone around", async () => {
    const proxy = await proxied(none, { http_proxy: "socks5://me:geheim@127.0.0.1" });
    for (const protocol of ["grpc", "http/protobuf"] as const) {
      const { status, message } = await send(sender({ protocol, endpoint: "http://a.example:4317" }));
      expect([status, message]).toEqual([0, "http_proxy is not the address of a proxy like http://host:3128"]);
    }
    expect(proxy.asked).toEqual([]);
  });
});
