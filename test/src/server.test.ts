// Does the endpoint serve what it is given, and does nothing that goes wrong with a port do more than say so?
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createLog } from "../../src/log.js";
import { Endpoint, type EndpointRequest } from "../../src/server.js";
import { freePort } from "../helpers/real-server.js";
import { until } from "../helpers/until.js";

/** Some containers let everybody open every port. */
const privileged = readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8").trim() !== "0";
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
    const { served, url } = await endpoint({ body: () => `gst_scrapes ${++scrapes}\n` });
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
