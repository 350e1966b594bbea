// Is each request about a running target answered with what was asked for, and each wrong one with a sentence?
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { listenerOf } from "../../../src/door/listener.js";
import { liveRoutes } from "../../../src/live/routes.js";
import { Views } from "../../../src/live/views.js";
import type { Summary } from "../../../src/model/summary.js";
import { FakeLive } from "../../helpers/live.js";
import { profilesOf, recordingOf, sampleAt } from "../../helpers/recordings.js";

function served(views?: Views) {
  const target = new FakeLive(1);
  for (let n = 0; n < 3; n++) target.second();
  const app = liveRoutes(() => [target], "1.2.3", views);
  const get = async (path: string) => {
    const answer = await app.request(path);
    return { code: answer.status, type: answer.headers.get("content-type"), body: (await answer.json()) as unknown };
  };
  const post = async (path: string, body: string, type = "application/json") => {
    const answer = await app.request(path, { method: "POST", body, headers: { "Content-Type": type } });
    return { code: answer.status, body: (await answer.json()) as unknown };
  };
  return { target, app, get, post };
}

describe("the routes", () => {
  it("name version, agent and targets", async () => {
    const { get, target } = served();
    const { body } = await get("/api/status");
    expect(body).toEqual({ version: "1.2.3", pid: process.pid, targets: [target.status()] });
  });

  it("give the summary of the report, of the range that is asked for", async () => {
    const { get, target } = served();
    const { code, type, body } = await get("/api/targets/1/summary?from=1&to=2");
    expect([code, type, (body as Summary).version]).toEqual([200, "application/json", 1]);
    await get("/api/targets/1/summary?last=1.5");
    expect(target.ranges).toEqual([
      { fromNs: 1e9, toNs: 2e9 },
      { fromNs: 1.5e9, toNs: 3e9 },
    ]);
  });

  it("give the hottest functions of each element, or of the one that is asked for", async () => {
    const { get, target } = served();
    const stack = {
      frames: [{ name: "encode", module: "libx264.so" }],
      samples: [sampleAt("p/enc", 7, { stack: [0] })],
    };
    const recording = recordingOf({ cpu: profilesOf(stack.samples, stack.frames) });
    target.recording = () => recording;
    const list = [{ name: "encode", module: "libx264.so", ns: 7, totalNs: 7 }];
    expect((await get("/api/targets/1/functions?last=2")).body).toEqual({ "p/enc": list });
    expect((await get("/api/targets/1/functions?element=p/enc")).body).toEqual(list);
    expect((await get("/api/targets/1/functions?element=constructor")).body).toEqual([]);
  });

  it("give the page, its table alone, and the strip", async () => {
    const { get, target } = served();
    const { body: page } = await get("/api/targets/1/page?last=60");
    const { body: table } = await get("/api/targets/1/page?last=60&parts=table");
    expect(page).toMatchObject({ elements: [] });
    expect((table as { flame: unknown[] }).flame[1]).toBe(0);
    expect((await get("/api/targets/1/strip")).body).toEqual(target.windows);
  });

  it("give a page that is kept open what is due: all of it, then nothing until there is more, or its table", async () => {
    let now = 0;
    const { get, app, target } = served(new Views({ now: () => now, cpu: () => 0 }));
    const recording = target.recording.bind(target);
    const withStacks = recordingOf({ cpu: profilesOf([sampleAt("p/enc", 7)]) });
    target.recording = (...asked) => ({ ...recording(...asked), cpu: withStacks.cpu });
    const due = "/api/targets/1/page?last=60&parts=due";
    const { body: first } = await get(due);
    expect((first as { flame: unknown[] }).flame[1]).toBe(7);
    expect((await get(due)).body).toEqual(first);
    target.second();
    const answer = await app.request(due);
    expect([answer.status, await answer.text()]).toEqual([204, ""]);
    now = 1000;
    target.second();
    expect(((await get(due)).body as { flame: unknown[] }).flame[1]).toBe(0);
    expect((await get("/api/targets/1/page?last=60")).code).toBe(200);
  });

  it("change settings, and say what became of each", async () => {
    const { post, target } = served();
    const { body } = await post("/api/targets/1/set", '{"sample-rate":"250"}');
    expect(target.asked).toEqual([{ "sample-rate": "250" }]);
    expect(body).toEqual([{ name: "sample-rate", value: "250", outcome: "changed", text: "sample-rate: 250" }]);
  });

  it("write a capture though nothing was sent with the request, over HTTP too, where it need not say its length", async () => {
    const { app, target } = served();
    target.saved = () => Promise.resolve("/captures/three");
    const server = createServer(listenerOf(app));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const asked = request({
      ...{ port: (server.address() as AddressInfo).port, host: "127.0.0.1", method: "POST" },
      path: "/api/targets/1/capture",
      headers: { "Content-Type": "application/json" },
    });
    asked.removeHeader("Content-Length");
    asked.removeHeader("Transfer-Encoding");
    const [answer] = (await once(asked.end(), "response")) as [IncomingMessage];
    expect([answer.statusCode, await text(answer)]).toEqual([200, '{"path":"/captures/three"}']);
    server.close();
  });

  it("write a capture and name it; a second one meanwhile is refused, and what goes wrong is said", async () => {
    const { post, target } = served();
    let finish: (path: string) => void = () => {};
    target.saved = () => new Promise((resolve) => (finish = resolve));
    const first = post("/api/targets/1/capture?last=2", "{}");
    const second = await post("/api/targets/1/capture", "{}");
    expect(second).toEqual({ code: 409, body: { error: expect.stringMatching(/being written already$/) } });
    finish("/captures/two");
    expect(await first).toEqual({ code: 200, body: { path: "/captures/two" } });
    target.saved = () => Promise.reject(new Error("the disk is full"));
    expect(await post("/api/targets/1/capture", "{}")).toEqual({ code: 500, body: { error: "the disk is full" } });
  });

  it("watch for as long as they answer, and wait for the first window of a target that nobody looked at", async () => {
    const { get, target } = served();
    target.windows = [];
    const asked = get("/api/targets/1/strip");
    await new Promise((soon) => setImmediate(soon));
    expect([target.watching, target.listeners.size]).toEqual([1, 1]);
    target.second();
    expect((await asked).body).toHaveLength(1);
    expect([target.watching, target.listeners.size]).toEqual([0, 0]);
  });
});

