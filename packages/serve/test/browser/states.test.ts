// What do the dashboard's pages show when there is nothing, no permission, no service, or something new?
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium, launch } from "../../../../test/helpers/browser.js";
import { batch, event, removeFolder, type Started, start, until } from "../helpers/service.js";
import { openContext, openIn } from "./open-page.js";

let service: Started;
let browser: Browser;
let context: BrowserContext;
beforeAll(async () => {
  if (!hasChromium) return;
  [service, browser] = await Promise.all([start(), launch()]);
  context = await openContext(browser, service);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
  if (service !== undefined) removeFolder(service.dataDir);
});

/** The page's clock jumps over the wait before it connects again. */
async function isLiveAfterWait(page: Page): Promise<boolean> {
  await page.clock.fastForward(5000);
  return (await page.locator("header .link").textContent()) === "live";
}

describe.skipIf(!hasChromium)("a page", () => {
  test.each(["/", "/sessions"])("%s leads to the lab's player, while it is empty", async (path) => {
    const { page, complaints, close } = await openIn(context, service, path);
    await page.waitForSelector(".notice a[href='/demo']");
    expect(await page.locator("text=npm run lab").count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  test("that does not exist is told so, also to a stranger", async () => {
    const strangers = await openContext(browser, service, { stranger: true });
    const { page } = await openIn(strangers, service, "/nope");
    await page.waitForSelector("h1:text-is('There is no such page')");
    expect(await page.locator("text=may not read here").count()).toBe(0);
    await strangers.close();
  });

  test("names the lab's command where there is no lab, and the demo player the token that it misses", async () => {
    const alone = await start({ args: [] });
    const visitors = await openContext(browser, alone);
    const { page } = await openIn(visitors, alone, "");
    for (const [path, shows] of [
      ["/", "npm run lab"],
      ["/sessions", "npm run lab"],
      ["/demo", "takes no events with the token demo-token"],
    ]) {
      await page.goto(`${alone.url}${path}`);
      await page.waitForSelector(`text=${shows}`);
    }
    await visitors.close();
    await alone.stop();
    removeFolder(alone.dataDir);
  });

  test("of the status has one name for each of its figures, and tells of players that are set up wrong", async () => {
    const statuses = [{ Origin: "https://elsewhere.test" }, { "X-MTrace-Token": "wrong" }].map(
      async (headers) => (await service.post(batch([event()]), headers)).status,
    );
    expect(await Promise.all(statuses)).toEqual([403, 401]);
    const { page, close } = await openIn(context, service, "/status");
    await page.waitForSelector(".notice >> text=--allow-origin");
    for (const [name, count] of [
      ["requests of pages that may not send", "1"],
      ["batches with a missing or wrong token", "1"],
    ])
      expect(await page.locator(`tr:has(th:text-is("${name}")) td`).textContent()).toBe(count);
    const names = await page.locator("section:not([aria-label^='Counters']) th[scope=row]").allTextContents();
    expect(names.length).toBeGreaterThan(15);
    expect(new Set(names).size).toBe(names.length);
    await close();
  });

  test("tells a stranger how to get in", async () => {
    const strangers = await openContext(browser, service, { stranger: true });
    const { page } = await openIn(strangers, service, "");
    for (const path of ["/", "/sessions", "/session?id=x", "/status"]) {
      await page.goto(service.url + path);
      await page.waitForSelector("text=This browser may not read here");
      await page.waitForSelector("header >> text=not permitted");
    }
    await strangers.close();
  });

  test("of a session that is not there says it", async () => {
    const { page, close } = await openIn(context, service, "/session?id=nobody");
    await page.waitForSelector("text=There is no such session");
    await close();
  });

  test("shows a session as soon as it reports, and leads to it and back by the keyboard", async () => {
    const { page, complaints, close } = await openIn(context, service, "/sessions");
    await page.waitForSelector("header >> text=live");
    await page.waitForSelector("text=No player has reported yet");
    await service.post(batch([event({ event_name: "playback_started", session_id: "fresh" })]));
    await page.focus("a:has-text('fresh')");
    await page.keyboard.press("Enter");
    await page.waitForSelector("h1:has-text('Session fresh')");
    await service.post(batch([event({ event_name: "rebuffer_started", session_id: "fresh" })]));
    await page.waitForSelector("td >> text=rebuffer_started");
    await page.waitForSelector("p >> text=stalled now");
    await page.goBack();
    await page.waitForSelector("h1:text-is('Sessions')");
    await page.waitForSelector("tr:has-text('fresh') >> text=stalled now");
    expect(complaints).toEqual([]);
    await close();
  });

  test("keeps what it has while the service is away, and is live again after a restart", async () => {
    const { page, close } = await openIn(context, service, "");
    await page.clock.install();
    await page.goto(`${service.url}/sessions?state=active`);
    await page.waitForSelector("text=fresh");
    await page.waitForSelector("header >> text=live");
    await service.stop();
    await page.waitForSelector("header >> text=reconnecting");
    await page.waitForSelector("text=fresh");
    const port = new URL(service.url).port;
    service = await start({ dataDir: service.dataDir, args: ["--lab", "--port", port] });
    await until("the page is live again", () => isLiveAfterWait(page));
    await service.post(batch([event({ session_id: "after the restart" })]));
    await page.waitForSelector("text=after the restart");
    await close();
  });
});
