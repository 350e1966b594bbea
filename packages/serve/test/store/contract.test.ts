// Does each store keep the contract of stores?
// SPDX-License-Identifier: MPL-2.0
import { describe, test } from "vitest";
import { memoryStore } from "../../src/store/memory.js";
import { cases } from "./cases.js";
import { readingCases } from "./cases-reading.js";
import { removalCases } from "./cases-removal.js";

const all = [...cases, ...readingCases, ...removalCases];

describe("in memory", () => {
  test.each(all)("$name", async ({ check }) => {
    const store = memoryStore();
    await check(store);
    await store.close();
  });
});
