// Do windows count when a store may not become larger, and does what is oldest go first, windows or events?
// SPDX-License-Identifier: MPL-2.0
import { randomBytes } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/store/open.js";
import { temporaryFolder } from "../helpers/folders.js";
import { storeWorker } from "../helpers/store-worker.js";
import { run, t0 } from "./build.js";
import { windowRow } from "./build-stalls.js";

const keep = { eventsMs: 1e12, sessionsMs: 1e12 };

test("old windows go for space, then old events, then windows again", async () => {
  const store = await openStore({
    directory: temporaryFolder(),
    worker: await storeWorker(),
    driver: "better-sqlite3",
  });
  onTestFinished(() => store.close());
  const windowsFrom = (fromMs: number) =>
    Array.from({ length: 60 }, (_, i) => windowRow(fromMs + 2000 * i, { topology: randomBytes(1000).toString("hex") }));
  await store.stalls.putWindows(windowsFrom(t0));
  await store.append(run("s", 300, { receivedMs: t0 + 1_000_000 }));
  await store.stalls.putWindows(windowsFrom(t0 + 2_000_000));
  const left = async () => {
    const windows = await store.stalls.windows("demo", "demo", { fromMs: 0, untilMs: 9e15, limit: 1000 });
    const old = windows.filter(({ fromMs }) => fromMs < t0 + 1_000_000).length;
    return { old, events: (await store.stats()).events, fresh: windows.length - old };
  };
  const retain = async (maxBytes: number) => {
    await store.retain(t0 + 2_500_000, { ...keep, maxBytes });
    return left();
  };
  const { bytes } = await store.stats();
  expect(await retain(bytes)).toEqual({ old: 60, events: 300, fresh: 60 });
  expect(await retain(bytes - 20_000)).toEqual({ old: 0, events: 300, fresh: 60 });
  const smaller = (await store.stats()).bytes;
  expect(await retain(smaller - 5000)).toEqual({ old: 0, events: 0, fresh: 60 });
  expect(await retain(10_000)).toEqual({ old: 0, events: 0, fresh: 0 });
});
