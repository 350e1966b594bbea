// Is the page one file that opens from disk, whole, quick and deaf to what names say? Seen by a real browser.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../../scripts/build-page.mjs";
import { writeHtml } from "../../../src/agent/report-file.js";
import { type Capture, readCapture } from "../../../src/capture/reader.js";
import { CaptureWriter } from "../../../src/capture/writer.js";
import { html } from "../../../src/page/html.js";
import { hasChromium, type Look, launch, type Opened, openReport } from "../../helpers/browser.js";
import {
  PERIOD_NS,
  type SampleElement,
  sampleAgent,
  sampleCapture,
  sampleFacts,
  writeSample,
} from "../../helpers/sample-capture.js";
import { encoders, hostileElements, hostileNames, longChain } from "../../helpers/sample-elements.js";
import { type SampleStack, samplePprof } from "../../helpers/sample-pprof.js";
import { scratch } from "../../helpers/scratch.js";
import { taste } from "../../helpers/whole.js";

const desk: Look = { width: 1280, height: 800 };
const phone: Look = { width: 390, height: 844 };

const captureOf = async (elements: readonly SampleElement[], pipeline = "pipeline0"): Promise<Capture> =>
  readCapture(await writeSample(scratch(), sampleCapture(pipeline, elements)));

/** vp8enc0 has a loop and threads of its own as well; blocked threads are seen besides, webq only there. */
async function partsCapture(): Promise<Capture> {
  const sample = sampleCapture("pipeline0", encoders);
  const labels = { pipeline: "pipeline0", element: "vp8enc0", factory: "vp8enc" };
  const path = "pipeline0/vp8enc0";
  const more: SampleStack[] = [
    {
      stack: ["libc.so.6!start", "libvpx.so.7!worker"],
      ns: 30 * PERIOD_NS,
      labels: { ...labels, thread: "pool", path: `(worker:${path})` },
    },
    {
      stack: ["libc.so.6!start", "libgst.so!loop"],
      ns: 20 * PERIOD_NS,
      labels: { ...labels, thread: "q", path: `(driver:${path})` },
    },
  ];
  const waits = ["pipeline0/webq", "pipeline0/encoder/x264enc0"].map((of): SampleStack => {
    const stack = ["libc.so.6!start", "libc.so.6!wait"];
    return { stack, ns: 500 * PERIOD_NS, labels: { ...labels, thread: "w", path: of, blocked_on: "futex" } };
  });
  sample.stacks.push(...more);
  sample.info.samples += 50;
  sample.info.totalNs += 50 * PERIOD_NS;
  const writer = await CaptureWriter.create(scratch(), sampleFacts());
  await writer.addProfile(samplePprof(sample.stacks), sample.info);
  const all = [...sample.stacks, ...waits];
  const totalNs = all.reduce((sum, { ns }) => sum + ns, 0);
  await writer.addProfile(samplePprof(all), { ...sample.info, kind: "wall", samples: totalNs / PERIOD_NS, totalNs });
  await writer.finish({ ...sample, agent: sampleAgent(10) });
  return readCapture(writer.dir);
}

/** Most of the buffers at the sink match none of the source. */
async function unmatchedCapture(): Promise<Capture> {
  const sample = sampleCapture("pipeline0", encoders);
  const like = sample.cells.at(-1);
  if (like === undefined) throw new Error("no cells");
  const cells = [...sample.cells, { ...like, kind: "latency" as const, invocations: 300, buffers: 12 }];
  return readCapture(await writeSample(scratch(), { ...sample, cells }));
}

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

/** Two functions around x264's have no symbols: one is named after its class, one after its role. */
async function givenCapture(): Promise<Capture> {
  const sample = sampleCapture("pipeline0", encoders);
  const stack = ["libgstreamer-1.0.so.0![calls chain functions]", "libgstx264.so!GstX264Enc::handle_frame", "x!encode"];
  const labels = { pipeline: "pipeline0", element: "vp8enc0", factory: "vp8enc", path: "pipeline0/vp8enc0" };
  sample.stacks.push({ stack, ns: 900 * PERIOD_NS, labels: { ...labels, thread: "given" } });
  const given = {
    "[calls chain functions]": "role libgstreamer-1.0.so.0+fn@0x1f00",
    "GstX264Enc::handle_frame": "type libgstx264.so+fn@0x87c0",
  };
  const writer = await CaptureWriter.create(scratch(), sampleFacts());
  const counts = { frames: 1000, framesNamed: 220, framesByType: 170, framesByRole: 320 };
  await writer.addProfile(samplePprof(sample.stacks, 0n, given), { ...sample.info, ...counts });
  await writer.finish({ ...sample, agent: sampleAgent(10) });
  return readCapture(writer.dir);
}

