// Are ten thousand sessions shown at once, paged to the end in bounded space, and found by filters that are part of the address?
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium, launch } from "../../../../test/helpers/browser.js";
import { batch, event, removeFolder, type Started, start } from "../helpers/service.js";
import { openContext, openIn } from "./open-page.js";

const COUNT = 10_000;
const ROWS = 100;

let service: Started;
let browser: Browser;
let context: BrowserContext;
beforeAll(async () => {
  if (!hasChromium) return;
  [service, browser] = await Promise.all([start(), launch()]);
  context = await openContext(browser, service);
  for (let first = 0; first < COUNT; first += 1000)
    await Promise.all(Array.from({ length: 10 }, (_, part) => fill(first + part * 100)));
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
  if (service !== undefined) removeFolder(service.dataDir);
});

async function fill(first: number): Promise<void> {
  const events = Array.from({ length: 100 }, (_, index) => {
    const number = first + index;
    return event({ session_id: `viewer-${number}`, meta: { stream_id: number % 5000 === 7 ? "rare" : "common" } });
  });
  expect((await service.post(batch(events))).status).toBe(202);
}

/** In the page: presses “Older sessions” until there is none; the most elements that there were. */
async function toTheEnd(): Promise<{ seen: number; pages: number; most: number }> {
  const links = (): HTMLAnchorElement[] => [...document.querySelectorAll<HTMLAnchorElement>("tbody a")];
  const seen = new Set<string>();
  let most = 0;
  for (let pages = 1; ; pages++) {
    for (const { textContent } of links()) seen.add(textContent ?? "");
    most = Math.max(most, document.querySelectorAll("*").length);
    const older = [...document.querySelectorAll<HTMLAnchorElement>("nav.paging a")].find(
      ({ textContent }) => textContent === "Older sessions",
    );
    if (older === undefined) return { seen: seen.size, pages, most };
    const before = links()[0]?.textContent;
    older.click();
    while (links().length === 0 || links()[0]?.textContent === before) await new Promise((done) => setTimeout(done, 1));
  }
}

/** Milliseconds from the request of the page until its table has rows. */
async function shownAfter(page: Page, path: string): Promise<number> {
  await page.goto(service.url + path);
  const row = await page.waitForSelector("main tbody tr");
  return row.evaluate(() => Math.round(performance.now()));
}

describe.skipIf(!hasChromium)("the list of ten thousand sessions", () => {
  test("is there about as soon as a small page, and paged to its end without growing", async () => {
    const { page, complaints, close } = await openIn(context, service, "");
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    const small = await shownAfter(page, "/status");
    asked.length = 0;
    const large = await shownAfter(page, "/sessions");
    console.log(
      `a page with one small answer is there after ${small} ms, the first of ten thousand sessions after ${large} ms`,
    );
    expect(large).toBeLessThan(3 * small + 1000);
    const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
    const { seen, pages, most } = await page.evaluate(toTheEnd);
    expect([seen, pages]).toEqual([COUNT, COUNT / ROWS]);
    expect(most).toBeLessThan(nodes + ROWS);
    const lists = asked.filter((url) => url.includes("/api/stream-sessions?"));
    expect(lists.length).toBeLessThanOrEqual(pages + 3);
    await page.click("text=Newest sessions");
    await page.waitForSelector("text=Newest sessions", { state: "detached" });
    await page.goBack();
    await page.waitForSelector("text=Newest sessions");
    expect(complaints).toEqual([]);
    await close();
  });

  test("is searched by the keyboard: the begin of a session, a stream, a range, a state; back and forward", async () => {
    const { page, complaints, close } = await openIn(context, service, "/sessions");
    const asked: string[] = [];
    await page.waitForSelector("tbody tr");
    page.on("request", (request) => asked.push(request.url()));
    await page.focus("button:text-is('ended')");
    await page.keyboard.press("Tab");
    await page.keyboard.insertText("rare");
    await page.waitForSelector("text=2 of 10,000 sessions match");
    // Ten questions; once more when the page takes the live connection over from the one that was just closed.
    expect(asked.filter((url) => url.includes("/api/stream-sessions?")).length).toBeLessThanOrEqual(20);
    expect(await page.locator("tbody a").allTextContents()).toEqual(
      expect.arrayContaining(["viewer-7", "viewer-5007"]),
    );
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=No session matches this filter");
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ q: "rare", state: "ended" });
    await page.goBack();
    await page.waitForSelector("text=2 of 10,000 sessions match");
    await page.fill("[type=search]", "VIEWER-777");
    await page.waitForSelector("text=11 of");
    await page.fill("label:has-text('until') input", "2020-01-01T00:00:00");
    await page.waitForSelector("text=0 of 10,000 sessions match");
    await page.goBack();
    await page.waitForSelector("text=11 of");
    await page.goForward();
    await page.click("text=any time");
    await page.waitForSelector("text=11 of");
    expect(complaints).toEqual([]);
    await close();
  });
});
