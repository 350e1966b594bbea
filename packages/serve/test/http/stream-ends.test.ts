// Does a live stream end with its token, is a request for its head only answered, and is a number that was never given no loss?
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { batch, event, program, removeFolder, type Started, start, until } from "../helpers/service.js";
import { follow } from "../helpers/sse.js";

let service: Started;
beforeAll(async () => {
  service = await start();
});
afterAll(async () => {
  await service.stop();
  removeFolder(service.dataDir);
});

const token = (...words: string[]): string =>
  spawnSync(process.execPath, [program, "token", ...words, "--data-dir", service.dataDir], { encoding: "utf8" }).stdout;
const subscribers = async () => (await service.counters()).mtrace_stream_subscribers;

test("a stream ends when its token is removed; those of others go on", async () => {
  const read = token("add", "--project", "demo", "--kind", "read").trim();
  const headers = { "X-MTrace-Token": read };
  await until("the token is known", async () => (await service.get("/api/status", headers)).status === 200);
  const [removed, other] = [await follow(service.url, headers), await follow(service.url)];
  const [hash = ""] = token("list").split(/\s/);
  expect(token("remove", hash)).toContain("removed: read token");
  await removed.ended;
  await service.post(batch());
  await until("the other's frame", () => other.frames.length === 1);
  expect(removed.frames).toEqual([]);
  other.close();
});

test("HEAD is answered at once, and nobody follows then", async () => {
  await until("nobody follows", async () => (await subscribers()) === 0);
  const headers = { "X-MTrace-Token": "demo-token" };
  const answer = await fetch(`${service.url}/api/stream-sessions/stream`, { method: "HEAD", headers });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
  expect(await subscribers()).toBe(0);
});

test.each(["999999999999999", "0", "-1", "99999999999999999999", "1;2"])(
  "after Last-Event-ID %s each new event comes once",
  async (last) => {
    const follower = await follow(service.url, { "Last-Event-ID": last });
    for (let round = 0; round < 5; round++) expect((await service.post(batch([event(), event()]))).status).toBe(202);
    const newest = (await (await service.get("/api/status")).json()).store.newestIngest as number;
    await until("the newest", () => follower.ids().at(-1) === newest);
    expect(follower.ids().slice(-10)).toEqual(Array.from({ length: 10 }, (_, index) => newest - 9 + index));
    follower.close();
  },
);

test("who follows one project hears nothing of another, live or from its past", async () => {
  const [send, read] = ["browser", "read"].map((kind) => token("add", "--project", "other", "--kind", kind).trim());
  const reads = { "X-MTrace-Token": read ?? "" };
  await until("the tokens are known", async () => (await service.get("/api/status", reads)).status === 200);
  const from = (await (await service.get("/api/status")).json()).store.newestIngest as number;
  const [own, other] = [await follow(service.url), await follow(service.url, reads)];
  await service.post(batch([event({ session_id: "mine" })]));
  const theirs = event({ session_id: "theirs", project_id: "other" });
  expect((await service.post(batch([theirs]), { "X-MTrace-Token": send ?? "" })).status).toBe(202);
  await service.post(batch([event({ session_id: "mine" })]));
  const past = await follow(service.url, { ...reads, "Last-Event-ID": String(from) });
  await until("each its own", () => own.frames.length >= 2 && other.frames.length >= 1 && past.frames.length >= 1);
  const heard = ({ frames }: { frames: { data: Record<string, unknown> }[] }) =>
    frames.map(({ data }) => data.session_id);
  expect([heard(own), heard(other), heard(past)]).toEqual([["mine", "mine"], ["theirs"], ["theirs"]]);
  for (const follower of [own, other, past]) follower.close();
});
