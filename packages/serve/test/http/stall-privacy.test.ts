// Is nothing of a person, and no secret, in what is kept of windows and stalls; does a deleted session take its stalls with it, do other projects hear nothing of them; and can a person say which path is which stream?
// SPDX-License-Identifier: MPL-2.0
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { iso, play, postWindows, stalled, stallsOf, windowBatch, windowOf } from "../helpers/pipeline.js";
import { batch, event, program, removeFolder, type Started, start, until } from "../helpers/service.js";
import { follow } from "../helpers/sse.js";

let service: Started;
beforeAll(async () => {
  service = await start({ args: ["--lab", "--pyroscope-url", "http://joe:planted-pyroscope-4711@127.0.0.1:9"] });
});
afterAll(async () => {
  await service.stop();
  removeFolder(service.dataDir);
});

/** Not in a way that holds up this process: connections that the service closes meanwhile would be used again. */
const run = (...words: string[]): Promise<{ status: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, ...words, "--data-dir", service.dataDir], (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

const bytesBelow = (path: string): Buffer[] =>
  readdirSync(path).flatMap((name) => {
    const child = join(path, name);
    return statSync(child).isDirectory() ? bytesBelow(child) : [readFileSync(child)];
  });
const found = (haystack: Buffer[], needles: string[]): string[] =>
  needles.filter((needle) => haystack.some((bytes) => bytes.includes(needle)));

test("nothing that was planted beside windows and stalls is kept, logged or answered", async () => {
  const headers = {
    "User-Agent": "planted-agent-4711",
    Cookie: "a=planted-cookie-4711",
    "X-Forwarded-For": "203.0.113.77",
  };
  const window = { ...windowOf(Date.now() - 2000), user: "planted-field-4711" };
  expect((await postWindows(service, { ...windowBatch([window]), owner: "planted-owner-4711" }, headers)).status).toBe(
    202,
  );
  await postWindows(service, windowBatch([windowOf(Date.now())]), { "X-MTrace-Token": "planted-token-4711" });
  const atMs = await play(service);
  const view = await stalled(service, "kept-viewer", atMs, {
    manifest_url: "https://u:planted-password-4711@a.example/x?planted-query-4711",
  });
  expect(view.verdict).toBe("element");
  expect(view.profile?.url).toMatch(/^http:\/\/127\.0\.0\.1:9\/\?query=/);
  const paths = [
    "/api/stream-sessions/kept-viewer/stalls",
    "/api/incidents",
    "/api/streams",
    "/api/streams/demo/pipeline",
    "/api/status",
  ];
  const answers = await Promise.all(
    [...paths, view.profile?.flamegraph ?? ""].map(async (path) => (await service.get(path)).text()),
  );
  const texts = [...answers, service.printed(), await (await service.get("/api/metrics")).text()].map((text) =>
    Buffer.from(text),
  );
  const all = [...bytesBelow(service.dataDir), ...texts];
  expect(found(all, ["kept-viewer"])).toEqual(["kept-viewer"]);
  const planted = ["agent", "cookie", "field", "owner", "token", "password", "query", "pyroscope"].map(
    (what) => `planted-${what}-4711`,
  );
  expect(found(all, [...planted, "203.0.113.77"])).toEqual([]);
});

test("a deleted session takes its stalls with it, from every file, and leaves those of others and the windows", async () => {
  const atMs = Date.now();
  await Promise.all(["to-be-deleted", "neighbour"].map((id) => stalled(service, id, atMs)));
  const admin = (await run("token", "add", "--project", "demo", "--kind", "admin")).stdout.trim();
  const remove = () =>
    fetch(`${service.url}/api/stream-sessions/to-be-deleted`, {
      method: "DELETE",
      headers: { "X-MTrace-Token": admin },
    });
  await until("the token is known", async () => (await remove()).status === 200);
  const { stalls } = await (await service.get("/api/streams/demo/stalls")).json();
  const ids = stalls.map((one: { stall: { session_id: string } }) => one.stall.session_id);
  expect([ids.includes("to-be-deleted"), ids.includes("neighbour")]).toEqual([false, true]);
  expect(found(bytesBelow(service.dataDir), ["to-be-deleted"])).toEqual([]);
  const { windows } = await (await service.get("/api/streams/demo/pipeline")).json();
  expect(windows.length).toBeGreaterThan(10);
});

test("a follower of another project hears nothing of a stall", async () => {
  const token = (await run("token", "add", "--project", "other", "--kind", "read")).stdout.trim();
  const headers = { "X-MTrace-Token": token };
  await until("the token is known", async () => (await service.get("/api/streams", headers)).status === 200);
  const [foreign, own] = [await follow(service.url, headers), await follow(service.url)];
  await stalled(service, "heard-by-own", Date.now());
  await until("its own frame", () => own.frames.some(({ event }) => event === "stall_attributed"));
  await service.stop();
  await Promise.all([foreign.ended, own.ended]);
  expect(foreign.frames).toEqual([]);
  service = await start({ dataDir: service.dataDir });
});

test("a path that a person maps to a stream, while the service runs, is no guess", async () => {
  await postWindows(service, windowBatch([windowOf(Date.now() - 2000, {}, { stream_id: "mapped" })]));
  const mapped = await run("stream", "map", "https://a.example/some/where.m3u8?x=1", "mapped");
  expect([mapped.status, mapped.stdout]).toEqual([
    0,
    expect.stringMatching(/^\/some\/where\.m3u8 is mapped from now on/),
  ]);
  expect((await run("stream", "list")).stdout).toBe("/some/where.m3u8  mapped\n");
  const viewer = async (id: string) => {
    const manifest = {
      event_name: "manifest_loaded",
      session_id: id,
      meta: { manifest_url: "https://b.example/some/where.m3u8" },
    };
    const stall = { event_name: "rebuffer_started", session_id: id, client_timestamp: iso(Date.now()) };
    await service.post(batch([event(manifest), event(stall)]));
  };
  await viewer("viewer-of-mapped");
  await until("it is judged", async () => (await stallsOf(service, "viewer-of-mapped")).length === 1);
  const [view] = await stallsOf(service, "viewer-of-mapped");
  expect(view?.stall.stream_id).toBe("mapped");
  expect(view?.evidence.map(({ kind }) => kind)).not.toContain("guessed_stream");
  expect((await run("stream", "unmap", "/some/where.m3u8")).stdout).toBe("removed: /some/where.m3u8\n");
  const wrong = [
    ["stream", "unmap", "/some/where.m3u8"],
    ["stream", "map", "/x.m3u8"],
    ["stream", "map", "/x", " "],
    ["stream"],
  ];
  for (const words of wrong) {
    const { status, stderr } = await run(...words);
    expect([words, status]).toEqual([words, 2]);
    expect(stderr).toContain("stream");
  }
});
