// Does the store keep its contract with the SQLite that Node 22.13 and later bring?
// SPDX-License-Identifier: MPL-2.0
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { node22 } from "../helpers/node22.js";
import { bundle, storeWorker } from "../helpers/store-worker.js";
import { allCases } from "./all-cases.js";
import type { CaseResult } from "./run-cases.js";

const node = node22();
const title = "path" in node ? "in SQLite, by node:sqlite" : `in SQLite, by node:sqlite (skipped: ${node.missing})`;

describe.skipIf("missing" in node)(title, () => {
  let results: CaseResult[] = [];
  let stderr = "";

  beforeAll(async () => {
    const [suite, worker] = [await bundle("test/store/run-cases.ts", "run-cases.js"), await storeWorker()];
    const path = "path" in node ? node.path : "";
    const child = await promisify(execFile)(path, [fileURLToPath(suite), fileURLToPath(worker)]);
    stderr = child.stderr;
    results = child.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as CaseResult);
  });

  test.each(allCases)("$name", ({ name }) => {
    expect(results.find((one) => one.name === name)).toEqual({ name, adapter: "node:sqlite", problem: null });
  });

  test("and nothing is written to stderr, as Node would about its SQLite", () => {
    expect(stderr).toBe("");
  });
});
