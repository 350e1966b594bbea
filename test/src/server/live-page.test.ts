// Does the live page's server show what it has to those who have its token or password, to nobody else, and never more than it can bear?
// SPDX-License-Identifier: MPL-2.0

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect } from "node:net";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { afterEach, describe, expect, it } from "vitest";
import { createLog } from "../../../src/log.js";
import { LivePage, type LivePageRequest, livePageProblem } from "../../../src/server/live-page.js";
import { freePort } from "../../helpers/real-server.js";
import { scratch } from "../../helpers/scratch.js";
import { until } from "../../helpers/until.js";

const open: LivePage[] = [];
afterEach(() => {
  for (const page of open.splice(0)) page.close();
});

function builtFiles(): LivePageRequest["files"] {
  const root = scratch("dist");
  const files = { html: `${root}.html`, script: `${root}.js`, style: `${root}.css` };
  for (const [name, path] of Object.entries(files)) writeFileSync(path, `the ${name}`);
  return files;
}

const files = builtFiles();

/** Events without end, as fast as they are taken. */
function flood(app: Hono, seen: { sent: number; ended: boolean }): void {
  const event = "x".repeat(10_000);
  app.get("/api/flood", (c) =>
    streamSSE(c, async (stream) => {
      stream.onAbort(() => {
        seen.ended = true;
      });
      while (!stream.aborted && !seen.ended) {
        await stream.writeSSE({ event: "window", data: event });
        seen.sent += event.length;
      }
    }),
  );
}

async function served(change: Partial<LivePageRequest> = {}) {
  const lines: string[] = [];
  const posted: string[] = [];
  const flooded = { sent: 0, ended: false };
  const app = new Hono();
  app.get("/api/status", (c) => c.json({ targets: [] }));
  app.get("/api/broken", () => {
    throw new Error("a secret of the agent");
  });
  app.post("/api/set", async (c) => {
    posted.push(await c.req.text());
    return c.json([]);
  });
  flood(app, flooded);
  const page = new LivePage({
    ...{ port: 0, address: "127.0.0.1", password: "", tlsCert: "", tlsKey: "", files, routes: async () => app },
    log: createLog("info", (line) => lines.push(line)),
    ...change,
  });
  open.push(page);
  const url = new URL((await page.opened) ?? "");
  const token = url.searchParams.get("token") ?? "";
  const cookie = `gst-pyroscope-${url.port}=${token}`;
  const get = (path: string, headers: Record<string, string> = {}, method = "GET", body?: string) =>
    fetch(url.origin + path, { method, headers, redirect: "manual", ...(body !== undefined && { body }) });
  return { page, url, token, cookie, get, lines, posted, flooded };
}

/** Writes `text` and collects what comes until the connection is closed. */
function talk(port: string, text: string): Promise<string> {
  const socket = connect({ port: Number(port), host: "127.0.0.1" });
  let got = "";
  socket.on("data", (data) => {
    got += data;
  });
  socket.on("error", () => {});
  socket.write(text);
  return new Promise((done) => socket.once("close", () => done(got)));
}

describe("a client with the token", () => {
  it("gets a cookie for it, and an address without it, where the page and the routes are", async () => {
    const { get, token, url } = await served();
    expect(token.length).toBeGreaterThanOrEqual(22); // 128 bits
    const entered = await get(`/?token=${token}`);
    expect([entered.status, entered.headers.get("location")]).toEqual([303, "/"]);
    const cookie = entered.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(new RegExp(`^gst-pyroscope-${url.port}=${token}; Path=/; HttpOnly; SameSite=Strict$`));
    const carried = { Cookie: cookie.split(";")[0] ?? "" };
    for (const [path, body, type] of [
      ["/", "the html", "text/html"],
      ["/live-page.js", "the script", "text/javascript"],
      ["/live-page.css", "the style", "text/css"],
      ["/api/status", '{"targets":[]}', "application/json"],
    ] as const) {
      const answer = await get(path, carried);
      expect([path, answer.status, await answer.text()]).toEqual([path, 200, body]);
      expect(answer.headers.get("content-type")).toContain(type);
    }
  });

  it("who comes from a link of another page enters by a step of the page itself, which takes the cookie along", async () => {
    const { url, token } = await served();
    const link =
      "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nConnection: close\r\n";
    const follow = (path: string) => talk(url.port, `GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\n${link}\r\n`);
    const entered = await follow(`/?token=${token}`);
    expect(entered).toMatch(/^HTTP\/1.1 200 [\s\S]*set-cookie: gst-pyroscope-[\s\S]*content="0;url=\/"/i);
    expect(await follow("/")).toMatch(/^HTTP\/1.1 401 /);
    expect(await follow("/api/status")).toMatch(/^HTTP\/1.1 403 /);
  });

  it("has another one at every start, and each port its own cookie", async () => {
    const [one, other] = [await served(), await served()];
    expect(one.token).not.toBe(other.token);
    expect((await other.get("/api/status", { Cookie: one.cookie })).status).toBe(401);
    expect((await other.get("/api/status", { Cookie: `${one.cookie}; ${other.cookie}` })).status).toBe(200);
  });
});

