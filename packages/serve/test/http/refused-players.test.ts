// Does the person who runs the service hear that players are refused for their origin or token, without a line for each, and without what nobody may read?
// SPDX-License-Identifier: MPL-2.0
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Log } from "../../src/telemetry/log.js";
import { originRefused, tokenRefused } from "../../src/telemetry/refusals.js";
import { batch, removeFolder, type Started, start, TOKEN } from "../helpers/service.js";

const KNOWN = "https://player.example";
let service: Started;
beforeAll(async () => {
  service = await start({ args: ["--allow-origin", KNOWN] });
});
afterAll(async () => {
  await service.stop();
  removeFolder(service.dataDir);
});

interface Line {
  level: string;
  message: string;
  origin?: string;
  why?: string;
}

const warnings = (): Line[] =>
  service
    .log()
    .split("\n")
    .filter((line) => line.includes('"warn"'))
    .map((line) => JSON.parse(line) as Line);

async function rises(act: () => Promise<unknown>): Promise<{ origins: number; tokens: number }> {
  const of = async () => {
    const { mtrace_origins_refused_total: origins = -1, mtrace_tokens_refused_total: tokens = -1 } =
      await service.counters();
    return { origins, tokens };
  };
  const before = await of();
  await act();
  const after = await of();
  return { origins: after.origins - before.origins, tokens: after.tokens - before.tokens };
}

const preflight = (path: string, Origin: string) =>
  fetch(service.url + path, { method: "OPTIONS", headers: { Origin } });

test("preflights of an unknown origin are counted, and one line names the origin alone", async () => {
  const act = async () => {
    await preflight("/api/cmcd", "http://user:planted@pages.example:3000/planted?key=planted");
    for (const path of ["/api/playback-events", "/cmcd/event-mode"]) await preflight(path, "http://pages.example:3000");
  };
  expect(await rises(act)).toEqual({ origins: 3, tokens: 0 });
  const lines = warnings().filter(({ origin }) => origin !== undefined);
  expect(lines).toMatchObject([
    { origin: "http://pages.example:3000", message: expect.stringContaining("--allow-origin") },
  ]);
  expect(service.printed()).not.toContain("planted");
});

test("known origins, the service's own pages and reading are not counted", async () => {
  const act = async () => {
    await preflight("/api/cmcd", KNOWN);
    await preflight("/api/cmcd", service.url);
    await preflight("/api/stream-sessions", "http://pages.example:3000");
  };
  expect(await rises(act)).toEqual({ origins: 0, tokens: 0 });
});

test("batches with a wrong token or none are counted, and one line says how to get one", async () => {
  const act = async () => {
    expect((await service.post(batch(), { "X-MTrace-Token": TOKEN })).status).toBe(401);
    expect((await service.post(batch(), { "X-MTrace-Token": "" })).status).toBe(401);
  };
  expect(await rises(act)).toEqual({ origins: 0, tokens: 2 });
  const lines = warnings().filter(({ why }) => why !== undefined);
  expect(lines).toMatchObject([{ why: "token_unknown", message: expect.stringContaining("token add --project NAME") }]);
  expect(service.printed()).not.toContain(TOKEN);
});

test("without --lab no address of a demo player is printed: its token would be nobody's", async () => {
  expect(service.printed()).toContain("dashboard: ");
  expect(service.printed()).not.toContain("demo player");
  const lab = await start();
  expect(lab.printed()).toContain(`demo player: ${lab.url}/demo\n`);
  await lab.stop();
  removeFolder(lab.dataDir);
});

test("each kind has a line again a minute later", () => {
  const lines: unknown[] = [];
  const log: Log = { info: () => {}, warn: (_, fields) => lines.push(fields) };
  const counted: string[] = [];
  let nowMs = 5;
  const parts = { log, metrics: { add: (name: string) => void counted.push(name) }, now: () => nowMs };
  for (const at of [5, 60_004, 60_005]) {
    nowMs = at;
    originRefused(parts, "no address\nat all");
    tokenRefused(parts, "token_missing");
  }
  expect(lines).toEqual([{ origin: "null" }, { why: "token_missing" }, { origin: "null" }, { why: "token_missing" }]);
  expect(counted).toHaveLength(6);
});
