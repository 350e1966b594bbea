// Is the report without faults that keep people from using it? Asked of axe, in every look, with table, graph and functions.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Result } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../../scripts/build-page.mjs";
import { writeHtml } from "../../../src/agent/report-file.js";
import { readCapture } from "../../../src/capture/reader.js";
import { hasChromium, launch, openReport } from "../../helpers/browser.js";
import { dropping } from "../../helpers/dropping.js";
import { sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** "rule: element", of those that are serious or worse. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as never as { axe: { run(): Promise<{ violations: Result[] }> } };
    return (await axe.run()).violations;
  });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`));
}

describe.skipIf(!hasChromium)("the report", () => {
  let browser: Browser;
  let file = "";
  beforeAll(async () => {
    await buildPage();
    browser = await launch();
    const capture = dropping(await readCapture(await writeSample(scratch(), sampleCapture("pipeline0", encoders))));
    file = join(capture.dir, "report.html");
    await writeHtml(capture, file);
  });
  afterAll(async () => {
    await browser?.close();
  });

  test.each([
    { width: 1280, height: 800 },
    { width: 1280, height: 800, dark: true },
    { width: 390, height: 844 },
  ])("has no serious fault at $width pixels, dark: $dark", async (look) => {
    const { page } = await openReport(browser, file, look);
    expect(await faults(page)).toEqual([]);
    await page.locator("#as-graph").click();
    await page.locator("#graph .node").first().click();
    expect(await faults(page)).toEqual([]);
    await page.locator("#as-functions").click();
    expect(await faults(page)).toEqual([]);
    await page.locator("#function-rows tr").first().click();
    await page.locator("#save summary").click();
    await page.fill("#search", "a(");
    expect(await faults(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    await page.locator("#inverted").click();
    expect(await faults(page)).toEqual([]);
    await page.context().close();
  });
});
