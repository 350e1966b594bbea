// Does the endpoint serve what it is given, and does nothing that goes wrong with a port do more than say so?
// SPDX-License-Identifier: MPL-2.0

import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { hostname } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { createLog } from "../../src/log.js";
import { Endpoint, type EndpointRequest } from "../../src/server.js";
import { freePort } from "../helpers/real-server.js";
import { until } from "../helpers/until.js";

/** Some containers let everybody open every port. */
const privileged = readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8").trim() !== "0";
const ownNameIsLoopback = await lookup(hostname()).then(
  ({ address }) => address.startsWith("127."),
  () => false,
);
const open: Endpoint[] = [];
const taken: Server[] = [];
afterEach(async () => {
  for (const endpoint of open.splice(0)) endpoint.close();
  await Promise.all(taken.splice(0).map((server) => new Promise((closed) => server.close(closed))));
});

async function endpoint(change: Partial<EndpointRequest> = {}) {
  const lines: string[] = [];
  const states: number[] = [];
  const port = change.port ?? (await freePort());
  const served = Endpoint.open({
    port,
    address: "127.0.0.1",
    named: `GST_PROMETHEUS_TRACER_PORT=${port}`,
    body: () => "gst_x 1\n",
    state: (error) => states.push(error),
    log: createLog("warn", (line) => lines.push(line)),
    ...change,
  });
  open.push(served);
  return { served, port, lines, states, url: `http://127.0.0.1:${port}` };
}

/** Somebody else has a port. */
async function takenPort(): Promise<number> {
  const server = createServer();
  taken.push(server);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return (server.address() as { port: number }).port;
}

describe("a request", () => {
  it.each(["/", "/metrics", "/metrics?x=1"])("for %s gets the text as it is now", async (path) => {
    let scrapes = 0;
    const { served, url } = await endpoint({ body: () => `gst_scrapes ${++scrapes}\n`, sharedMs: 0 });
    await until("listening", () => served.port);
    for (const n of [1, 2]) {
      const answer = await fetch(url + path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
      expect(await answer.text()).toBe(`gst_scrapes ${n}\n`);
    }
  });

  it("for anything else is refused, and what is no HTTP harms nobody", async () => {
    const { served, url, states } = await endpoint();
    await until("listening", () => served.port);
    expect((await fetch(`${url}/debug`)).status).toBe(404);
    const posted = await fetch(url, { method: "POST", body: "x" });
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "8", ""]);
    expect(states).toEqual([0]);
  });

  it("after the target's end is answered with 503, and after the close by nobody", async () => {
    const { served, url } = await endpoint({
      body: () => {
        throw new Error("the reader was closed");
      },
    });
    await until("listening", () => served.port);
    expect((await fetch(url)).status).toBe(503);
    served.close();
    await expect(fetch(url)).rejects.toThrow();
  });
});

/** Writes `text` to the endpoint and collects what comes until it closes the connection. */
function talk(port: number, text: string, from = "127.0.0.1") {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from });
  let got = "";
  socket.on("data", (data) => {
    got += data;
  });
  socket.on("error", () => {});
  socket.write(text);
  const closed = new Promise<string>((done) => socket.once("close", () => done(got)));
  return { socket, closed };
}

const GET = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

