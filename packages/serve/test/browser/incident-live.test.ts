// Does a viewer's stall become an incident on an open page by itself, with the words and numbers of the real service?
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium, launch } from "../../../../test/helpers/browser.js";
import { play, stallEnd, stalled } from "../helpers/pipeline.js";
import { batch, event, removeFolder, type Started, start } from "../helpers/service.js";
import { openContext, openIn } from "./open-page.js";
import { unfoundNumbers } from "./sentences-said.js";

let service: Started;
let browser: Browser;
beforeAll(async () => {
  if (hasChromium) [service, browser] = await Promise.all([start(), launch()]);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
  if (service !== undefined) removeFolder(service.dataDir);
});

/** What a player with an SDK tells before it stalls. */
const watched = (atMs: number) =>
  Array.from({ length: 10 }, (_, second) =>
    event({
      ...{ session_id: "viewer", sequence_number: second },
      client_timestamp: new Date(atMs - 10_000 + second * 1000).toISOString(),
      meta: { stream_id: "demo", buffer_ms: 5000 - 500 * second, frag_load_ms: 31, frag_duration_ms: 2000 },
    }),
  );

describe.skipIf(!hasChromium)("an incident of the real service", () => {
  test("comes up on the list that is open, leads to its page, and ends there, too", async () => {
    const context = await openContext(browser, service);
    const { page, complaints } = await openIn(context, service, "/incidents");
    await page.waitForSelector("header >> text=live");
    await page.waitForSelector("text=npm run lab -- --fault enc:burn=60ms@20s");
    const stacks = [{ path: "main/enc", frames: ["gst_pad_push", "x264_encode"], ms: 900 }];
    const endMs = await play(service, { more: { stacks } });
    await service.post(batch(watched(endMs)));
    const view = await stalled(service, "viewer", endMs);
    expect(view).toMatchObject({ verdict: "element", element: { path: "main/enc" } });
    await page.click(".incidents a");
    await page.waitForSelector(".judgement >> text=slow element: main/enc (x264enc)");
    expect(await page.locator("main h1").textContent()).toBe(view.sentence);
    expect(await unfoundNumbers(page)).toEqual([]);
    await page.waitForSelector("text=0.60 to 1.00 of real time");
    await page.waitForSelector("text=0.0 to 5.0 s");
    await page.waitForSelector(".ranking .named >> text=enc");
    await page.waitForSelector("text=/of CPU time, from the agent/");
    await page.waitForSelector("#flame g.frame >> text=x264_encode");
    await page.waitForSelector("main > .detail >> text=goes on");
    await service.post(batch([stallEnd("viewer", endMs, 2500)]));
    await page.waitForSelector("main > .detail >> text=2.5 s at worst");
    await page.goto(`${service.url}/`);
    await page.waitForSelector(".streams >> text=/of real time|last window/");
    await page.waitForSelector(`.streams a:has-text("${view.sentence.slice(0, 20)}")`);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
