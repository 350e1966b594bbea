// Does the live page show what runs, keep what a person chose while it moves, and find a target again? Seen by a real browser.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../../../scripts/build-page.mjs";
import type { Recording } from "../../../../src/model/recording.js";
import { hasChromium, type Look, launch } from "../../../helpers/browser.js";
import { type LiveAgent, openLiveAgent, recordingOf, SampleTarget } from "../../../helpers/live-agent.js";
import type { SampleElement } from "../../../helpers/sample-capture.js";
import { encoders, longChain } from "../../../helpers/sample-elements.js";
import { until } from "../../../helpers/until.js";

const desk: Look = { width: 1280, height: 800 };
const phone: Look = { width: 390, height: 844 };

/** The same pipeline with other shares of the CPU. */
const shifted = (name: string, samples: number): SampleElement[] =>
  encoders.map((e) => (e.path.endsWith(name) ? { ...e, samples } : e));

describe.skipIf(!hasChromium)("the live page", () => {
  let browser: Browser;
  const recordings: Record<"usual" | "later" | "early" | "thousand", Recording> = {} as never;
  const agents: LiveAgent[] = [];

  beforeAll(async () => {
    await buildPage();
    browser = await launch();
    recordings.usual = await recordingOf(encoders);
    recordings.later = await recordingOf(shifted("x264enc0", 900));
    recordings.early = await recordingOf(shifted("vp8enc0", 2000));
    recordings.thousand = await recordingOf(longChain(1000));
  });
  afterAll(async () => browser?.close());
  afterEach(() => {
    for (const { page } of agents.splice(0)) page.close();
  });

  /** Its first half minute is another one than what comes later, which changes from second to second. */
  const moving = (id = 1, service = "radio") =>
    new SampleTarget(id, service, (range, windows) => {
      if (range !== undefined && range.toNs <= 30e9) return recordings.early;
      return windows % 2 === 0 ? recordings.usual : recordings.later;
    });

  async function served(...targets: SampleTarget[]): Promise<LiveAgent> {
    const agent = await openLiveAgent(targets);
    agents.push(agent);
    return agent;
  }

  async function open({ url }: LiveAgent, look: Look = desk) {
    const { width, height, dark } = look;
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? "dark" : "light" });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(url);
    await page.waitForSelector("html[data-ready]");
    return { page, complaints };
  }

  const updates = (page: Page): Promise<number> =>
    page.evaluate(() => Number(document.documentElement.dataset.updates));

  /** One window, and the page has drawn it. */
  async function second(page: Page, target: SampleTarget): Promise<void> {
    const before = await updates(page);
    target.tick();
    await until("an update", async () => (await updates(page)) > before || undefined);
  }

  const share = (page: Page, name: string) => page.locator("#rows tr", { hasText: name }).locator("td.cpu").innerText();
  const state = (page: Page) => page.locator("#live-state").innerText();
  const saysState = (page: Page, text: string) =>
    until(text, async () => (await state(page)).startsWith(text) || undefined);

  test("opens at an address without its token, without a complaint, and its figures move", async () => {
    const target = moving();
    target.tick(60);
    const { page, complaints } = await open(await served(target));
    expect(page.url()).not.toContain("token");
    expect(await state(page)).toBe("running");
    expect(await page.textContent("#facts")).toMatch(/^radio · pid 4201 · 1 min old/);
    const seen = new Set<string>();
    for (let i = 0; i < 4; i++) {
      seen.add(await share(page, "x264enc0"));
      await second(page, target);
    }
    expect(seen.size).toBeGreaterThan(1);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("keeps the chosen row, the search, the order of a clicked column, focus and scroll while it moves", async () => {
    const target = moving();
    target.tick(60);
    const { page } = await open(await served(target));
    await page.locator("#head button", { hasText: "p99" }).click();
    await page.fill("#search", "encode");
    const row = page.locator("#rows tr", { hasText: "vp8enc0" });
    await row.focus();
    await page.keyboard.press("Enter");
    await page.evaluate(() => scrollTo(0, 200));
    const before = await page.evaluate(() => [scrollY, document.activeElement?.textContent?.slice(0, 7)]);
    const colour = await row.evaluate((e) => e.style.getPropertyValue("--colour"));
    for (let i = 0; i < 4; i++) await second(page, target);
    expect(await page.evaluate(() => [scrollY, document.activeElement?.textContent?.slice(0, 7)])).toEqual(before);
    expect(await row.getAttribute("aria-selected")).toBe("true");
    expect(await row.evaluate((e) => e.style.getPropertyValue("--colour"))).toBe(colour);
    expect(await page.inputValue("#search")).toBe("encode");
    expect(await page.locator("#head th[aria-sort] button").innerText()).toMatch(/p99/i);
    expect(await page.locator("#crumbs li").last().innerText()).toContain("vp8enc0");
    await page.context().close();
  });

  test("a range that was dragged on the strip is shown by all parts, stays, and Live goes back", async () => {
    const target = moving();
    target.tick(60);
    const { page } = await open(await served(target));
    const sentence = await page.textContent("#sentence");
    const box = (await page.locator("#strip").boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const at = (part: number) => [box.x + box.width * part, box.y + box.height / 2] as const;
    await page.mouse.move(...at(0.1));
    await page.mouse.down();
    await page.mouse.move(...at(0.2));
    await page.mouse.move(...at(0.4));
    await page.mouse.up();
    await until(
      "the early part",
      async () => ((await page.textContent("#sentence")) ?? "").startsWith("vp8enc0") || undefined,
    );
    const width = (name: string) =>
      page
        .locator(`g.frame[name="${name}"] rect`)
        .first()
        .evaluate((rect) => rect.getBoundingClientRect().width);
    expect(await width("vp8enc0")).toBeGreaterThan(await width("encoder/x264enc0"));
    expect(await page.textContent("#live-range")).toMatch(
      /^Shown: 1[78] s that began 5\d s before the newest figures\.$/,
    );
    const shown = await share(page, "vp8enc0");
    target.tick(2); // so that it is like the first one again
    await page.locator("#live-back").click();
    await until("now", async () => (await page.textContent("#sentence")) === sentence || undefined);
    expect(await share(page, "vp8enc0")).not.toBe(shown);
    expect(await page.locator("#live-back").isVisible()).toBe(false);
    await page.context().close();
  });

  test("the keyboard alone chooses a range, pauses, goes on, and saves", async () => {
    const target = moving();
    target.tick(60);
    const { page } = await open(await served(target));
    await page.keyboard.press("Space");
    await saysState(page, "paused at ");
    const before = await updates(page);
    target.tick(2);
    await page.keyboard.press("Space");
    await saysState(page, "running");
    await until("an update", async () => (await updates(page)) > before || undefined);
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => document.activeElement?.id === "strip")) break;
    }
    await page.keyboard.press("Home");
    await until(
      "the first seconds",
      async () => ((await page.textContent("#sentence")) ?? "").startsWith("vp8enc0") || undefined,
    );
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await page.textContent("#live-range")).toMatch(/^Shown: \d+ s/);
    await page.locator("#live-save").focus();
    await page.keyboard.press("Enter");
    await until(
      "the note",
      async () => (await page.textContent("#live-note"))?.includes("/srv/captures/") || undefined,
    );
    expect(target.saved[0]?.fromNs).toBeLessThan(10e9);
    await page.locator("#strip").focus();
    await page.keyboard.press("End");
    await until("live", async () => ((await page.textContent("#live-range")) === "" ? true : undefined));
    await page.context().close();
  });

  test("one that ends leaves its last state, and one of the same service that begins is shown", async () => {
    const target = moving();
    target.tick(60);
    const agent = await served(target);
    const { page } = await open(agent);
    const last = await share(page, "x264enc0");
    target.end();
    await saysState(page, "ended at ");
    expect(await share(page, "x264enc0")).toBe(last);
    expect(await page.textContent("#strip-end")).toBe("end");
    expect(await page.locator("#live-pause").isDisabled()).toBe(true);
    await page.keyboard.press("Space");
    agent.targets.push(moving(2, "another"));
    const again = moving(3, "radio");
    again.tick(5);
    agent.targets.push(again);
    await until("the new one", async () => (await page.textContent("#facts"))?.includes("pid 4203") || undefined);
    await saysState(page, "running");
    expect(await page.locator("#live-target option").count()).toBe(3);
    expect(await page.textContent("#strip-end")).toBe("now");
    expect(await page.locator("#live-pause").isEnabled()).toBe(true);
    await second(page, again);
    await page.selectOption("#live-target", "1");
    await until("the old one", async () => (await page.textContent("#facts"))?.includes("pid 4201") || undefined);
    await page.context().close();
  });

  test("an agent that goes away is said, what was seen stays, and it is found when it answers again", async () => {
    const target = moving();
    target.tick(60);
    const agent = await served(target);
    const { page } = await open(agent);
    const port = Number(new URL(agent.url).port);
    const last = await share(page, "x264enc0");
    agent.page.close();
    await saysState(page, "connection lost, trying again");
    expect(await share(page, "x264enc0")).toBe(last);
    await page.locator("#live-save").click();
    const note = (text: string) =>
      until(text, async () => (await page.textContent("#live-note"))?.includes(text) || undefined);
    await note("No capture was written: the agent does not answer any more.");
    await page.locator("#as-graph").click();
    expect(await page.textContent("#graph-note")).toBe("The graph is not laid out yet.");
    const again = await openLiveAgent([target], port);
    agents.push(again);
    await note("Another agent answers");
    await page.goto(again.url);
    await saysState(page, "running");
    await page.context().close();
  });

  test("one whose recording is off says so, and how it is switched on", async () => {
    const target = moving();
    target.tick(60);
    target.enabled = false;
    const { page } = await open(await served(target));
    const losses = () => page.textContent("#live-losses");
    expect(await losses()).toBe("recording is off (gst-pyroscope set 4201 enabled=true), nothing lost");
    target.enabled = true;
    await until("on", async () => (await losses()) === "nothing lost" || undefined);
    await page.context().close();
  });

  test("a hidden tab asks for nothing, and its stream is closed", async () => {
    const target = moving();
    target.tick(60);
    const { page } = await open(await served(target));
    await until("a watcher", () => target.watchers > 0 || undefined);
    await page.evaluate(() => {
      Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await until("nobody", () => target.watchers === 0 || undefined);
    await page.context().close();
  });

  test.each([desk, phone, { ...desk, dark: true }])(
    "axe finds nothing serious, nothing is wider than the screen: %j",
    async (look) => {
      const target = moving();
      target.tick(60);
      target.losses = { ring_full: 12 };
      const { page, complaints } = await open(await served(target, moving(2, "another")), look);
      const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
      await page.evaluate(axe);
      const serious = await page.evaluate(async () => {
        const run = (
          globalThis as unknown as {
            axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
          }
        ).axe;
        const { violations } = await run.run();
        return violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      });
      expect(serious).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
      const shouting = await page.locator("[aria-live], [role=status]").evaluateAll((all) => all.map(({ id }) => id));
      const before = await page.evaluate((ids) => ids.map((id) => document.getElementById(id)?.textContent), shouting);
      for (let i = 0; i < 4; i++) await second(page, target);
      expect(await page.evaluate((ids) => ids.map((id) => document.getElementById(id)?.textContent), shouting)).toEqual(
        before,
      );
      await page.context().close();
    },
  );

  test("an update of a thousand elements takes less than 100 ms, or than known work in the same run allows", async () => {
    const target = new SampleTarget(1, "large", () => recordings.thousand);
    target.tick(60);
    const { page } = await open(await served(target));
    await page.locator("#show-all").click();
    for (let i = 0; i < 6; i++) await second(page, target);
    // About 50 ms where nothing else runs; a loaded machine is slower at both.
    const knownMs = await page.evaluate(() => {
      const begin = performance.now();
      let sum = 0;
      for (let i = 0; i < 4e7; i++) sum = (sum * 31 + i) | 0;
      return sum === 0.5 ? 0 : performance.now() - begin;
    });
    const times = await page.evaluate(() =>
      ["live-table", "live-whole"].map((name) =>
        performance
          .getEntriesByName(name)
          .slice(1)
          .map(({ duration }) => duration)
          .sort((a, b) => a - b),
      ),
    );
    const [table = Number.NaN, whole = Number.NaN] = times.map((all) => all[all.length >> 1]);
    console.log(
      `1000 elements: table ${table.toFixed(0)} ms, with flame graph ${whole.toFixed(0)} ms, known work ${knownMs.toFixed(0)} ms`,
    );
    expect(table).toBeLessThan(Math.max(100, 2 * knownMs));
    expect(whole).toBeLessThan(Math.max(100, 3 * knownMs));
    await page.context().close();
  });
});