describe("somebody who means no good", () => {
  it("makes us render once a second at most, however many ask", async () => {
    let rendered = 0;
    const { served, url } = await endpoint({ body: () => `gst_x ${++rendered}\n`, sharedMs: 60_000 });
    await until("listening", () => served.port);
    const texts = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url)).text()));
    expect(new Set(texts)).toEqual(new Set(["gst_x 1\n"]));
  });

  it("gets one answer of 2500 requests sent at once, and others get theirs", async () => {
    const body = "x".repeat(500_000);
    const { served, port, url } = await endpoint({ body: () => body });
    await until("listening", () => served.port);
    const before = process.memoryUsage.rss();
    const { closed } = talk(port, GET.repeat(2500));
    expect((await (await fetch(url)).text()).length).toBe(body.length);
    const got = await closed;
    expect(got.split("HTTP/1.1 200").length - 1).toBeLessThanOrEqual(1);
    expect(process.memoryUsage.rss() - before).toBeLessThan(100e6);
  });

  it("holds no connection with half a request, and never all of them", async () => {
    const { served, port, url } = await endpoint({ patienceMs: 1000 });
    await until("listening", () => served.port);
    const half = Array.from({ length: 64 }, (_, n) =>
      talk(port, "GET /metrics HTTP/1.1\r\nHost: l", `127.0.0.${2 + (n % 8)}`),
    );
    expect((await fetch(url)).status).toBe(200);
    await Promise.all(half.map(({ closed }) => closed)); // each is cut
  });

  it("that does not take the answer is cut", async () => {
    const { served, port } = await endpoint({ body: () => "x".repeat(32e6), patienceMs: 500 });
    await until("listening", () => served.port);
    const { socket, closed } = talk(port, GET);
    socket.once("connect", () => socket.pause());
    await until("the connection", () => served.connections > 0 || undefined);
    await until("the cut", () => (served.connections === 0 ? true : undefined));
    socket.resume();
    expect((await closed).length).toBeLessThan(32e6);
  });

  it("is refused by name where the address is loopback in IPv6's spelling of IPv4, too", async () => {
    const { served, port } = await endpoint({ address: "::ffff:127.0.0.1" });
    await until("listening", () => served.port);
    const { closed } = talk(port, "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    expect(await closed).toMatch(/^HTTP\/1.1 421 /);
  });

  it.each([
    ["headers of 64 KiB", `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(65536)}\r\n\r\n`, 431],
    ["a path of 1 MiB", `GET /${"x".repeat(2 ** 20)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
    ["20 000 headers", `GET / HTTP/1.1\r\nHost: localhost\r\n${"a: b\r\n".repeat(20_000)}\r\n`, 431],
    ["a body", `GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000000\r\n\r\nxxx`, 413],
    ["a body in pieces", "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde", 413],
    ["a body, posted", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000000\r\n\r\nxxx", 405],
    ["no Host", "GET / HTTP/1.1\r\n\r\n", 400],
    ["no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 200],
    [
      "somebody else's address in the path",
      "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      404,
    ],
    ["nothing of HTTP", "\0\x16\x03\x01 let me in\r\n\r\n", 400],
  ])("and sends %s gets its number, and the connection ends at once", async (_, request, status) => {
    const { served, port } = await endpoint({ patienceMs: 60_000 });
    await until("listening", () => served.port);
    const { closed } = talk(port, request);
    expect(await closed).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(served.connections).toBe(0);
  });

  it.skipIf(!ownNameIsLoopback)("is refused by name where the address is a name of this machine alone", async () => {
    const { served, port } = await endpoint({ address: hostname() });
    await until("listening", () => served.port);
    const { closed } = talk(port, "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    expect(await closed).toMatch(/^HTTP\/1.1 421 /);
  });

  it.each([
    ["evil.example", 421],
    ["evil.example:9092", 421],
    ["localhost.evil.example", 421],
    ["localhost:1", 200],
    ["127.0.0.1", 200],
    ["[::1]:9092", 200],
    ["a b", 421],
  ])("and calls us %s gets %d", async (host, status) => {
    const { served, port } = await endpoint();
    await until("listening", () => served.port);
    const { closed } = talk(port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await closed).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });
});

describe("a port", () => {
  it("that another process has is said once, named as it was given, and asked for again until it is free", async () => {
    const port = await takenPort();
    const { served, lines, states } = await endpoint({ port, againMs: 20 });
    await until("two tries", () => states.length >= 2);
    expect(states.slice(0, 2)).toEqual([98, 98]);
    expect(lines).toEqual([
      `gst-pyroscope: warn: GST_PROMETHEUS_TRACER_PORT=${port} serves no metrics: another process has the port; it is asked for again every few seconds`,
    ]);
    await new Promise((closed) => taken.pop()?.close(closed));
    await until("the free port", () => served.port);
    expect(states.at(-1)).toBe(0);
    expect(lines).toHaveLength(1);
  });

  it.skipIf(!privileged)("that this user may not open is said", async () => {
    if (process.getuid?.() === 0) process.seteuid?.(65534); // root may open all
    const { states, lines } = await endpoint({ port: 1 });
    await until("a reason", () => states.length > 0).finally(() => process.seteuid?.(process.getuid?.() ?? 0));
    expect([states, lines[0]]).toEqual([[13], expect.stringContaining("may not open")]);
  });

  it.each([
    ["no-such-host.invalid", "ENOTFOUND"],
    ["192.0.2.1", "EADDRNOTAVAIL"],
  ])("at the address %s is said and given up", async (address) => {
    const { states, lines } = await endpoint({ address });
    await until("a reason", () => states.length > 0);
    expect([states, lines.length]).toEqual([[99], 1]);
  });
});
