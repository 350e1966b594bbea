// Which file does each address of a page bring, and under which policy, and what is said where the pages were not built?
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readOptions } from "../../src/options.js";
import { type Service, startService } from "../../src/service.js";
import { systemClock } from "../../src/sessions/clock.js";
import { memoryStore } from "../../src/store/memory.js";
import { folder, removeFolder } from "../helpers/service.js";

const ui = folder();
const { settings } = readOptions(["--port", "0", "--store", "memory"], {});
const log = { info: () => {}, warn: () => {} };
const begin = (uiFolder: string): Promise<Service> =>
  startService({ settings, store: memoryStore(), clock: systemClock, log, uiFolder, version: "0", environment: {} });

let service: Service;
beforeAll(async () => {
  mkdirSync(join(ui, "assets"));
  const files = { "index.html": "first", "demo.html": "player", "assets/app.js": "script", "assets/app.css": "style" };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(ui, name), text);
  service = await begin(ui);
});
afterAll(async () => {
  await service.close();
  removeFolder(ui);
});

describe("pages", () => {
  test.each([
    ["/", 200, "first", "text/html"],
    ["/sessions/some-id", 200, "first", "text/html"],
    ["/demo?session_id=x", 200, "player", "text/html"],
    ["/assets/app.js", 200, "script", "text/javascript"],
    ["/assets/app.css", 200, "style", "text/css"],
    ["/assets/none.js", 404, "there is no", "text/plain"],
    ["/incidents/4.2", 200, "first", "text/html"],
    ["/nothing", 404, "first", "text/html"],
    ["/sessionsx/some-id", 404, "first", "text/html"],
    ["/%2e%2e/%2e%2e/etc/passwd", 404, "first", "text/html"],
    ["/..%2f..%2fpackage.json", 404, "there is no", "text/plain"],
    ["/api/none", 404, "not_found", "application/json"],
  ])("%s: %d %s", async (path, status, text, type) => {
    const answer = await fetch(service.url + path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toContain(type);
    expect(await answer.text()).toContain(text);
  });

  test("load nothing of others; only the player's page may make threads and media", async () => {
    const policy = async (path: string) => (await fetch(service.url + path)).headers.get("content-security-policy");
    expect(await policy("/")).toContain("trusted-types 'none'");
    expect(await policy("/demo")).toContain("worker-src 'self' blob:");
    for (const path of ["/", "/demo", "/assets/app.js"]) {
      expect(await policy(path)).toContain("default-src 'none'");
      expect(await policy(path)).not.toMatch(/unsafe|\*|https?:/);
    }
  });

  test("that were not built are said to be missing; the API is there", async () => {
    const bare = await begin(join(ui, "nowhere"));
    const answer = await fetch(bare.url);
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining("npm run build")]);
    expect((await fetch(`${bare.url}/api/health`)).status).toBe(200);
    await bare.close();
  });
});
