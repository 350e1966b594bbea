// Do the pages of one browser share one live connection, take it over from each other, and know when things happened before?
import type { Browser, BrowserContext } from "playwright-core";
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

const subscribers = async (): Promise<number> =>
  ((await (await service.get("/api/status")).json()) as { subscribers: number }).subscribers;
const stuck = (session_id: string) => event({ event_name: "rebuffer_started", session_id });

describe.skipIf(!hasChromium)("pages of one browser", () => {
  test("share one connection, and lose nothing when the page that has it closes", async () => {
    const streams: string[] = [];
    context.on("request", (request) => {
      if (request.url().includes("/stream-sessions/stream")) streams.push(request.url());
    });
    await service.post(batch([stuck("before")]));
    const first = await openIn(context, service, "/");
    await first.page.waitForSelector("header >> text=/^live$/");
    const others = [await openIn(context, service, "/"), await openIn(context, service, "/demo")];
    for (const { page } of others) await page.waitForSelector("header >> text=/^live$/");
    const [second] = others;
    await second?.page.waitForSelector("section[aria-label='Newest problems'] >> text=before");
    await service.post(batch([stuck("shared")]));
    for (const { page } of [first, second ?? first])
      await page.waitForSelector("section[aria-label='Newest problems'] >> text=shared");
    expect([await subscribers(), streams.length]).toEqual([1, 1]);

    await first.close();
    await service.post(batch([stuck("in between")]));
    await second?.page.waitForSelector("section[aria-label='Newest problems'] >> text=in between");
    await until("another page has taken over", () => streams.length === 2);
    await service.post(batch([stuck("taken over")]));
    await second?.page.waitForSelector("section[aria-label='Newest problems'] >> text=taken over");
    await until("the closed page's connection has ended", async () => (await subscribers()) === 1);
    const shown = await second?.page.locator("section[aria-label='Newest problems'] tbody a").allTextContents();
    expect(shown).toEqual(["taken over", "in between", "shared", "before"]);
    for (const open of others) {
      expect(open.complaints).toEqual([]);
      await open.close();
    }
  });

  test("tell of problems before they were opened when the service heard of them", async () => {
    const answer = await service.get("/api/stream-sessions/before");
    const { events } = (await answer.json()) as { events: { server_received_at: string }[] };
    const received = new Date(Date.parse(events[0]?.server_received_at ?? "")).toTimeString().slice(0, 8);
    const { page, close } = await openIn(context, service, "/");
    const row = page.locator("section[aria-label='Newest problems'] tr", { hasText: "before" });
    await until("the row shows a time", async () =>
      /^\d\d:\d\d:\d\d/.test((await row.locator("td").first().textContent()) ?? ""),
    );
    expect(await row.locator("td").first().textContent()).toBe(received);
    await close();
  });
});