describe("every answer", () => {
  it.each(["/", "/api/status", "/api/broken", "/nowhere"])("%s forbids what the page does not need", async (path) => {
    const { get, cookie } = await served();
    for (const headers of [{ Cookie: cookie }, {}]) {
      const answer = await get(path, headers as Record<string, string>);
      const said = Object.fromEntries(answer.headers);
      expect(said).toMatchObject({
        "cache-control": "no-store",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
      });
      expect(said["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
      expect(said["content-security-policy"]).not.toContain("unsafe");
      expect(Object.keys(said).filter((name) => name.startsWith("access-control"))).toEqual([]);
      expect(await answer.text()).not.toContain("secret");
    }
  });
});

describe("a client without it", () => {
  it.each([
    ["no token", "/", {}],
    ["no token", "/live-page.js", {}],
    ["no token", "/api/status", {}],
    ["a wrong token", "/?token=AAAAAAAAAAAAAAAAAAAAAA", {}],
    ["an empty token", "/?token=", {}],
    ["a wrong cookie", "/api/status", { Cookie: "wrong" }],
    ["a password, where there is none,", "/api/status", { Authorization: `Basic ${btoa("x:")}` }],
  ])("with %s gets nothing of %s but how to come in", async (_, path, headers) => {
    const { get, url } = await served();
    const wrong = { ...headers, ...("Cookie" in headers && { Cookie: `gst-pyroscope-${url.port}=AAAA` }) };
    const answer = await get(path, wrong as Record<string, string>);
    expect([answer.status, await answer.text()]).toEqual([401, expect.stringContaining("gst-pyroscope live")]);
    expect(answer.headers.get("set-cookie")).toBeNull();
  });

  it("finds no other file, whatever the path", async () => {
    const { url, cookie } = await served();
    for (const path of [
      "/../package.json",
      "/%2e%2e/package.json",
      "/..%2fpackage.json",
      "/live-page.js/../../x",
      "//etc/passwd",
    ]) {
      const head = `GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`;
      expect([path, (await talk(url.port, head)).split("\r\n")[0]]).toEqual([path, expect.stringMatching(/ 40[04] /)]);
    }
  });
});

describe("another page in the browser of somebody who may look", () => {
  it.each([
    ["calls us by a name of its own", { Host: "evil.example" }, 421],
    ["says its origin", { Origin: "https://evil.example" }, 403],
    ["says the origin of another port", { Origin: "http://127.0.0.1:1" }, 403],
    ["hides its origin", { Origin: "null" }, 403],
    ["fetches from another site", { "Sec-Fetch-Site": "cross-site" }, 403],
    ["fetches from another port", { "Sec-Fetch-Site": "same-site" }, 403],
    [
      "puts us into a frame",
      { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe" },
      403,
    ],
  ])("that %s is refused", async (_, headers, status) => {
    const { url, cookie } = await served();
    const all = { Host: url.host, Cookie: cookie, ...headers };
    for (const [method, path] of [
      ["GET", "/api/status"],
      ["GET", "/"],
      ["POST", "/api/set"],
    ]) {
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
      const answer = await talk(
        url.port,
        `${method} ${path} HTTP/1.1\r\n${lines.join("")}Content-Length: 0\r\nConnection: close\r\n\r\n`,
      );
      expect([method, path, answer.split("\r\n")[0]]).toEqual([method, path, expect.stringContaining(` ${status} `)]);
    }
  });

  it("the live page itself may ask, and set", async () => {
    const { get, url, cookie, posted } = await served();
    const own = { Cookie: cookie, Origin: url.origin, "Sec-Fetch-Site": "same-origin" };
    expect((await get("/api/set", own, "POST", "{}")).status).toBe(200);
    expect(posted).toEqual(["{}"]);
  });
});

describe("a request that asks for something to be done and sends no body", () => {
  it("is taken, with a length of 0 or without one", async () => {
    const { url, cookie, posted } = await served();
    for (const length of ["", "Content-Length: 0\r\n"]) {
      const head = `POST /api/set HTTP/1.1\r\nHost: ${url.host}\r\nCookie: ${cookie}\r\nConnection: close\r\n${length}\r\n`;
      expect(await talk(url.port, head)).toMatch(/^HTTP\/1.1 200 /);
    }
    expect(posted).toEqual(["", ""]);
  });
});

describe("a request that would cost much", () => {
  it("has no large body, no other method, and no large head", async () => {
    const { get, url, cookie, posted } = await served();
    expect((await get("/api/set", { Cookie: cookie }, "POST", "x".repeat(70_000))).status).toBe(413);
    const chunked = `POST /api/set HTTP/1.1\r\nHost: ${url.host}\r\nCookie: ${cookie}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    expect(await talk(url.port, `${chunked}2\r\n{}\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1.1 411 /);
    expect((await get("/api/status", { Cookie: cookie }, "DELETE")).status).toBe(405);
    expect((await get("/api/status", { Cookie: cookie }, "OPTIONS")).status).toBe(405);
    const head = `GET / HTTP/1.1\r\nHost: ${url.host}\r\nX: ${"x".repeat(65_536)}\r\n\r\n`;
    expect(await talk(url.port, head)).toMatch(/^HTTP\/1.1 431 /);
    expect(posted).toEqual([]);
  });

  it("leaves room for who means well: of a hundred idle connections the oldest are closed", async () => {
    const { page, get, url, cookie } = await served();
    const idle = Array.from({ length: 100 }, () =>
      connect({ port: Number(url.port), host: "127.0.0.1" }).on("error", () => {}),
    );
    await until("all of them", () => idle.every(({ connecting }) => !connecting) || undefined);
    expect((await get("/api/status", { Cookie: cookie })).status).toBe(200);
    expect(page.connections).toBeLessThanOrEqual(64);
    for (const socket of idle) socket.destroy();
  });

  it("is cut when it does not read its events, whose senders wait meanwhile, and one that reads is not", async () => {
    const { page, url, cookie, flooded } = await served({ patienceMs: 300 });
    const before = process.memoryUsage.rss();
    const socket = connect({ port: Number(url.port), host: "127.0.0.1" }).on("error", () => {});
    socket.pause();
    socket.write(`GET /api/flood HTTP/1.1\r\nHost: ${url.host}\r\nCookie: ${cookie}\r\n\r\n`);
    await until("events", () => flooded.sent > 0 || undefined);
    await until("the cut", () => (page.connections === 0 && flooded.ended) || undefined);
    expect(process.memoryUsage.rss() - before).toBeLessThan(100e6);
    socket.destroy();

    const again = await served({ patienceMs: 300 });
    const reader = await again.get("/api/flood", { Cookie: again.cookie });
    const body = reader.body?.getReader();
    const end = performance.now() + 1500; // five times its patience
    while (performance.now() < end) expect((await body?.read())?.done).toBe(false);
    await body?.cancel();
  });
});

describe("a password", () => {
  it("opens the page as well, from any user, and a wrong one does not", async () => {
    const { get, token } = await served({ password: "open: sesame" });
    const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString("base64")}` });
    const asked = await get("/");
    expect([asked.status, asked.headers.get("www-authenticate")]).toEqual([401, expect.stringContaining("Basic")]);
    expect((await get("/", basic("me:open: sesame"))).status).toBe(200);
    expect((await get("/", basic("me:open"))).status).toBe(401);
    expect((await get(`/?token=${token}`)).status).toBe(303);
  });
});

describe("an address", () => {
  const change = { password: "", tlsCert: "", tlsKey: "" };
  const asked = (address: string, more = {}) => ({ ...change, address, ...more }) as LivePageRequest;

  it("beside this machine's own needs a password or TLS, and the sentence says so", () => {
    for (const address of ["0.0.0.0", "::", "192.0.2.7", "example.org"])
      expect(livePageProblem(asked(address))).toContain("needs live-password, or live-tls-cert and live-tls-key");
    for (const address of ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
      expect(livePageProblem(asked(address))).toBeUndefined();
    expect(livePageProblem(asked("0.0.0.0", { password: "p" }))).toBeUndefined();
    expect(livePageProblem(asked("0.0.0.0", { tlsCert: "c", tlsKey: "k" }))).toBeUndefined();
    expect(livePageProblem(asked("127.0.0.1", { tlsCert: "c" }))).toContain("needed together");
    expect(() => new LivePage(asked("0.0.0.0"))).toThrow("needs live-password");
  });

  it("over TLS has a cookie that goes nowhere else", async () => {
    const key = scratch("key.pem");
    const cert = `${key}.cert`;
    const how = [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-subj",
      "/CN=localhost",
    ];
    writeFileSync(key, "");
    execFileSync("openssl", [...how, "-keyout", key, "-out", cert, "-days", "1"], { stdio: "ignore" });
    const { page } = await served({ tlsCert: cert, tlsKey: key });
    expect(page.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/\?token=/);
    const cookie = await new Promise((done, fail) => {
      const asked = request(page.url ?? "", { rejectUnauthorized: false }, (answer) => {
        answer.resume();
        done(answer.headers["set-cookie"]?.[0]);
      });
      asked.once("error", fail).end();
    });
    expect(cookie).toContain("Secure");
  });
});

describe("a port", () => {
  it("that another process has is said once and waited for, and the token is in no line of the log", async () => {
    const port = await freePort();
    const first = await served({ port });
    const second = await served({ port, againMs: 20 }).catch(() => undefined);
    expect(second).toBeUndefined(); // it has no address yet
    first.page.close();
    const waiting = open.at(-1);
    const url = await until("the port", () => waiting?.url);
    expect(first.lines.join("\n")).toContain("the live page is served");
    expect(first.lines.join("\n")).not.toContain(first.token);
    expect(url).toContain(`:${port}/`);
  });
});
