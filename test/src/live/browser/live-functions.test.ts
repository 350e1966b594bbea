// Are functions of what runs shown on the live page, asked for only while somebody looks, and does a choice in them stay? A real browser.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../../../scripts/build-page.mjs";
import type { Recording } from "../../../../src/model/recording.js";
import { hasChromium, launch } from "../../../helpers/browser.js";
import { type LiveAgent, openLiveAgent, recordingOf, SampleTarget } from "../../../helpers/live-agent.js";
import { encoders } from "../../../helpers/sample-elements.js";
import { until } from "../../../helpers/until.js";

describe.skipIf(!hasChromium)("functions on the live page", () => {
  let browser: Browser;
  const recordings: Recording[] = [];
  const agents: LiveAgent[] = [];

  beforeAll(async () => {
    await buildPage();
    browser = await launch();
    const later = encoders.map((e) => (e.path.endsWith("vp8enc0") ? { ...e, samples: 2000 } : e));
    recordings.push(await recordingOf(encoders), await recordingOf(later));
  });
  afterAll(async () => browser?.close());
  afterEach(() => {
    for (const { page } of agents.splice(0)) page.close();
  });

  async function open(hash = "") {
    const targets = [1, 2].map(
      (id) => new SampleTarget(id, `radio${id}`, (_, windows) => recordings[Math.floor(windows / 3) % 2] as Recording),
    );
    for (const target of targets) target.tick(30);
    const agent = await openLiveAgent(targets);
    agents.push(agent);
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const [complaints, asked]: [string[], string[]] = [[], []];
    page.on("console", (message) => void (message.type() === "error" && complaints.push(message.text())));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(agent.url + hash);
    await page.waitForSelector("html[data-ready]");
    return { page, complaints, asked, targets };
  }

  const names = (page: Page) => page.locator("#function-rows .name > bdi").allTextContents();
  const total = (page: Page, name: string) => page.locator(`#function-rows tr[data-function="${name}"] td`).nth(3).innerText(); // biome-ignore format: one locator
  const updates = (page: Page) => page.evaluate(() => Number(document.documentElement.dataset.updates));

  test("are asked for when the view is opened, move with what runs, and a choice in them stays", async () => {
    const { page, complaints, asked, targets } = await open();
    expect(asked.some((url) => url.includes("stacks=1"))).toBe(false);
    await page.locator("#as-functions").click();
    await until("functions", async () => (await names(page)).includes("encode_mb_row") || undefined);
    expect(asked.some((url) => url.includes("stacks=1"))).toBe(true);
    await page.fill("#function-filter", "encode");
    await page.locator('#function-rows tr[data-function="encode_mb_row"]').click();
    await page.mouse.move(2, 2);
    const seen = new Set<string>();
    await until("another figure", async () => {
      const before = await updates(page);
      targets[0]?.tick();
      await until("an update", async () => (await updates(page)) > before || undefined);
      seen.add(await total(page, "encode_mb_row"));
      return seen.size > 1 || undefined;
    });
    expect(await page.inputValue("#function-filter")).toBe("encode");
    expect(await page.locator("#explored-title bdi").innerText()).toBe("encode_mb_row");
    expect(await page.locator("#callers g.frame").count()).toBeGreaterThan(3);
    for (const name of await names(page)) expect(name).toContain("encode");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("are shown by a link, which names the process too, and the process stays in it", async () => {
    const { page, complaints } = await open("#target=2&view=functions&element=pipeline0%2Fvp8enc0&graph=inverted");
    await until("functions", async () => (await names(page)).length > 0 || undefined);
    expect(await page.textContent("#facts")).toContain("radio2");
    expect(await page.getAttribute("#inverted", "aria-pressed")).toBe("true");
    expect(await page.locator("#function-element option:checked").innerText()).toBe("vp8enc0");
    expect(await page.evaluate(() => location.hash)).toContain("target=2");
    await page.locator("#live-target").selectOption("1");
    await until("the other process", async () => ((await page.textContent("#facts")) ?? "").includes("radio1") || undefined); // biome-ignore format: one line
    await until("its number in the address", async () => (await page.evaluate(() => location.hash)).includes("target=1") || undefined); // biome-ignore format: one line
    expect(complaints).toEqual([]);
    await page.close();
  });
});
