// Does a text that is there as a whole go out without a stream, and with all that every other answer has?

import { connect } from "node:net";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { afterEach, expect, it, vi } from "vitest";
import { liveRoutes } from "../../../src/live/routes.js";
import { Views } from "../../../src/live/views.js";
import { createLog } from "../../../src/log.js";
import { LivePage } from "../../../src/server/live-page.js";
import { FakeLive } from "../../helpers/live.js";
import { profilesOf, recordingOf, sampleAt } from "../../helpers/recordings.js";

const long = JSON.stringify({ name: "Zähler → ∑", more: "ö".repeat(1_000_000) });
const due = "/api/targets/1/page?last=10&parts=due";

const [[ALREADY_SENT] = [""]] = [...RESPONSE_ALREADY_SENT.headers];

const open: LivePage[] = [];
afterEach(() => {
  for (const page of open.splice(0)) page.close();
});

async function served(Page = LivePage) {
  const live = new FakeLive(1);
  live.answer = recordingOf({ cpu: profilesOf([sampleAt("p/Zähler", 5e6)]) });
  live.second();
  const routes = liveRoutes(() => [live], "1.2.3", new Views({ now: () => 0, cpu: () => 0 }));
  routes.get("/api/long", (c) => c.get("sendJson")?.(long) ?? c.json(null, 500));
  const page = new Page({
    ...{ port: 0, address: "127.0.0.1", password: "", tlsCert: "", tlsKey: "", routes: async () => routes },
    files: { html: "none.html", script: "none.js", style: "none.css" },
    log: createLog("info", () => {}),
  });
  open.push(page);
  const url = new URL((await page.opened) ?? "");
  const cookie = `gst-pyroscope-${url.port}=${url.searchParams.get("token")}`;
  return { live, url, cookie, get: (path: string) => fetch(url.origin + path, { headers: { Cookie: cookie } }) };
}

/** As it came over the connection, which ends behind it. */
function raw(method: string, path: string, { url, cookie }: { url: URL; cookie: string }): Promise<string> {
  const socket = connect({ port: Number(url.port), host: "127.0.0.1" });
  let got = "";
  socket.setEncoding("utf8").on("data", (text) => {
    got += text;
  });
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${url.host}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`);
  return new Promise((done) => socket.once("close", () => done(got)));
}

/** How many Response objects, each of which reads its body from a stream, were made while `work` ran. */
async function responsesMade(work: () => Promise<unknown>): Promise<number> {
  const { Response: Own } = globalThis;
  let made = 0;
  globalThis.Response = class extends Own {
    constructor(...args: ConstructorParameters<typeof Own>) {
      super(...args);
      made++;
    }
  };
  try {
    await work();
  } finally {
    globalThis.Response = Own;
  }
  return made;
}

it.each([
  ["/api/status", '"version":"1.2.3"'],
  ["/api/targets/1/summary", "Zähler"],
  ["/api/targets/1/strip", '[{"atNs":0,'],
  ["/api/targets/1/page?last=10&parts=table", "Zähler"],
  [due, "Zähler"],
  ["/api/long", "→ ∑"],
])("%s goes out in no stream, whole, with its length and the headers of every answer", async (path, part) => {
  const { get } = await served();
  const made = await responsesMade(async () => {
    const answer = await get(path);
    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(text).toContain(part);
    if (path === "/api/long") expect(text).toBe(long);
    expect(JSON.parse(text)).not.toBeNull();
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(text)),
      "cache-control": "no-store",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
      "x-content-type-options": "nosniff",
    });
  });
  expect(made).toBe(0);
});

it("is sent once, also where a library has put its Response in the place of the global one", async () => {
  const { Request: OwnRequest, Response: Own } = globalThis;
  const error = vi.spyOn(console, "error");
  try {
    vi.resetModules();
    const { getRequestListener } = await import("@hono/node-server");
    getRequestListener(() => new Response()); // as it does by default
    expect(Response).not.toBe(Own);
    // As it is where that module is read after this.
    const late = new Response(null, { headers: { [ALREADY_SENT]: "true" } });
    vi.doMock("@hono/node-server/utils/response", () => ({ RESPONSE_ALREADY_SENT: late }));
    const { LivePage: Page } = await import("../../../src/server/live-page.js");
    const { get } = await served(Page);
    for (let n = 0; n < 3; n++) expect(await (await get("/api/long")).text()).toBe(long);
    expect((await get("/api/targets/2/page")).status).toBe(404);
    expect(error.mock.calls).toEqual([]);
  } finally {
    for (const [name, value] of Object.entries({ Request: OwnRequest, Response: Own }))
      Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
    vi.doUnmock("@hono/node-server/utils/response");
    vi.restoreAllMocks();
    vi.resetModules();
  }
});

it("a refusal is made as ever", async () => {
  const { get } = await served();
  const made = await responsesMade(async () => expect((await get("/api/targets/2/page")).status).toBe(404));
  expect(made).toBeGreaterThan(0);
});

it("a window in which nothing is due is 204, with the same headers and no body", async () => {
  const there = await served();
  expect((await there.get(due)).status).toBe(200);
  there.live.second(); // the clock stands: the shortest time from one table to the next is not over
  const [head = "", body] = (await raw("GET", due, there)).split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1\.1 204 /);
  expect(head).toMatch(/^content-security-policy: /im);
  expect(body).toBe("");
});

it("HEAD has what describes the answer alone", async () => {
  const [head = "", body] = (await raw("HEAD", "/api/status", await served())).split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1\.1 200 [\s\S]*content-type: application\/json/i);
  expect(head).toMatch(/^content-security-policy: /im);
  expect(body).toBe("");
});
