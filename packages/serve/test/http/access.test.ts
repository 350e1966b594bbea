// Who may read, who may delete, and which doors stay shut: cookies, other hosts' names, other pages, other addresses?
import { spawnSync } from "node:child_process";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { batch, event, program, removeFolder, type Started, start, TOKEN } from "../helpers/service.js";

let service: Started;
let cookie = "";
beforeAll(async () => {
  service = await start({ args: ["--lab", "--rate-limit-capacity", "1000000"] });
  await service.post(batch());
  const answer = await fetch(service.entry, { redirect: "manual" });
  expect(answer.status).toBe(303);
  expect(answer.headers.get("location")).toBe("/");
  const header = answer.headers.get("set-cookie") ?? "";
  expect(header).toMatch(/HttpOnly/);
  expect(header).toMatch(/SameSite=Strict/);
  cookie = header.split(";")[0] ?? "";
});
afterAll(async () => {
  await service.stop();
  removeFolder(service.dataDir);
});

const list = "/api/stream-sessions";
const status = async (path: string, headers: Record<string, string>) => (await service.get(path, headers)).status;

/** fetch sets some headers itself. */
const raw = (path: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const asked = request(service.url + path, { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.once("error", reject).end();
  });

const run = (...args: string[]) =>
  spawnSync(process.execPath, [program, ...args], { encoding: "utf8", timeout: 60_000 });
const addToken = (kind: string, project = "demo"): string =>
  run("token", "add", "--project", project, "--kind", kind, "--data-dir", service.dataDir).stdout.trim();

describe("access", () => {
  test("the cookie of the printed address reads", async () => {
    for (const path of [list, `${list}/session-1`, "/api/status"])
      expect(await status(path, { Cookie: cookie })).toBe(200);
  });

  test("a wrong key opens nothing, and a made-up cookie neither", async () => {
    expect((await fetch(`${service.url}/?key=x`, { redirect: "manual" })).status).toBe(401);
    expect(await status(list, { Cookie: `${cookie}x` })).toBe(401);
    expect(
      await status(list, { Cookie: cookie.replace(/=.*/, `=${new URL(service.entry).searchParams.get("key")}`) }),
    ).toBe(401);
  });

  test("no other page can use the cookie", async () => {
    expect(await raw(list, { Cookie: cookie, "Sec-Fetch-Site": "cross-site" })).toBe(401);
    expect(await raw(list, { Cookie: cookie, "Sec-Fetch-Site": "same-site" })).toBe(401);
    expect(await raw(list, { Cookie: cookie, Origin: "http://localhost:1" })).toBe(401);
    expect(await raw(list, { Cookie: cookie, "Sec-Fetch-Site": "same-origin" })).toBe(200);
  });

  test("the cookie neither sends nor deletes, and is counted where it is ignored", async () => {
    const before = await service.counters();
    expect((await service.post(batch(), { "X-MTrace-Token": "", Cookie: cookie })).status).toBe(401);
    expect((await service.post(batch(), { Cookie: cookie })).status).toBe(202);
    const after = await service.counters();
    expect((after.mtrace_cookies_ignored_total ?? 0) - (before.mtrace_cookies_ignored_total ?? 0)).toBe(2);
    const answer = await fetch(`${service.url}${list}/session-1`, { method: "DELETE", headers: { Cookie: cookie } });
    expect(answer.status).toBe(401);
  });

  test("a name that is not the service's is refused: a page that made its own name lead here", async () => {
    const { port } = new URL(service.url);
    for (const path of [list, "/", "/api/health"]) expect(await raw(path, { Host: `evil.example:${port}` })).toBe(421);
    expect(await raw("/api/health", { Host: `localhost:${port}` })).toBe(200);
  });

  test("tokens added while the service runs: each kind may what it is for, in its project", async () => {
    const [browser, read, admin, foreign] = ["browser", "read", "admin"]
      .map((kind) => addToken(kind))
      .concat(addToken("read", "other"));
    const using = (token: string | undefined) => ({ "X-MTrace-Token": token ?? "" });
    await expect.poll(() => status(`${list}/session-1`, using(foreign)), { timeout: 30_000 }).toBe(404);
    expect(await status(list, using(browser))).toBe(403);
    expect(await status(list, using(read))).toBe(200);
    expect(await status(list, { Authorization: `Bearer ${read}` })).toBe(200);
    expect((await service.post(batch(), using(browser))).status).toBe(202);
    expect((await service.post(batch(), using(read))).status).toBe(403);
    const none = await (await service.get(list, using(foreign))).json();
    expect(none).toEqual({ sessions: [] });
    await service.post(batch([event({ session_id: "to-delete" })]));
    const remove = (token: string | undefined) =>
      fetch(`${service.url}${list}/to-delete`, { method: "DELETE", headers: using(token) });
    expect((await remove(read)).status).toBe(403);
    expect(await (await remove(admin)).json()).toEqual({ removed: { sessions: 1, events: 1 } });
    expect((await remove(admin)).status).toBe(404);
    expect(await status(`${list}/to-delete`, using(read))).toBe(404);
    for (const token of [browser, read, admin, foreign]) expect(service.printed()).not.toContain(token);
  });

  test.each([
    [["--address", "0.0.0.0"], "--allow-origin"],
    [["--address", "0.0.0.0", "--allow-origin", "https://a.example", "--lab"], "demo-token"],
    [["--allow-origin", "https://a.example/path"], "no origin"],
    [["--port", "70000"], "port"],
    [["--no-such"], "--help"],
    [["nonsense"], "nonsense"],
    [["token", "add", "--project", "demo", "--kind", "king"], "browser"],
    [["token", "add"], "--project NAME, and --kind browser"],
    [["token", "add", "--kind", "read"], "--project NAME"],
    [["token", "add", "--project", "demo"], "--kind browser"],
    [["token", "remove", "abc"], "abc is no hash"],
    [["token", "remove"], "token remove HASH"],
    [["--retain-events", "soon"], "30d"],
  ])("%j is refused with a sentence and exit code 2", (args, word) => {
    const {
      status: code,
      stderr,
      stdout,
    } = run(...args, "--data-dir", `${service.dataDir}/unused`, ...(args.includes("--port") ? [] : ["--port", "0"]));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain(word);
  });

  test("the token of the lab is nobody's without --lab", async () => {
    const plain = await start({ args: [] });
    expect((await plain.post(batch(), { "X-MTrace-Token": TOKEN })).status).toBe(401);
    await plain.stop();
    removeFolder(plain.dataDir);
  });
});
