// Does a process that is killed under load lose an acknowledged event? (twice; `node packages/serve/test/kill/kill.mjs` does it twenty times)
// SPDX-License-Identifier: MPL-2.0
import { afterAll, expect, test } from "vitest";
import { removeBundles } from "../helpers/bundle.mjs";
import { isBuilt, kill } from "./kill.mjs";

afterAll(removeBundles);

test("the store is killed twice under load, and has all that it acknowledged", async () => {
  const result = await kill({ times: 2, seed: 19 });
  expect(result.kills).toBe(2);
  expect(result.acknowledged).toBeGreaterThanOrEqual(400);
  expect(result.kept).toBeGreaterThanOrEqual(result.acknowledged);
});

test.skipIf(!isBuilt)("so has the service, over HTTP (skipped where dist/serve.js is not built)", async () => {
  const result = await kill({ times: 1, seed: 19, server: true });
  expect(result.acknowledged).toBeGreaterThanOrEqual(200);
});
