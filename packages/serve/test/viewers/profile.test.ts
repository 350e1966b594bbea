// Without a Pyroscope: does the flame graph behind a real stall show the burning function of the element that was named, by the stacks that the agent sent?
// SPDX-License-Identifier: MPL-2.0
import type { FlameGraph } from "@gst-pyroscope/contract/stall-views";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BURNS, type Burning, burningPipeline, flamesAt, hottest, stallOf, sumMs } from "../helpers/burning.js";
import { removeFolder, type Started, start, until } from "../helpers/service.js";

let service: Started;
let pipeline: Burning;
beforeAll(async () => {
  service = await start();
  pipeline = await burningPipeline(service);
});
afterAll(async () => {
  await pipeline?.stop();
  await service?.stop();
  if (service !== undefined) removeFolder(service.dataDir);
});

test("its hottest function is the one that burns, and nearly all of its time", async () => {
  const view = await stallOf(service, "viewer");
  expect(view).toMatchObject({ verdict: "element", element: { factory: "identity" }, profile: { url: null } });
  expect(view.element?.path).toMatch(/\/enc$/);
  let flames: FlameGraph = { source: "none", unit: "ms", stacks: [] };
  await until("the agent sent stacks", async () => {
    flames = await flamesAt(service, view.profile?.flamegraph ?? "");
    return flames.stacks.length > 0;
  });
  expect(flames.source).toBe("agent");
  const [first] = hottest(flames.stacks);
  expect(first?.name).toMatch(BURNS);
  expect((first?.ms ?? 0) / sumMs(flames.stacks)).toBeGreaterThan(0.5);
});
