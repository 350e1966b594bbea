// Is a real pipeline's graph in the page that `run` writes: bins, a tee, a leaky queue that drops, and every element where it is linked?
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launch, openReport } from "../helpers/browser.js";
import { cli, element, profiled, runToEnd, scratch } from "../helpers/pipelines.js";

const pipeline =
  "fakesrc name=src num-buffers=1500 sizetype=fixed ! identity name=pace sleep-time=300 ! tee name=t " +
  "t. ! queue name=leaky leaky=downstream max-size-buffers=2 ! identity name=slow sleep-time=2000 ! fakesink name=one " +
  "t. ! queue name=whole max-size-buffers=0 ! bin.( name=outer bin.( name=inner identity name=deep ) ! fakesink name=two )";

describe.skipIf(!hasChromium)("the graph of a real pipeline", () => {
  const place = scratch();
  let browser: Browser;
  const file = `${place.dir}/page.html`;
  let dropped = 0;
  let atEnd = "";
  beforeAll(async () => {
    const { summary } = await profiled(pipeline, `${place.dir}/c`);
    dropped = element(summary, "leaky").drops;
    // At the end of a run there is little time; a person who asks has more.
    atEnd = readFileSync(`${place.dir}/c/report.html`, "utf8");
    await runToEnd(process.execPath, [cli, "report", `${place.dir}/c`, "--html", file]);
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    place.dispose();
  });

  it("is in the page that the run wrote, or the reason why it is not", () => {
    const { graph } = JSON.parse(/id="data">(.*?)<\/script>/s.exec(atEnd)?.[1] ?? "");
    if (graph.problem === "") expect(graph.pipelines[0].layout.nodes).toHaveLength(9);
    else expect(graph.problem).toContain("it took longer than 3 s");
  });

  it("has its elements in their bins, its links, and what the leaky queue dropped", async () => {
    const { page, complaints, requests } = await openReport(browser, file, {
      width: 1280,
      height: 800,
    });
    await page.locator("#as-graph").click();
    expect(await page.textContent("#graph-note")).toBe("");
    const names = await page.locator("#graph .name").allTextContents();
    expect(names.sort()).toEqual(["deep", "leaky", "one", "pace", "slow", "src", "t", "two", "whole"]);
    expect((await page.locator("#graph .bin text").allTextContents()).sort()).toEqual(["inner", "outer"]);
    const links = await page
      .locator("#graph .link")
      .evaluateAll((all) => all.map((link) => link.getAttribute("data-tip") ?? ""));
    expect(links.map((text) => text.replace(/\n.*/s, "")).sort()).toEqual([
      "deep.src → two.sink",
      "leaky.src → slow.sink",
      "pace.src → t.sink",
      "slow.src → one.sink",
      "src.src → pace.sink",
      "t.src_0 → leaky.sink",
      "t.src_1 → whole.sink",
      "whole.src → deep.sink",
    ]);
    expect(dropped).toBeGreaterThan(0);
    const queue = page.locator("#graph .node", { hasText: "leaky" });
    expect(await queue.locator(".drops").textContent()).toBe(`dropped ${dropped.toLocaleString("en")}`);
    await queue.click();
    expect(await page.locator('#rows tr[aria-selected="true"] .name > bdi').textContent()).toBe("leaky");
    expect([complaints, requests]).toEqual([[], []]);
    await page.context().close();
  });

  it("stands in boxes that hold each other: deep in inner, inner in outer", async () => {
    const { page } = await openReport(browser, file, { width: 1280, height: 800 });
    await page.locator("#as-graph").click();
    const boxOf = (selector: string, text: string) =>
      page
        .locator(selector, { hasText: text })
        .locator("rect")
        .first()
        .evaluate((rect) => {
          const { left, top, right, bottom } = rect.getBoundingClientRect();
          return { left, top, right, bottom };
        });
    const boxes = [await boxOf(".node", "deep"), await boxOf(".bin", "inner"), await boxOf(".bin", "outer")];
    for (const [i, around] of boxes.slice(1).entries()) {
      const inner = boxes[i];
      if (inner === undefined) throw new Error("no box");
      expect(inner.left > around.left && inner.right < around.right).toBe(true);
      expect(inner.top > around.top && inner.bottom < around.bottom).toBe(true);
    }
    await page.context().close();
  });
});
