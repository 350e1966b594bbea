// What do senders hear while the queue or the disk is full, is each refused event counted, and does the service go on by itself?
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readOptions } from "../../src/options.js";
import { startService } from "../../src/service.js";
import { systemClock } from "../../src/sessions/clock.js";
import { memoryStore } from "../../src/store/memory.js";
import { openStore } from "../../src/store/open.js";
import type { AcceptedBatch, SessionStore } from "../../src/store/port.js";
import { CommitQueue } from "../../src/store/queue.js";
import { temporaryFolder } from "../helpers/folders.js";
import { batch, event, numbersIn, TOKEN, until } from "../helpers/service.js";
import { storeWorker } from "../helpers/store-worker.js";

const headers = { "X-MTrace-Token": TOKEN };

/** In this process, so that its store can be a small or a slow one. */
async function serviceOn(store: SessionStore, dataDir: string) {
  const many = ["--rate-limit-capacity", "10000000", "--rate-limit-refill", "10000000"];
  const { settings } = readOptions(["--lab", "--port", "0", "--data-dir", dataDir, ...many], {});
  const lines: string[] = [];
  const log = { info: (line: string) => lines.push(line), warn: (line: string) => lines.push(line) };
  const parts = { settings, store, clock: systemClock, log, uiFolder: "/nowhere", version: "0", environment: {} };
  const service = await startService(parts);
  onTestFinished(() => service.close());
  const send = async (count: number, meta = {}) => {
    const body = JSON.stringify(batch(Array.from({ length: count }, () => event({ meta }))));
    const answer = await fetch(`${service.url}/api/playback-events`, { method: "POST", headers, body });
    return { status: answer.status, wait: answer.headers.get("Retry-After"), body: await answer.json() };
  };
  const counters = async () => numbersIn(await (await fetch(`${service.url}/api/metrics`)).text());
  const events = async () => (await (await fetch(`${service.url}/api/status`, { headers })).json()).store.events;
  return { send, counters, events, lines };
}

test("a full queue: 503 for what does not fit, each of its events counted, all others kept; then it takes again", async () => {
  let begin = (): void => {};
  const disk = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const store = memoryStore();
  const append = store.append.bind(store);
  const commit = async (group: AcceptedBatch[]) => {
    await disk;
    return Promise.all(group.map(append));
  };
  const queue = new CommitQueue(commit, { maxEvents: 250, maxBytes: 1e9 });
  store.append = (one) => queue.push(one);
  const { send, counters, events } = await serviceOn(store, temporaryFolder());
  const sent = Array.from({ length: 10 }, () => send(100));
  await until("eight are refused", async () => (await counters()).mtrace_dropped_events_total === 800);
  expect(await events()).toBe(0);
  begin();
  const answers = await Promise.all(sent);
  const refused = answers.filter(({ status }) => status === 503);
  expect(refused).toHaveLength(8);
  for (const { wait, body } of refused) expect([wait, body.error]).toEqual(["1", "store_busy"]);
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(2);
  expect((await send(100)).status).toBe(202);
  expect(await events()).toBe(300);
  expect(await counters()).toMatchObject({ mtrace_dropped_events_total: 800, mtrace_playback_events_total: 300 });
});

test("a full disk: 503, each event counted, reading goes on, one line in the log; with room again it stores by itself", async ({
  skip,
}) => {
  const directory = temporaryFolder();
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", directory], { stdio: "ignore" });
  if (mounted.status !== 0) return skip("a small file system can be mounted by root only");
  onTestFinished(() => {
    spawnSync("umount", [directory]);
  });
  const ballast = join(directory, "ballast");
  writeFileSync(ballast, Buffer.alloc(1_000_000));
  const store = await openStore({ directory, worker: await storeWorker(), driver: "better-sqlite3" });
  const { send, counters, events, lines } = await serviceOn(store, directory);
  let accepted = 0;
  let dropped = 0;
  for (let refused = 0; refused < 5; ) {
    const { status, wait, body } = await send(50, { pad: "p".repeat(500) });
    if (status === 202) accepted += 50;
    else {
      expect([status, wait, body.error]).toEqual([503, "10", "store_full"]);
      dropped += 50;
      refused++;
    }
  }
  expect(await events()).toBe(accepted);
  expect(await counters()).toMatchObject({
    mtrace_dropped_events_total: dropped,
    mtrace_playback_events_total: accepted,
  });
  rmSync(ballast);
  expect((await send(50)).status).toBe(202);
  expect(await events()).toBe(accepted + 50);
  expect(lines.filter((line) => line.includes("has room again"))).toHaveLength(lines.length / 2);
  expect(lines.filter((line) => line.includes("is full")).length).toBeLessThan(dropped / 50);
});
