// Does a live page that is open for an hour hold more than one that is open for ten minutes?
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../../../scripts/build-page.mjs";
import { hasChromium, launch } from "../../../helpers/browser.js";
import { openLiveAgent, recordingOf, SampleTarget } from "../../../helpers/live-agent.js";
import { encoders } from "../../../helpers/sample-elements.js";
import { until } from "../../../helpers/until.js";

/** As an agent keeps them: a minute of seconds, and ten of ten seconds. */
const KEPT_WINDOWS = 60 + 55;
/** The page draws once in so many seconds of the simulated clock: what a drawing leaves behind counts as often. */
const SECONDS_A_DRAWING = 12;
const TEN_MINUTES = 600 / SECONDS_A_DRAWING;
const HOUR = 3600 / SECONDS_A_DRAWING;
const MOST_MORE_BYTES = 10e6;

describe.skipIf(!hasChromium)("an hour of a live page", () => {
  let browser: Browser;
  beforeAll(async () => {
    await buildPage();
    browser = await launch();
  });
  afterAll(async () => browser?.close());

  test("takes less than 10 MB more of its heap than ten minutes", async () => {
    const some = await Promise.all(
      [300, 900].map((samples) =>
        recordingOf(encoders.map((e) => (e.path.endsWith("x264enc0") ? { ...e, samples } : e))),
      ),
    );
    const target = new SampleTarget(
      1,
      "radio",
      (_, seconds) => some[(seconds / SECONDS_A_DRAWING) % 2 < 1 ? 0 : 1] as never,
    );
    target.kept = KEPT_WINDOWS;
    target.tick(SECONDS_A_DRAWING);
    const agent = await openLiveAgent([target]);
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(agent.url);
    await page.waitForSelector("html[data-ready]");
    const session = await page.context().newCDPSession(page);
    const heap = async (): Promise<number> => {
      await session.send("HeapProfiler.collectGarbage");
      return (await session.send("Runtime.getHeapUsage")).usedSize;
    };
    const updates = () => page.evaluate(() => Number(document.documentElement.dataset.updates));
    const draw = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) {
        const before = await updates();
        target.tick(SECONDS_A_DRAWING);
        await until("an update", async () => (await updates()) > before || undefined);
      }
    };
    await draw(TEN_MINUTES);
    const [early, strip] = [await heap(), target.strip().length];
    await draw(HOUR - TEN_MINUTES);
    const late = await heap();
    console.log(`heap after ten minutes ${early} bytes, after an hour ${late}; ${await updates()} drawings`);
    expect(strip).toBe(KEPT_WINDOWS);
    expect(await updates()).toBeGreaterThanOrEqual(HOUR);
    expect((late - early) * SECONDS_A_DRAWING).toBeLessThan(MOST_MORE_BYTES);
    agent.page.close();
  });
});
