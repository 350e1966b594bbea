// Do memory, WAL and file stay flat while players come and go? (12 simulated minutes; `node packages/serve/test/hour/hour.mjs` is the hour)
// SPDX-License-Identifier: MPL-2.0
import { afterAll, expect, test } from "vitest";
import { removeBundles } from "../helpers/bundle.mjs";
import { growth, liveThrough } from "./hour.mjs";

afterAll(removeBundles);

test("12 simulated minutes leave files that do not grow, and sessions that stall and end", async () => {
  const figures = await liveThrough({ minutes: 12, perSecond: 50 });
  expect(figures.length).toBe(12);
  const { rssMb, fileMb, largestWalMb } = growth(figures);
  expect(rssMb).toBeLessThan(20);
  expect(fileMb).toBeLessThan(1);
  expect(largestWalMb).toBeLessThanOrEqual(65);
  const last = figures[11];
  expect(last?.events).toBeLessThanOrEqual(3 * 60 * 50);
  expect(last?.events).toBeGreaterThan(50 * 50);
  expect(last?.active + last?.stalled + last?.ended).toBeLessThan(6 * 5);
  expect(last?.ended).toBeGreaterThan(0);
});
