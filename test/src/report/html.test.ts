// Is the page one file that opens from disk, whole, quick and deaf to what names say? Seen by a real browser.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../../scripts/build-page.mjs";
import { type Capture, readCapture } from "../../../src/capture/reader.js";
import { html, writeHtml } from "../../../src/report/html.js";
import { hasChromium, type Look, launch, type Opened, openReport } from "../../helpers/browser.js";
import { type SampleElement, sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { encoders, hostileElements, hostileNames, longChain } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

const desk: Look = { width: 1280, height: 800 };
const phone: Look = { width: 390, height: 844 };

const captureOf = async (elements: readonly SampleElement[], pipeline = "pipeline0"): Promise<Capture> =>
  readCapture(await writeSample(scratch(), sampleCapture(pipeline, elements)));

/** One buffer: a millisecond in its first pad, as long on its way to another thread, and two there. */
async function tracedCapture(): Promise<Capture> {
  const dir = await writeSample(scratch(), sampleCapture("pipeline0", encoders));
  const [first, second] = (await readCapture(dir)).topology.pads;
  const span = (
    id: string,
    parent: string | null,
    pad: number | undefined,
    fromMs: number,
    ms: number,
    tid: number,
  ) => ({
    trace: "ab",
    span: id,
    parent,
    startUnixNs: String(1_700_000_000_000_000_000n + BigInt(fromMs * 1e6)),
    durationNs: ms * 1e6,
    pad,
    tid,
    thread: `thread${tid}`,
    bytes: 1,
    flow: "ok",
  });
  const lines = [span("1", null, first?.id, 0, 1, 1), span("2", "1", second?.id, 2, 2, 2)];
  writeFileSync(join(dir, "spans.ndjson"), `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
  return readCapture(dir);
}

/** timing=off and sample-rate=0. */
async function unmeasuredCapture(): Promise<Capture> {
  const capture = await captureOf(encoders);
  const settings = { ...capture.file.settings, timing: "off", sampleRate: 0 };
  return { ...capture, cpu: null, wall: null, cells: [], file: { ...capture.file, settings } };
}

beforeAll(async () => {
  await buildPage();
});

test("the page is one file below 1.5 MB, whatever the capture", async () => {
  const long = "n".repeat(4000);
  const huge = longChain(3000, (i) => `${long}${i}`).map((e, i) => ({
    ...e,
    leaves: [[`lib${i}.so!${"deep".repeat(700)}${i}`]],
  }));
  for (const elements of [encoders, longChain(1000), huge]) {
    expect(Buffer.byteLength(html(await captureOf(elements)))).toBeLessThan(1_500_000);
  }
});

test("no name can end the element that the data stands in", async () => {
  const page = html(await captureOf(hostileElements));
  const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
  expect(data).not.toMatch(/[<>\u2028\u2029]/);
  expect(JSON.parse(data).elements).toHaveLength(hostileNames.length);
  expect(page.match(/<script/g)).toHaveLength(2);
});

describe.skipIf(!hasChromium)("in a browser", () => {
  let browser: Browser;
  const files: Record<string, string> = {};

  beforeAll(async () => {
    browser = await launch();
    const captures = {
      usual: await captureOf(encoders),
      thousand: await captureOf(longChain(1000)),
      hostile: await captureOf(hostileElements, hostileNames[0]),
      traced: await tracedCapture(),
      unmeasured: await unmeasuredCapture(),
    };
    for (const [name, capture] of Object.entries(captures)) {
      files[name] = join(capture.dir, "report.html");
      await writeHtml(capture, files[name]);
    }
  });
  afterAll(async () => {
    await browser?.close();
  });

  test("what was not measured is a dash, not a zero, and has no bar", async () => {
    const { page } = await open("unmeasured", desk);
    const row = page.locator("#rows tr").first();
    expect(await row.locator("td.cpu").innerText()).toBe("–");
    expect(await page.locator("#rows .bar").count()).toBe(0);
    expect(await row.innerText()).not.toMatch(/\b0\b|ok/);
    await page.close();
  });

  const open = (name: string, look: Look): Promise<Opened> => openReport(browser, files[name] ?? "", look);
  const close = (page: Page): Promise<void> => page.context().close();
  const texts = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allTextContents();
  const inView = (page: Page, selector: string): Promise<boolean> =>
    page
      .locator(selector)
      .first()
      .evaluate((e) => e.getBoundingClientRect().bottom <= innerHeight && e.getBoundingClientRect().height > 0);

  test("the first screen names the bottleneck, shows the table, losses, overhead and what lacks names", async () => {
    const { page } = await open("usual", desk);
    expect(await page.textContent("#sentence")).toMatch(/^x264enc0 burns 62.% of the CPU time/);
    expect(await texts(page, "#rows tr:nth-child(-n+3) .name > bdi")).toEqual([
      "encoder/x264enc0",
      "vp8enc0",
      "videotestsrc0",
    ]);
    expect(await page.textContent("#rows tr:first-child .cpu")).toBe("62.1 %");
    for (const selector of ["#sentence", "#cards", "#rows tr:nth-child(10)"])
      expect(await inView(page, selector), selector).toBe(true);
    const cards = await texts(page, ".card");
    for (const word of ["984", "None", "32 ns per buffer", "libx264.so.164"]) expect(cards.join()).toContain(word);
    await close(page);
  });

  test.each(["usual", "thousand", "hostile"])(
    "%s: no complaint, no request, nothing wider than the screen, in any look",
    async (name) => {
      for (const look of [desk, phone, { ...desk, dark: true }, { width: 800, height: 600 }]) {
        const { page, complaints, requests } = await open(name, look);
        await page.locator("#rows tr").first().click();
        await page.keyboard.press("/");
        await page.keyboard.type("e");
        await page.locator("g.frame").first().hover();
        expect(complaints).toEqual([]);
        expect(requests).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
        await close(page);
      }
    },
  );

  test("the policy of the page really forbids: an injected script does not run, a request does not leave", async () => {
    const { page, complaints } = await open("usual", desk);
    const outcome = await page.evaluate(async () => {
      const script = document.createElement("script");
      let refused = false;
      try {
        script.text = "document.title = 'owned'";
      } catch {
        refused = true;
      }
      document.body.append(script);
      const sent = await fetch("http://127.0.0.1:9/").then(
        () => "sent",
        () => "refused",
      );
      return { refused, sent, title: document.title };
    });
    expect(outcome).toMatchObject({ refused: true, sent: "refused" });
    expect(outcome.title).not.toBe("owned");
    expect(complaints.join()).toMatch(/Connecting to .* violates the following Content Security Policy directive/);
    await close(page);
  });

  test("hostile names stay text, in the table, the graph, the tip, the breadcrumb and the title", async () => {
    const { page, complaints } = await open("hostile", desk);
    const shown = await texts(page, "#rows .name > bdi");
    expect(shown[0]).toBe(hostileNames[0]);
    for (const row of await page.locator("#rows tr").all()) {
      await row.click();
      await page.locator("g.frame").last().hover();
    }
    await page.waitForTimeout(0);
    expect(
      await page.evaluate(
        () =>
          document.querySelectorAll("#rows img, #flame img, #flame script, #tip img, #crumbs img, body > svg").length,
      ),
    ).toBe(0);
    expect(await page.evaluate(() => document.scripts.length)).toBe(2);
    expect(await page.title()).not.toBe("owned");
    expect(complaints).toEqual([]);
    await close(page);
  });

  test("a row filters the flame graph, the breadcrumb leads back", async () => {
    const { page } = await open("usual", desk);
    const wide = (): Promise<string[]> =>
      page.locator("g.frame:not(.fade)").evaluateAll((groups) => groups.map((g) => g.getAttribute("name") ?? ""));
    expect(await wide()).toContain("encoder/x264enc0");
    await page.locator("#rows tr", { hasText: "vp8enc0" }).click();
    expect(await wide()).toContain("vp8enc0");
    expect(await wide()).not.toContain("encoder/x264enc0");
    expect(await texts(page, "#crumbs li")).toEqual(["all", "pipeline0", "vp8enc0"]);
    expect(await page.getAttribute("#rows tr:nth-child(2)", "aria-selected")).toBe("true");
    await page.locator("#crumbs button").first().click();
    expect(await wide()).toContain("encoder/x264enc0");
    expect(await page.getAttribute("#rows tr:nth-child(2)", "aria-selected")).toBe("false");
    await page.locator("#show-all").click();
    await page.locator("#rows tr", { hasText: "webq" }).click();
    expect(await page.textContent("#flame-note")).toBe("No CPU sample fell on webq, so the graph shows all elements.");
    await close(page);
  });

  test("it can be used with the keyboard alone", async () => {
    const { page } = await open("usual", desk);
    await page.keyboard.press("/");
    await page.keyboard.type("SATD");
    expect(await page.textContent("#found")).toMatch(/^\d+ % of the CPU time$/);
    await page.keyboard.press("Escape");
    expect(await page.inputValue("#search")).toBe("");
    await page.locator("#rows tr").first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    expect(await texts(page, "#crumbs li")).toEqual(["all", "pipeline0", "vp8enc0"]);
    await page.keyboard.press("Escape");
    expect(await texts(page, "#crumbs li")).toEqual(["all"]);
    await page.locator("#flame").focus();
    for (const key of ["ArrowDown", "ArrowDown", "ArrowRight"]) await page.keyboard.press(key);
    expect(await page.textContent("#reading strong")).toBe("vp8enc0");
    await page.keyboard.press("Enter");
    expect(await texts(page, "#crumbs li")).toEqual(["all", "pipeline0", "vp8enc0"]);
    await page.keyboard.press("Backspace");
    expect(await texts(page, "#crumbs li")).toEqual(["all", "pipeline0"]);
    await close(page);
  });

  test("the slowest buffers are drawn in their proportions, and are not there where none were traced", async () => {
    const { page, complaints } = await open("traced", desk);
    expect(await texts(page, "#slow summary strong")).toEqual(["4.00 ms"]);
    const widths = await page.locator(".waterfall .span, .waterfall .wait").evaluateAll((bars) =>
      bars.map((bar) => {
        const [own, track] = [bar.getBoundingClientRect(), bar.parentElement?.getBoundingClientRect() ?? new DOMRect()];
        return [bar.className, (own.left - track.left) / track.width, own.width / track.width];
      }),
    );
    expect(widths.map(([name]) => name)).toEqual(["span", "wait", "span"]);
    for (const [i, [left, width]] of [
      [0, 0.25],
      [0.25, 0.25],
      [0.5, 0.5],
    ].entries()) {
      expect(widths[i]?.[1]).toBeCloseTo(left ?? Number.NaN, 2);
      expect(widths[i]?.[2]).toBeCloseTo(width ?? Number.NaN, 2);
    }
    expect(complaints).toEqual([]);
    await close(page);
    const { page: without } = await open("usual", desk);
    expect(await without.locator("#slow-section").isVisible()).toBe(false);
    await close(without);
  });

  test("an element has one colour: swatch, bar and frame", async () => {
    for (const look of [desk, { ...desk, dark: true }]) {
      const { page } = await open("usual", look);
      const swatch = await page
        .locator("#rows tr:nth-child(2) .swatch")
        .evaluate((e) => getComputedStyle(e).backgroundColor);
      const frame = await page.locator('g.frame[name="vp8enc0"] rect').evaluate((e) => getComputedStyle(e).fill);
      expect(frame).toBe(swatch);
      await close(page);
    }
  });

  test("heads sort, and say which way", async () => {
    const { page } = await open("usual", desk);
    await page.locator("th button", { hasText: "Buffers" }).click();
    expect((await texts(page, "#rows tr:first-child .name > bdi"))[0]).toBe("filesink0");
    await page.locator("th button", { hasText: "Buffers" }).click();
    expect(await page.getAttribute("th:has(button:text('Buffers'))", "aria-sort")).toBe("ascending");
    expect(await page.locator("th[aria-sort]").count()).toBe(1);
    await close(page);
  });

  test("a thousand elements are drawn in less than 500 ms, and all their rows too", async () => {
    const renders: number[] = [];
    const all: number[] = [];
    // The machine is shared: the best try says what the page needs.
    const enough = () => Math.min(...renders) < 500 && Math.min(...all) < 500;
    for (let i = 0; i < 5 || (i < 15 && !enough()); i++) {
      const { page } = await open("thousand", desk);
      const rendered = await page.evaluate(
        () => performance.getEntriesByName("report-render")[0]?.duration ?? Number.NaN,
      );
      renders.push(rendered);
      all.push(
        await page.evaluate(() => {
          const began = performance.now();
          document.getElementById("show-all")?.click();
          document.body.getBoundingClientRect();
          return performance.now() - began;
        }),
      );
      expect(await page.locator("#rows tr").count()).toBe(1000);
      await close(page);
    }
    console.log(`render ms: ${renders.map(Math.round).join(" ")}; all rows ms: ${all.map(Math.round).join(" ")}`);
    expect(Math.min(...renders)).toBeLessThan(500);
    expect(Math.min(...all)).toBeLessThan(500);
  }, 120_000);
});

test("a file is never seen half written", async () => {
  const capture = await captureOf(encoders);
  const file = join(capture.dir, "report.html");
  await writeHtml(capture, file);
  expect(statSync(file).size).toBe(Buffer.byteLength(html(capture)));
  expect(readFileSync(file, "utf8").endsWith("</html>\n")).toBe(true);
});
