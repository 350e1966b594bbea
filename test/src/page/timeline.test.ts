// Does the report show how figures changed, with one cursor for all drawings, by mouse and by keyboard? Seen by a real browser.
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../../scripts/build-page.mjs";
import { writeHtml } from "../../../src/agent/report-file.js";
import { readCapture } from "../../../src/capture/reader.js";
import type { RecordedWindow } from "../../../src/model/recorded-windows.js";
import { hasChromium, type Look, launch, openReport } from "../../helpers/browser.js";
import { elementOf, windowAt } from "../../helpers/recorded-windows.js";
import { sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

const SECONDS = 20;
const desk: Look = { width: 1280, height: 800 };

/** An encoder that needs more from second to second, a queue that fills, and a sink that gets less. */
const second = (i: number, hostile: string): RecordedWindow =>
  windowAt(i, {
    elements: [
      elementOf("pipeline0/x264enc0", { cpuNs: i * 4e7, buffersIn: 25, buffersOut: 25 }),
      elementOf(`pipeline0/${hostile}`, { cpuNs: 1e7 }),
      elementOf("pipeline0/queue0", { level: i, highestLevel: i + 1, buffersIn: 25, buffersOut: 25 }),
      elementOf("pipeline0/sink", { buffersIn: 100 - i }),
    ],
    latency: [{ source: "pipeline0/src", sink: "pipeline0/sink", sumNs: 1e9, times: [150, 90, 160, 10] }],
  });

async function report(windows: number, hostile = "other"): Promise<string> {
  const capture = await readCapture(await writeSample(scratch(), sampleCapture("pipeline0", encoders)));
  const file = join(capture.dir, "report.html");
  await writeHtml({ ...capture, windows: Array.from({ length: windows }, (_, i) => second(i, hostile)) }, file);
  return file;
}

describe.skipIf(!hasChromium)("over time", () => {
  let browser: Browser;
  beforeAll(async () => {
    await buildPage();
    browser = await launch();
  });
  afterAll(async () => browser?.close());

  test("there are four drawings, each row with its largest figure", async () => {
    const { page } = await openReport(browser, await report(SECONDS), desk);
    expect(await page.locator("#over-time h3").allTextContents()).toEqual([
      "CPU by element cores",
      "Buffers in queues buffers",
      "From source to sink ms",
      "Buffers into sinks per second",
    ]);
    const rows = await page.locator("#over-time li").allTextContents();
    expect(rows).toEqual([
      "x264enc0 0.76",
      "other 0.01",
      "all others 0.01",
      "queue0 19",
      expect.stringMatching(/^src → sink, median 3\.\d+$/),
      expect.stringMatching(/^src → sink, 99th percentile 7\.\d+$/),
      "sink 100",
    ]);
    await page.context().close();
  });

  test("the keys move one cursor through all of them, and Escape takes it away", async () => {
    const { page } = await openReport(browser, await report(SECONDS), desk);
    await page.locator("#over-time").focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowRight");
    expect(await page.textContent("#time-note")).toBe("From 3.0 to 4.0 s after the begin.");
    const figures = async () => page.locator("#over-time li b").allTextContents();
    expect(await figures()).toEqual(["0.12", "0.01", "0.01", "3", ...(await figures()).slice(4, 6), "97"]);
    const cursors = page.locator("#over-time .u-cursor-x");
    const places = await cursors.evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().left)));
    expect(places).toHaveLength(4);
    expect(new Set(places).size).toBe(1);
    await page.keyboard.press("End");
    expect(await page.textContent("#time-note")).toBe("From 19.0 to 20.0 s after the begin.");
    await page.keyboard.press("Home");
    expect(await page.textContent("#time-note")).toBe("From 0.0 to 1.0 s after the begin.");
    await page.keyboard.press("ArrowLeft");
    expect(await page.textContent("#time-note")).toBe("From 0.0 to 1.0 s after the begin.");
    await page.keyboard.press("Escape");
    expect((await figures())[0]).toBe("0.76");
    await page.context().close();
  });

  test("a pointer over one drawing shows that moment in all", async () => {
    const { page } = await openReport(browser, await report(SECONDS), desk);
    const over = page.locator("#over-time .u-over").first();
    const { width = 0, height = 0 } = (await over.boundingBox()) ?? {};
    await over.hover({ position: { x: (10.5 / SECONDS) * width, y: height / 2 } });
    await page.waitForFunction(() => document.getElementById("time-note")?.textContent?.startsWith("From"));
    expect(await page.textContent("#time-note")).toBe("From 10.0 to 11.0 s after the begin.");
    expect(await page.locator("#over-time li b").first().textContent()).toBe("0.40");
    await page.context().close();
  });

  test.each([0, 1])("with %i windows there is no such part", async (windows) => {
    const { page } = await openReport(browser, await report(windows), desk);
    expect(await page.locator("#time-section").isHidden()).toBe(true);
    await page.context().close();
  });

  test.each([
    ["light", desk],
    ["dark", { ...desk, dark: true }],
    ["390 pixels", { width: 390, height: 844 }],
  ])("%s: nothing is wider than the page, whatever an element is called", async (_, look) => {
    const hostile = `<img src=x onerror=alert(1)>${"long".repeat(60)}`;
    const { page, complaints } = await openReport(browser, await report(SECONDS, hostile), look);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(look.width);
    expect(await page.locator("#over-time canvas").count()).toBe(4);
    expect(await page.locator("#over-time img").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
