// Is anything of a person in what the service keeps or writes: address, user agent, cookie, token, query, credentials?
import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { batch, event, folder, program, removeFolder, start, until } from "../helpers/service.js";
import { follow } from "../helpers/sse.js";

const dataDir = folder();
afterAll(() => removeFolder(dataDir));

/** Each is sent in its place; none may be found anywhere afterwards. */
const planted = {
  userAgent: "PlantedAgent-4711",
  cookie: "planted-cookie-4711",
  token: "planted-token-4711",
  query: "planted-query-4711",
  password: "planted-password-4711",
  forwarded: "203.0.113.77",
  referer: "planted-referer-4711",
  authorization: "planted-authorization-4711",
};

function bytesBelow(path: string): Buffer[] {
  return readdirSync(path).flatMap((name) => {
    const child = join(path, name);
    return statSync(child).isDirectory() ? bytesBelow(child) : [readFileSync(child)];
  });
}

const found = (haystack: Buffer[], needles: Iterable<string>): string[] =>
  [...needles].filter((needle) => haystack.some((bytes) => bytes.includes(needle)));

test("nothing that was planted is in the data directory, the log, the metrics or an answer, before and after the end", async () => {
  const service = await start({ dataDir });
  const headers = {
    "User-Agent": planted.userAgent,
    Cookie: `a=${planted.cookie}`,
    "X-Forwarded-For": planted.forwarded,
    Referer: `https://a.example/?${planted.referer}`,
  };
  const url = `https://user:${planted.password}@a.example/live/x.m3u8?key=${planted.query}`;
  const meta = { url, manifest_url: url, note: `see ${url}`, "network.url": url, detail: url };
  expect((await service.post(batch([event({ session_id: "kept-session", meta })]), headers)).status).toBe(202);
  for (const path of [
    `/api/stream-sessions?x=${planted.query}`,
    `/?key=${planted.token}`,
    `/api/nothing?token=${planted.token}`,
  ])
    await fetch(service.url + path, {
      headers: { ...headers, "X-MTrace-Token": planted.token, Authorization: `Bearer ${planted.authorization}` },
    });
  await service.post(batch(), { ...headers, "X-MTrace-Token": planted.token });
  const report = `e=ps,sta=p,sid="kept-cmcd",sn=1,v=2,url="${url}",nor="x.mp4?${planted.query}"`;
  await fetch(`${service.url}/api/cmcd?token=${planted.token}`, { method: "POST", headers, body: report });
  await fetch(`${service.url}/api/cmcd?token=demo-token`, { method: "POST", headers, body: report });
  const follower = await follow(service.url, { ...headers, "Last-Event-ID": "0" });
  await until("its past", () => follower.frames.length > 0);
  const answers = await Promise.all(
    ["/api/metrics", "/api/status", "/api/stream-sessions/kept-session", "/api/stream-sessions/kept-cmcd"].map(
      async (path) => (await service.get(path)).text(),
    ),
  );
  const texts = [...answers, JSON.stringify(follower.frames), service.printed()].map((text) => Buffer.from(text));
  follower.close();
  const running = bytesBelow(dataDir);
  expect(found(running, ["kept-session", "a.example"])).toEqual(["kept-session", "a.example"]);
  expect(found([...running, ...texts], Object.values(planted))).toEqual([]);
  await service.stop();
  const secrets = [...Object.values(planted), "demo-token"];
  expect(found([...bytesBelow(dataDir), Buffer.from(service.printed())], secrets)).toEqual([]);
});

test("a deleted session is in no file any more, while the service runs; its neighbours are", async () => {
  const service = await start({ dataDir });
  const ids = Array.from({ length: 20 }, (_, index) => `to-be-deleted-${String(index).padStart(2, "0")}`);
  const events = ids.map((session_id) => event({ session_id, meta: { note: `of ${session_id}` } }));
  await service.post(batch(events));
  const add = ["token", "add", "--project", "demo", "--kind", "admin", "--data-dir", dataDir];
  const token = spawnSync(process.execPath, [program, ...add], { encoding: "utf8" }).stdout.trim();
  const [first = "", ...others] = ids;
  const remove = () =>
    fetch(`${service.url}/api/stream-sessions/${first}`, { method: "DELETE", headers: { "X-MTrace-Token": token } });
  await until("the token is known", async () => (await remove()).status === 200);
  expect(found(bytesBelow(dataDir), ids)).toEqual(others);
  await service.stop();
});

test("no other user of the machine may read the data directory's files, those of an earlier version included", async () => {
  const own = folder();
  const openFiles = () => readdirSync(own).filter((name) => (statSync(join(own, name)).mode & 0o077) !== 0);
  const first = await start({ dataDir: own });
  await first.post(batch());
  expect(readdirSync(own)).toEqual(expect.arrayContaining(["sessions.sqlite", "sessions.sqlite-wal", "lock.sqlite"]));
  expect(openFiles()).toEqual([]);
  await first.stop();
  for (const name of ["sessions.sqlite", "lock.sqlite"]) chmodSync(join(own, name), 0o644);
  const second = await start({ dataDir: own });
  expect((await second.post(batch())).status).toBe(202);
  expect(openFiles()).toEqual([]);
  await second.stop();
  removeFolder(own);
});

test("the password of the endpoint for spans is sent as a header, and is in no line of the log", async () => {
  const seen: (string | undefined)[] = [];
  const collector = createServer((asked, answer) => {
    seen.push(asked.headers.authorization);
    asked.resume();
    answer.writeHead(500).end();
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const { port } = collector.address() as AddressInfo;
  const own = folder();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://joe:planted-otlp-4711@127.0.0.1:${port}` };
  const service = await start({ dataDir: own, env });
  await service.post(batch());
  await service.stop();
  expect(seen).toEqual([`Basic ${Buffer.from("joe:planted-otlp-4711").toString("base64")}`]);
  expect(service.printed()).toContain("spans were not delivered");
  expect(service.printed()).not.toContain("planted-otlp-4711");
  collector.close();
  removeFolder(own);
});
