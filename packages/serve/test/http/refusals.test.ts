// Is what cannot be kept as it was sent, read again, or asked for, refused with a sentence instead of changed or overlooked?
// SPDX-License-Identifier: MPL-2.0
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { batch, event, folder, program, removeFolder, type Started, start, TOKEN, until } from "../helpers/service.js";

let service: Started;
const media = folder();
beforeAll(async () => {
  writeFileSync(join(media, "seg-1.ts"), "a segment");
  service = await start();
});
afterAll(async () => {
  await service.stop();
  for (const path of [service.dataDir, media]) removeFolder(path);
});

const sendBytes = (path: string, body: Buffer) =>
  fetch(service.url + path, { method: "POST", headers: { "X-MTrace-Token": TOKEN }, body: new Uint8Array(body) });
const spoilt = (text: string, bad: number[]): Buffer => {
  const [before = "", after = ""] = text.split("SPOILT");
  return Buffer.concat([Buffer.from(before), Buffer.from(bad), Buffer.from(after)]);
};

test.each([
  ["a byte that begins nothing", [0xff]],
  ["half a character", [0xc3]],
  ["a surrogate", [0xed, 0xa0, 0x80]],
  ["an overlong slash", [0xc0, 0xaf]],
])("%s is refused, by JSON and by CMCD, and nothing is stored", async (_, bad) => {
  const before = (await (await service.get("/api/status")).json()).store.events;
  const json = spoilt(JSON.stringify(batch([event({ session_id: "utf", meta: { note: "SPOILT" } })])), bad);
  const report = spoilt('e=ps,sta=p,sid="utf",cid="SPOILT",sn=1,v=2', bad);
  for (const answer of [await sendBytes("/api/playback-events", json), await sendBytes("/api/cmcd", report)]) {
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: "body_not_json", reason: expect.stringContaining("UTF-8") });
  }
  expect((await (await service.get("/api/status")).json()).store.events).toBe(before);
});

test.each(["a/b", "a b", "ü", "😀", "?", "#", "%", "%2e", "...", "streams", "stream/x"])(
  "a session named %s is read, and nothing else",
  async (session_id) => {
    expect((await service.post(batch([event({ session_id })]))).status).toBe(202);
    const answer = await service.get(`/api/stream-sessions/${encodeURIComponent(session_id)}`);
    expect((await answer.json()).session.session_id).toBe(session_id);
  },
);

test.each(["stream", ".", ".."])("a session named %s, which no address could name, is refused", async (session_id) => {
  const answer = await service.post(batch([event({ session_id })]));
  expect(answer.status).toBe(422);
  expect(await answer.json()).toMatchObject({ error: "event_invalid", reason: expect.stringContaining("session_id") });
  const report = await sendBytes("/api/cmcd", Buffer.from(`e=ps,sta=p,sid="${session_id}",sn=1,v=2`));
  expect(report.status).toBe(422);
});

test.each(["unknown", "", "Active", "active,ended"])("sessions in the state %j are not asked for", async (state) => {
  const answer = await service.get(`/api/stream-sessions?state=${state}`);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({
    error: "state_invalid",
    reason: "state must be one of active, stalled, ended, or be left out",
  });
});

test("a reader hears of its own project only; an admin and the service's own pages of all", async () => {
  const add = (kind: string, project: string): string => {
    const words = ["token", "add", "--project", project, "--kind", kind, "--data-dir", service.dataDir];
    return spawnSync(process.execPath, [program, ...words], { encoding: "utf8" }).stdout.trim();
  };
  const [read, admin] = [add("read", "secret-launch"), add("admin", "secret-launch")];
  const page = await fetch(service.entry, { redirect: "manual" });
  const cookie = (page.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const projects = async (headers: Record<string, string>) =>
    (await (await service.get("/api/status", headers)).json()).projects;
  await until("the tokens are known", async () => (await projects({ "X-MTrace-Token": admin })) !== undefined);
  expect(await projects({ "X-MTrace-Token": read })).toEqual(["secret-launch"]);
  expect(await projects({ "X-MTrace-Token": TOKEN })).toEqual(["demo"]);
  expect(await projects({ "X-MTrace-Token": admin })).toEqual(["demo", "secret-launch"]);
  expect(await projects({ Cookie: cookie })).toEqual(["demo", "secret-launch"]);
});

test("strangers who report in the addresses of segments cannot use up the project's rate", async () => {
  const args = ["--lab", "--origin", media, "--rate-limit-capacity", "40", "--rate-limit-refill", "1"];
  const small = await start({ args });
  await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const report = encodeURIComponent(`ot=v,sid="stranger-${index}"`);
      expect((await fetch(`${small.url}/live/seg-1.ts?CMCD=${report}`)).status).toBe(200);
    }),
  );
  await until("most of them are refused", async () => (await small.counters()).mtrace_rate_limited_events_total === 40);
  expect((await small.post(batch(Array.from({ length: 40 }, () => event())))).status).toBe(202);
  await small.stop();
  removeFolder(small.dataDir);
});