describe("a request that makes no sense gets a sentence:", () => {
  it.each([
    ["/api/targets/0/summary", 400, /whole number from 1/],
    ["/api/targets/x/strip", 400, /whole number from 1/],
    ["/api/targets/1%2F..%2F2/strip", 400, /whole number from 1/],
    ["/api/targets/9/page", 404, /no target 9 here/],
    ["/api/targets/9/events", 404, /no target 9 here/],
    ["/api/targets/1/summary?from=x", 400, /^from must be a number of seconds/],
    ["/api/targets/1/page?from=5&to=4", 400, /^to must be later/],
    ["/api/targets/1/page?last=1&from=1", 400, /^last .* stands alone/],
    ["/api/elsewhere", 404, /GET \/api\/status lists/],
    ["/", 404, /GET \/api\/status lists/],
  ])("%s", async (path, code, sentence) => {
    const { get } = served();
    expect(await get(path)).toMatchObject({ code, body: { error: expect.stringMatching(sentence) } });
  });

  it.each([
    ["no JSON", "sample-rate=250", 400],
    ["a list", "[]", 400],
    ["numbers", '{"sample-rate":250}', 400],
    ["nothing", "{}", 400],
    ["null", "null", 400],
    ["more than it may have", JSON.stringify({ tags: "x".repeat(20_000) }), 413],
  ])("settings that are %s", async (_, body, code) => {
    const { post, target } = served();
    expect(await post("/api/targets/1/set", body)).toMatchObject({ code, body: { error: expect.any(String) } });
    expect(target.asked).toEqual([]);
  });

  it("a change that a form of another page could send", async () => {
    const { post, target } = served();
    for (const path of ["set", "capture"])
      expect((await post(`/api/targets/1/${path}`, '{"enabled":"false"}', "text/plain")).code).toBe(415);
    expect(target.asked).toEqual([]);
  });

  it("a capture of nothing", async () => {
    const { post, target } = served();
    target.windows = [];
    target.state = "ended";
    expect(await post("/api/targets/1/capture", "{}")).toMatchObject({ code: 409 });
  });

  it("one that fails inside", async () => {
    const { get, target } = served();
    target.recording = () => {
      throw new Error("no memory");
    };
    expect(await get("/api/targets/1/summary")).toMatchObject({ code: 500, body: { error: "no memory" } });
  });
});