/** timing=off and sample-rate=0. */
async function unmeasuredCapture(): Promise<Capture> {
  const capture = await captureOf(encoders);
  const settings = { ...capture.facts.settings, timing: "off", sampleRate: 0 };
  return { ...capture, cpu: null, wall: null, cells: [], facts: { ...capture.facts, settings } };
}

beforeAll(async () => {
  await buildPage();
});

test("the page is one file below 1.5 MB, whatever the capture", async () => {
  const long = "n".repeat(4000);
  const huge = longChain(taste(600, 3000), (i) => `${long}${i}`).map((e, i) => ({
    ...e,
    leaves: [[`lib${i}.so!${"deep".repeat(700)}${i}`]],
  }));
  for (const elements of [encoders, longChain(1000), huge]) {
    expect(Buffer.byteLength(await html(await captureOf(elements)))).toBeLessThan(1_500_000);
  }
});

test("no name can end the element that the data stands in", async () => {
  const page = await html(await captureOf(hostileElements));
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
      parts: await partsCapture(),
      given: await givenCapture(),
      unmatched: await unmatchedCapture(),
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
    const words = ["984", "None", "32 ns per buffer", "libx264.so.164", "510 frames: gst-pyroscope symbolize DIR"];
    for (const word of words) expect(cards.join()).toContain(word);
    await close(page);
  });

  test("names that are no symbols are set apart, say where they are from, and are counted", async () => {
    for (const look of [desk, { ...phone, dark: true }]) {
      const { page, complaints } = await open("given", look);
      const style = (name: string): Promise<string> =>
        page.locator(`g.frame[name="${name}"] .d3-flame-graph-label`).evaluate((label) => {
          return getComputedStyle(label).fontStyle;
        });
      const tipOf = async (name: string): Promise<string> => {
        await page.locator(`g.frame[name="${name}"]`).hover();
        return (await page.textContent("#tip")) ?? "";
      };
      await page.locator("#rows tr", { hasText: "vp8enc0" }).click();
      await page.locator('g.frame[name="given"]').click();
      expect(await style("[calls chain functions]")).toBe("italic");
      expect(await style("GstX264Enc::handle_frame")).toBe("italic");
      expect(await style("encode")).toBe("normal");
      expect(await tipOf("GstX264Enc::handle_frame")).toContain("named after its class: no debug symbols");
      expect(await tipOf("[calls chain functions]")).toContain("named after what it was seen to do");
      expect(await tipOf("encode")).not.toContain("named after");
      const [card = ""] = (await texts(page, ".card")).filter((text) => text.startsWith("Names"));
      expect(card).toContain("71.0 % named");
      expect(card).toContain("22 % symbols, 17 % types, 32 % roles");
      expect(complaints).toEqual([]);
      await close(page);
    }
  });

  const narrow = [desk, phone];
  const looks = [...narrow, { ...desk, dark: true }, { width: 800, height: 600 }];

  test.each([
    ["usual", looks],
    ["thousand", taste(narrow, looks)],
    ["hostile", taste(narrow, looks)],
  ])("%s: no complaint, no request, nothing wider than the screen, in any look", async (name, those) => {
    for (const look of those) {
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
  });

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
    expect(await page.textContent("#flame-note")).toBe(
      "No CPU sample fell on webq, so the flame graph shows all elements.",
    );
    await close(page);
  });

  const shares = (page: Page): Promise<Record<string, number>> =>
    page.evaluate(() => {
      const root = document.getElementById("flame")?.clientWidth ?? 1;
      const width = (frame: Element): number => frame.querySelector("rect")?.getBoundingClientRect().width ?? 0;
      const frames = [...document.querySelectorAll("g.frame:not(.fade)")];
      return Object.fromEntries(frames.map((frame) => [frame.getAttribute("name") ?? "", width(frame) / root]));
    });

  test("a row chooses all of its element: what runs in its pads, its loop and its own threads, as much as the row says", async () => {
    const { page } = await open("parts", desk);
    const row = page.locator("#rows tr", { hasText: "vp8enc0" });
    const before = (await shares(page)).vp8enc0 ?? 0;
    expect(await row.locator(".cpu").textContent()).toBe(`${(before * 100).toFixed(1)} %`);
    await row.click();
    const { vp8enc0 = 0, ...rest } = await shares(page);
    expect(vp8enc0).toBeCloseTo(1, 2);
    expect(rest["(its loop)"]).toBeCloseTo(20 / 227, 2);
    expect(rest["(its own threads)"]).toBeCloseTo(30 / 227, 2);
    expect(Object.keys(rest)).toEqual(expect.arrayContaining(["webq:src", "pool", "q"]));
    await close(page);
  });

  test("CPU and Wall keep the chosen row, the place in the graph and the search, which counts in what is shown", async () => {
    const { page, complaints } = await open("parts", desk);
    const crumbs = (): Promise<string[]> => texts(page, "#crumbs li");
    const chosen = (): Promise<string[]> => texts(page, '#rows tr[aria-selected="true"] .name > bdi');
    await page.locator("#show-all").click();
    await page.locator("#rows tr", { hasText: "vp8enc0" }).click();
    await page.locator('g.frame[name="(its own threads)"]').click();
    const place = ["all", "pipeline0", "vp8enc0", "(its own threads)"];
    expect([await crumbs(), await chosen()]).toEqual([place, ["vp8enc0"]]);
    for (const clock of ["#of-wall", "#of-cpu", "#of-wall"]) {
      await page.locator(clock).click();
      expect([await crumbs(), await chosen()]).toEqual([place, ["vp8enc0"]]);
    }
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.keyboard.type("x264enc0");
    // 611 of 1034 periods on a CPU; blocked ones: 1000 more in all, half of them here.
    expect(await page.textContent("#found")).toBe("11.1 s, 55 % of the wall time");
    await page.locator("#of-cpu").click();
    expect(await page.textContent("#found")).toBe("6.11 s, 59 % of the CPU time");
    await page.locator("#rows tr", { hasText: "vp8enc0" }).click();
    expect(await page.textContent("#found")).toBe("no frame matches here");
    await page.locator("#rows tr", { hasText: "webq" }).click();
    expect(await page.textContent("#flame-note")).toBe(
      "No CPU sample fell on webq, so the flame graph shows all elements.",
    );
    await page.locator("#of-wall").click();
    expect([await crumbs(), await chosen()]).toEqual([["all", "pipeline0", "webq"], ["webq"]]);
    expect(await page.textContent("#flame-note")).toBe("");
    await page.locator("#of-cpu").click();
    expect([await chosen(), await page.textContent("#flame-note")]).toEqual([
      ["webq"],
      "No CPU sample fell on webq, so the flame graph shows all elements.",
    ]);
    expect(complaints).toEqual([]);
    await close(page);
  });

  test("threads that only waited can be hidden, in Wall alone, and their time with them", async () => {
    const { page, complaints } = await open("parts", desk);
    const names = async (): Promise<string[]> => Object.keys(await shares(page));
    expect(await page.locator("#idle").isVisible()).toBe(false);
    await page.locator("#of-wall").click();
    expect(await names()).toContain("webq");
    await page.locator("#hide-idle").check();
    expect(await names()).not.toContain("webq");
    expect(await names()).toContain("vp8enc0");
    await page.keyboard.press("/");
    await page.keyboard.type("x264enc0");
    // As of CPU time: all that waited was one idle thread.
    expect(await page.textContent("#found")).toBe("6.11 s, 59 % of the wall time");
    await page.locator("#hide-idle").uncheck();
    expect(await page.textContent("#found")).toBe("11.1 s, 55 % of the wall time");
    await page.locator("#of-cpu").click();
    expect(await page.locator("#idle").isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    await close(page);
  });

  test("a row of which the graph has no room for a frame says so", async () => {
    const { page } = await open("thousand", desk);
    const graph = new Set(
      await page.evaluate(() => {
        const names: string[] = [];
        const walk = (frame: { data: { name: string }; children?: never[] }): void => {
          names.push(frame.data.name);
          for (const child of frame.children ?? []) walk(child);
        };
        const group = document.querySelector("g.frame") as unknown as { __data__: never };
        walk(group.__data__);
        return names;
      }),
    );
    await page.locator("#show-all").click();
    const name = (await texts(page, "#rows .name > bdi")).find((one) => !graph.has(one));
    expect(name).toBeDefined();
    await page.locator(`#rows tr:has(bdi:text-is("${name}"))`).click();
    expect(await page.textContent("#flame-note")).toBe(
      `There is no room for the samples of ${name}, so the flame graph shows all elements.`,
    );
    await close(page);
  });

  test("each column is explained below the table, where a finger finds it, at every width", async () => {
    for (const look of narrow) {
      const { page } = await open("usual", look);
      await page.locator("#legend summary").click();
      const visible = (selector: string): Promise<string[]> =>
        page
          .locator(selector)
          .evaluateAll((all) =>
            all.filter((e) => (e as HTMLElement).offsetParent !== null).map((e) => e.textContent?.trim() ?? ""),
          );
      const heads = (await visible("#head th")).slice(1);
      expect(await visible("#words dt")).toEqual(heads);
      expect((await visible("#words dd")).every((text) => text.length > 10)).toBe(true);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      await close(page);
    }
  });

  test("why there is no latency is to be read whole at every width", async () => {
    const { page } = await open("unmatched", phone);
    for (const width of [320, 390, 800, 1280]) {
      await page.setViewportSize({ ...phone, width });
      const reason = page.locator("#ways .reason");
      expect(await reason.textContent()).toMatch(/^12 of 300 matched: buffers arrive with other times/);
      const { left, right, hidden } = await reason.evaluate((e) => {
        const { left, right } = e.getBoundingClientRect();
        return { left, right, hidden: e.scrollWidth > e.clientWidth && getComputedStyle(e).overflow !== "visible" };
      });
      expect([left >= 0, right <= width, hidden], `${width}`).toEqual([true, true, false]);
    }
    await close(page);
  });

  test("a name of usual length is whole where there are all columns", async () => {
    const { page } = await open("usual", desk);
    const cut = await page
      .locator("#rows .name > bdi")
      .evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.textContent));
    expect(cut).toEqual([]);
    await close(page);
  });

  test("a row of the table is one line, at every width", async () => {
    const { page } = await open("usual", desk);
    for (const width of [320, 390, 600, 800, 1000, 1280, 1920]) {
      await page.setViewportSize({ ...desk, width });
      const lines = await page.locator("tr").evaluateAll((rows) =>
        rows.map((row) => {
          const shown = [...row.children]
            .map((cell) => cell.getBoundingClientRect())
            .filter(({ height }) => height > 0);
          return shown.filter(({ top }) => top >= (shown[0]?.bottom ?? 0)).length;
        }),
      );
      expect(Math.max(...lines), `${width}: cells below the first`).toBe(0);
    }
    await close(page);
  });

  test("the longest time and the buffers of a second are there", async () => {
    const { page } = await open("usual", desk);
    const heads = await texts(page, "#head th");
    const row = await texts(page, "#rows tr:first-child td");
    expect(row[heads.indexOf("Per second")]).toBe("30.0");
    expect(row[heads.indexOf("Max")]).toMatch(/^\d\d\.\d ms$/);
    await close(page);
  });

  test("it can be used with the keyboard alone", async () => {
    const { page } = await open("usual", desk);
    await page.keyboard.press("/");
    await page.keyboard.type("SATD");
    expect(await page.textContent("#found")).toMatch(/^[\d.]+ m?s, \d+ % of the CPU time$/);
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
    await page.locator("#whole-width").click();
    await page.locator("th button", { hasText: /^In$/ }).click();
    expect((await texts(page, "#rows tr:first-child .name > bdi"))[0]).toBe("filesink0");
    await page.locator("th button", { hasText: /^In$/ }).click();
    expect(await page.getAttribute("th:has(button:text-is('In'))", "aria-sort")).toBe("ascending");
    expect(await page.locator("th[aria-sort]").count()).toBe(1);
    await close(page);
  });

  /** On a machine that does nothing else the page needs less than the whole proof permits. */
  const [most, tries] = taste([5000, 3], [500, 15]);

  test(`a thousand elements are drawn in less than ${most} ms, and all their rows too`, async () => {
    const renders: number[] = [];
    const all: number[] = [];
    // The machine is shared: the best try says what the page needs.
    const enough = () => Math.min(...renders) < most && Math.min(...all) < most;
    for (let i = 0; i < tries && (i === 0 || !enough()); i++) {
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
    expect(Math.min(...renders)).toBeLessThan(most);
    expect(Math.min(...all)).toBeLessThan(most);
  }, 120_000);
});

test("a file is never seen half written", async () => {
  const capture = await captureOf(encoders);
  const file = join(capture.dir, "report.html");
  await writeHtml(capture, file);
  expect(statSync(file).size).toBe(Buffer.byteLength(await html(capture)));
  expect(readFileSync(file, "utf8").endsWith("</html>\n")).toBe(true);
});
