// Do the real judge's sentences of each verdict stand on the page once, and each of their numbers in the JSON there?
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium, launch } from "../../../../test/helpers/browser.js";
import { removeFolder, type Started, start } from "../helpers/service.js";
import { answeringJudged, judged } from "./judged.js";
import { type OpenPage, openPage } from "./open-page.js";
import { repeated, unfoundNumbers } from "./sentences-said.js";

let service: Started;
let browser: Browser;
let opened: OpenPage;
beforeAll(async () => {
  if (!hasChromium) return;
  [service, browser] = await Promise.all([start(), launch()]);
  opened = await openPage(browser, service, { path: "/status" });
  await answeringJudged(opened.page);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
  if (service !== undefined) removeFolder(service.dataDir);
});

test("there is one of each verdict, and of delivery each part of the way", () => {
  const kinds = judged.map(({ view }) => view.delivery ?? view.verdict);
  expect(new Set(kinds)).toEqual(
    new Set(["element", "host", "source", "network", "player", "pipeline_down", "unknown"]),
  );
});

describe.skipIf(!hasChromium)("the page of", () => {
  test.each(judged)("$id", async ({ id, view }) => {
    const { page } = opened;
    await page.goto(`${service.url}/incidents/${id}`);
    await page.waitForSelector("section[aria-label='Stalled viewers']");
    expect(await page.locator("main h1").textContent()).toBe(view.sentence);
    expect(await unfoundNumbers(page)).toEqual([]);
    expect(await repeated(page)).toEqual([]);
    const shown = (await page.locator("main").textContent()) ?? "";
    for (const { sentence } of view.evidence) expect(shown).toContain(sentence);
  });
});
