// Does the first page show a viewer whose playback failed, until it plays again, and does the session's page say it, too?
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium, launch } from "../../../../test/helpers/browser.js";
import { batch, event, removeFolder, type Started, start } from "../helpers/service.js";
import { openContext, openIn } from "./open-page.js";

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

const meta = { stream_id: "demo" };
const tells = (session_id: string, event_name: string, more: Record<string, unknown> = {}) =>
  service.post(batch([event({ session_id, event_name, meta: { ...meta, ...more } })]));

describe.skipIf(!hasChromium)("a viewer whose playback failed", () => {
  test("stands on the first page with the player's word for it, and is not counted as stalled", async () => {
    await tells("fine", "playback_started");
    await tells("broken", "rebuffer_started");
    await tells("broken", "playback_error", { fatal: true, error_code: "bufferAppendError" });
    const context = await openContext(browser, service);
    const { page, complaints } = await openIn(context, service, "/");
    await page.waitForSelector("h1:text-is('2 viewers, none of them stalled. Playback failed for 1 viewer.')");
    const row = page.locator("section[aria-label='Failed playback'] tbody tr");
    expect(await row.locator("td").allTextContents()).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d$/),
      ...["broken", "demo", "bufferAppendError"],
    ]);
    await row.locator("a").click();
    await page.waitForSelector("h1:has-text('Session broken')");
    await page.waitForSelector("main .state >> text=playback failed");
    await page.goBack();
    await tells("broken", "playback_started");
    await page.waitForSelector("h1:text-is('2 viewers, none of them stalled.')");
    expect(await page.locator("section[aria-label='Failed playback']").count()).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
