// Does a request leave as its way wants it: straight, whole to a proxy, or through a tunnel that the proxy opens?
import { Agent, createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer as createNetServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { authorityOf, exchange, ProxyRefusal, tlsTo, tunnel } from "../../../src/delivery/exchange.js";
import { type HttpProxy, type Route, routeTo } from "../../../src/delivery/proxies.js";
import { FakeProxy, type FakeProxyOptions } from "../../helpers/fake-proxy.js";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function server() {
  const seen: { method: string; url: string; headers: IncomingMessage["headers"] }[] = [];
  const http = createServer((request, response) => {
    seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers });
    request.resume().on("end", () => response.writeHead(302, { location: "/elsewhere" }).end("answer"));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  ends.push(
    () => http.close(),
    () => http.closeAllConnections(),
  );
  return { port: (http.address() as AddressInfo).port, seen };
}
async function proxyTo(options: FakeProxyOptions): Promise<{ route: Route; proxy: HttpProxy; asked: string[] }> {
  const fake = await FakeProxy.start(options);
  ends.push(() => fake.stop());
  const route = routeTo("http://server.example", { http_proxy: fake.url });
  if (route.kind !== "proxy") throw new Error(route.why);
  return { route, proxy: route.proxy, asked: fake.asked };
}
async function text(answer: IncomingMessage): Promise<string> {
  let all = "";
  for await (const chunk of answer) all += chunk;
  return all;
}

describe("a request", () => {
  it("goes straight to its server; a redirect is an answer, and not followed", async () => {
    const { port, seen } = await server();
    const route: Route = { kind: "direct", why: "loopback" };
    const answer = await exchange(`http://127.0.0.1:${port}/a?b=1`, route, { method: "POST" }, Buffer.from("x"));
    expect([answer.statusCode, await text(answer)]).toEqual([302, "answer"]);
    expect(seen.map(({ method, url }) => [method, url])).toEqual([["POST", "/a?b=1"]]);
  });

  it("is handed to a proxy whole, with the server's name and the proxy's credentials, which the server does not get", async () => {
    const { port, seen } = await server();
    const { route, asked } = await proxyTo({ hosts: { "server.example": port }, credentials: "u:p" });
    const answer = await exchange("http://server.example/a", route, { method: "POST", headers: { "x-a": "1" } });
    await text(answer);
    expect(asked).toEqual(["POST http://server.example/a"]);
    expect(seen[0]?.headers).toMatchObject({ host: "server.example", "x-a": "1" });
    expect(seen[0]?.headers["proxy-authorization"]).toBeUndefined();
  });

  it("goes by a connection that was kept, and by a new one when the server had closed that one", async () => {
    const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    const asked: number[] = [];
    let connections = 0;
    // Answers twice a connection; the third request finds it closed.
    const net = createNetServer((socket) => {
      const [number, most] = [++connections, 2];
      let requests = 0;
      socket
        .on("error", () => undefined)
        .on("data", () => {
          asked.push(number);
          if (++requests > most) socket.resetAndDestroy();
          else socket.write(answer);
        });
    });
    await new Promise<void>((resolve) => net.listen(0, "127.0.0.1", resolve));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    ends.push(
      () => net.close(),
      () => agent.destroy(),
    );
    const url = `http://127.0.0.1:${(net.address() as AddressInfo).port}/`;
    const direct: Route = { kind: "direct", why: "loopback" };
    for (let n = 0; n < 3; n++) expect(await text(await exchange(url, direct, { method: "POST", agent }))).toBe("ok");
    expect(asked).toEqual([1, 1, 1, 2]);
  });

  it("goes nowhere where the proxy's address makes no sense", async () => {
    const route: Route = { kind: "unusable", why: "http_proxy is not the address of a proxy" };
    await expect(exchange("http://h", route, {})).rejects.toThrow("http_proxy is not");
  });

  it("ends with its signal", async () => {
    const silent = createNetServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    ends.push(() => silent.close());
    const { port } = silent.address() as AddressInfo;
    const end = new AbortController();
    const answer = exchange(`http://127.0.0.1:${port}`, { kind: "direct", why: "" }, { signal: end.signal });
    end.abort();
    await expect(answer).rejects.toMatchObject({ code: "ABORT_ERR" });
  });
});

describe("a tunnel", () => {
  it("carries bytes both ways, also those that the server sends first", async () => {
    const greeting = createNetServer((socket: Socket) => {
      socket.write("hello ");
      socket.on("data", (bytes) => socket.end(`echo ${bytes}`));
      socket.on("error", () => {});
    });
    await new Promise<void>((resolve) => greeting.listen(0, "127.0.0.1", resolve));
    ends.push(() => greeting.close());
    const { port } = greeting.address() as AddressInfo;
    const { proxy, asked } = await proxyTo({ hosts: { "server.example": port } });
    const socket = await tunnel(proxy, "server.example:443", undefined);
    let heard = "";
    socket.on("data", (bytes) => {
      heard += bytes;
    });
    socket.write("x");
    await new Promise((resolve) => socket.once("close", resolve));
    expect([heard, asked]).toEqual(["hello echo x", ["CONNECT server.example:443"]]);
  });

  it.each([
    [{ hosts: {} }, 502],
    [{ hosts: {}, status: 403 }, 403],
  ])("that the proxy refuses is an error with its status: %j", async (options, status) => {
    const { proxy } = await proxyTo(options);
    const refusal = await tunnel(proxy, "server.example:443", undefined).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ProxyRefusal);
    expect((refusal as ProxyRefusal).status).toBe(status);
    expect((refusal as Error).message).toBe(`the proxy answers ${status} instead of connecting to server.example:443`);
  });

  it("with wrong credentials is refused as such", async () => {
    const { proxy } = await proxyTo({ hosts: {}, credentials: "u:p" });
    await expect(tunnel({ ...proxy, credentials: "" }, "h:1", undefined)).rejects.toMatchObject({ status: 407 });
  });
});

it("host and port are said also where the port is the usual one", () => {
  expect(["http://h", "https://h", "http://h:8080/x", "https://[::1]/x", "https://h:443"].map(authorityOf)).toEqual([
    "h:80",
    "h:443",
    "h:8080",
    "[::1]:443",
    "h:443",
  ]);
});

it("a certificate is that of the name; an address has none, and only files that there are count", () => {
  const ca = Buffer.from("ca");
  expect(tlsTo("https://Server.Example:1/x", { ca })).toStrictEqual({
    host: "server.example",
    servername: "server.example",
    ca,
  });
  expect(tlsTo("https://127.0.0.1:1", {})).toStrictEqual({ host: "127.0.0.1" });
  expect(tlsTo("https://[::1]:1", {})).toStrictEqual({ host: "::1" });
});
