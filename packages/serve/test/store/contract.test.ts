// Does each store keep the contract of stores?
// SPDX-License-Identifier: MPL-2.0
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, test } from "vitest";
import { memoryStore } from "../../src/store/memory.js";
import { openStore } from "../../src/store/open.js";
import { storeWorker } from "../helpers/store-worker.js";
import { allCases } from "./all-cases.js";

describe("in memory", () => {
  test.each(allCases)("$name", async ({ check }) => {
    const store = memoryStore();
    await check(store);
    await store.close();
  });
});

describe("in SQLite, by better-sqlite3", () => {
  let worker: URL;
  beforeAll(async () => {
    worker = await storeWorker();
  });

  test.each(allCases)("$name", async ({ check }) => {
    const directory = mkdtempSync(join(tmpdir(), "gst-pyroscope-store-"));
    const store = await openStore({ directory, worker, driver: "better-sqlite3" });
    try {
      await check(store);
    } finally {
      await store.close();
      rmSync(directory, { recursive: true });
    }
  });
});
