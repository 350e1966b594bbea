// A taste of the load: is every event that was answered 202 in the store, and every other one counted? Times are not judged here.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const load = fileURLToPath(new URL("../load/load.mjs", import.meta.url));

test("three seconds of 5000 events a second: rows are answers", () => {
  const done = spawnSync(process.execPath, [load, "--seconds", "3", "--json"], { encoding: "utf8", timeout: 200_000 });
  const result = JSON.parse(done.stdout);
  expect(result.sent).toBe(15_000);
  expect(result.rows).toBe(result.accepted);
  expect(result.accepted + result.dropped).toBe(result.sent);
  expect(result.droppedByMetrics).toBe(result.dropped);
  expect(done.status).toBe(0);
});
