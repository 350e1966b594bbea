// Can the graph be read, chosen from, narrowed and coloured, by mouse and by keyboard, on a desk and on a phone? Seen by a real browser.
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../../scripts/build-page.mjs";
import { writeHtml } from "../../../src/agent/report-file.js";
import { replaceFile } from "../../../src/capture/own-folder.js";
import { type Capture, readCapture } from "../../../src/capture/reader.js";
import type { Recording } from "../../../src/model/recording.js";
import { html } from "../../../src/page/html.js";
import { hasChromium, type Look, launch, type Opened, openReport } from "../../helpers/browser.js";
import { dropping } from "../../helpers/dropping.js";
import { type SampleElement, sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { encoders, hostileElements, hostileNames, longChain } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

const desk: Look = { width: 1280, height: 800 };
const phone: Look = { width: 390, height: 844 };
const looks = [desk, { ...desk, dark: true }, phone, { ...phone, dark: true }];

const captureOf = async (elements: readonly SampleElement[], pipeline = "pipeline0"): Promise<Capture> =>
  readCapture(await writeSample(scratch(), sampleCapture(pipeline, elements)));

/** The encoders, and the same elements under a second pipeline's name. */
async function twoPipelines(): Promise<Recording> {
  const capture = await captureOf(encoders.slice(0, 4));
  const second = capture.topology.elements.map((e) => ({
    ...e,
    id: e.id + 1000,
    path: e.path.replace("pipeline0/", "pipeline0#2/"),
    pipeline: "pipeline0#2",
  }));
  const { topology } = capture;
  const elements = [...topology.elements, ...second];
  return { ...capture, topology: { ...topology, pipelines: ["pipeline0", "pipeline0#2"], elements } };
}

/** What a page that is fed each second does with it. */
interface LiveGraph {
  open(): void;
  update(data: object): void;
}

describe.skipIf(!hasChromium)("the graph", () => {
  let browser: Browser;
  const files: Record<string, string> = {};

  beforeAll(async () => {
    await buildPage();
    browser = await launch();
    const captures = {
      usual: dropping(await captureOf(encoders)),
      thousand: await captureOf(longChain(1000)),
      hostile: await captureOf(hostileElements, hostileNames[0]),
      two: await twoPipelines(),
    };
    for (const [name, capture] of Object.entries(captures)) {
      files[name] = join(capture.dir, "report.html");
      await writeHtml(capture, files[name]);
    }
    const none = await captureOf(encoders);
    files.none = join(none.dir, "report.html");
    const late = { of: async () => ({ problem: "it took longer than 2 s" }), limitMs: 2000 };
    await replaceFile(files.none, await html(none, new Map(), late));
  });
  afterAll(async () => {
    await browser?.close();
  });

  const open = async (name: string, look: Look = desk): Promise<Opened> => {
    const opened = await openReport(browser, files[name] ?? "", look);
    await opened.page.locator("#as-graph").click();
    return opened;
  };
  const close = (page: Page): Promise<void> => page.context().close();
  const node = (page: Page, name: string): Locator => page.locator("#graph .node", { hasText: name });
  const chosen = (page: Page): Promise<(string | null)[]> =>
    page.locator('#graph .node[aria-pressed="true"] .name').allTextContents();
  const viewBox = (page: Page): Promise<string | null> => page.getAttribute("#graph", "viewBox");

  test("has every element, link and bin, in any look, without a complaint or a request", async () => {
    for (const look of looks) {
      const { page, complaints, requests } = await open("usual", look);
      const names = await page.locator("#graph .name").allTextContents();
      const wanted = encoders.filter(({ bin }) => !bin).map(({ path }) => path.split("/").at(-1));
      expect(names.sort()).toEqual(wanted.sort());
      expect(await page.locator("#graph .link").count()).toBe(encoders.filter(({ from }) => from).length);
      expect(await page.locator("#graph .bin text").allTextContents()).toEqual(["encoder"]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      expect([complaints, requests]).toEqual([[], []]);
      await close(page);
    }
  });

  test("all of a usual pipeline is in view, and what stands in a box is not cut off", async () => {
    for (const look of looks) {
      const { page } = await open("usual", look);
      const outside = await page.locator("#graph").evaluate((svg) => {
        const whole = svg.getBoundingClientRect();
        return [...svg.querySelectorAll(".node")].filter((group) => {
          const { left, right, top, bottom } = (group.querySelector(".box") as Element).getBoundingClientRect();
          return left < whole.left || right > whole.right || top < whole.top || bottom > whole.bottom;
        }).length;
      });
      expect(outside).toBe(0);
      const cut = await page.locator("#graph .node").evaluateAll((all) =>
        all.flatMap((group) => {
          const box = (group.querySelector(".box") as SVGRectElement).getBBox();
          const [name, factory, figure] = [".name", ".factory", ".figure"].map((part) =>
            (group.querySelector(part) as SVGTextElement).getBBox(),
          );
          if (!name || !factory || !figure) return ["?"];
          const fits = name.x + name.width <= box.width && factory.x + factory.width <= figure.x;
          return fits ? [] : [group.textContent];
        }),
      );
      expect(cut).toEqual([]);
      await close(page);
    }
  });

  test("is beside the flame graph on the first screen, and so is the table", async () => {
    const { page } = await open("usual");
    const boxOf = async (selector: string) =>
      (await page.locator(selector).boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const flame = await boxOf("#flame");
    for (const [button, view] of [
      ["#as-graph", "#graph"],
      ["#as-table", "#rows"],
    ] as const) {
      await page.locator(button).click();
      const { x, y, width, height } = await boxOf(view);
      expect(x + width).toBeLessThanOrEqual(flame.x);
      expect(y + height).toBeLessThanOrEqual(desk.height);
    }
    expect(flame.y).toBeLessThan(desk.height / 2 + 100);
    await page.locator("#whole-width").click();
    expect((await boxOf("#rows")).width).toBeGreaterThan(1000);
    expect((await boxOf("#flame")).width).toBeGreaterThan(1000);
    await close(page);
  });

  test("an element that is chosen in it is chosen in table, flame graph and heat map, and the other way round", async () => {
    const { page } = await open("usual");
    await node(page, "vp8enc0").click();
    expect(await page.locator('#rows tr[aria-selected="true"] .name > bdi').allTextContents()).toEqual(["vp8enc0"]);
    expect(await page.locator("#crumbs li").allTextContents()).toEqual(["all", "pipeline0", "vp8enc0"]);
    expect(await page.textContent("#heat-title")).toContain("vp8enc0");
    expect(await chosen(page)).toEqual(["vp8enc0"]);
    await page.locator("#crumbs button").first().click();
    expect(await chosen(page)).toEqual([]);
    await page.locator("#as-table").click();
    await page.locator("#rows tr", { hasText: "x264enc0" }).click();
    await page.locator("#as-graph").click();
    expect(await chosen(page)).toEqual(["x264enc0"]);
    await node(page, "x264enc0").click();
    expect(await page.locator("#crumbs li").allTextContents()).toEqual(["all"]);
    await close(page);
  });

  test("has the figure of the chosen quantity in every box, and the more the stronger its colour", async () => {
    for (const look of [desk, { ...desk, dark: true }]) {
      const { page } = await open("usual", look);
      const figure = (name: string): Promise<string | null> => node(page, name).locator(".figure").textContent();
      expect([await figure("x264enc0"), await figure("vp8enc0"), await figure("webq")]).toEqual([
        "62.1 %",
        "18.0 %",
        "0.0 %",
      ]);
      /** Distance of the box from an empty one, by its lightness. */
      const lightness = (name: string): Promise<number> =>
        node(page, name)
          .locator(".box")
          .evaluate((box) => Number(/oklch\(([\d.]+)/.exec(getComputedStyle(box).fill)?.[1]));
      const [most, some, none] = [await lightness("x264enc0"), await lightness("vp8enc0"), await lightness("webq")];
      expect(look.dark ? most > some && some > none : most < some && some < none).toBe(true);
      expect(await page.textContent("#graph-caption")).toContain("Most CPU: encoder/x264enc0 62.1 %, vp8enc0 18.0 %");
      await page.selectOption("#graph-quantity", "level");
      expect([await figure("webq"), await figure("x264enc0")]).toEqual(["max 200", "–"]);
      expect(await page.textContent("#graph-legend")).toContain("most buffers in a queue at a time");
      for (const [quantity, unit] of [
        ["p99", "ms"],
        ["rate", "/s"],
      ]) {
        await page.selectOption("#graph-quantity", quantity ?? "");
        expect(await figure("x264enc0")).toContain(unit);
      }
      await page.selectOption("#graph-quantity", "blocked");
      expect(await page.textContent("#graph-legend")).toContain("nothing was measured here");
      await close(page);
    }
  });

  test("what dropped buffers says how many, in red, and to a reader of the screen too", async () => {
    const { page } = await open("usual");
    const queue = node(page, "webq");
    expect(await queue.locator(".drops").textContent()).toBe("dropped 1,234");
    expect(await queue.getAttribute("aria-label")).toBe("webq queue 0.0 % dropped 1,234: CPU of webq");
    const outline = (name: string): Promise<string> =>
      node(page, name)
        .locator(".box")
        .evaluate((box) => getComputedStyle(box).stroke);
    expect(await outline("webq")).not.toBe(await outline("scale"));
    expect(await page.textContent("#graph-caption")).toContain("A red outline: it dropped buffers.");
    await close(page);
  });

  test("a link is the wider the more it carried, and says how much", async () => {
    const { page } = await open("usual");
    const links = await page.locator("#graph .link").evaluateAll((all) =>
      all.map((link) => ({
        text: link.getAttribute("data-tip") ?? "",
        width: Number.parseFloat(getComputedStyle(link).strokeWidth),
      })),
    );
    const buffers = ({ text }: { text: string }): number =>
      Number(/([\d,]+) buffers? in all/.exec(text)?.[1]?.replace(",", ""));
    const byWidth = [...links].sort((a, b) => a.width - b.width).map(buffers);
    expect(byWidth).toEqual([...byWidth].sort((a, b) => a - b));
    expect(links.map(({ text }) => text)).toContain("mux.src → filesink0.sink\n61.2 buffers/s, 612 buffers in all");
    await close(page);
  });

  test("can be used with the keyboard alone", async () => {
    const { page } = await open("usual");
    const focused = (): Promise<string | null | undefined> =>
      page.evaluate(() => document.activeElement?.querySelector(".name")?.textContent);
    await page.locator("#graph-fit").focus();
    for (let i = 0; i < 3 && !(await focused()); i++) await page.keyboard.press("Tab");
    const first = await focused();
    expect(first).toBeTruthy();
    const seen = new Set([first]);
    for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowLeft", "ArrowUp"]) {
      await page.keyboard.press(key);
      seen.add(await focused());
    }
    expect(seen.size).toBeGreaterThan(3);
    const name = await focused();
    await page.keyboard.press("Enter");
    expect(await chosen(page)).toEqual([name]);
    const before = await viewBox(page);
    await page.keyboard.press("+");
    expect(await viewBox(page)).not.toBe(before);
    await page.keyboard.press("0");
    await page.keyboard.press("Escape");
    expect(await chosen(page)).toEqual([]);
    await close(page);
  });

  test("tells all figures to who points, is made larger, dragged, and fitted again, and the end of a drag chooses nothing", async () => {
    const { page } = await open("usual");
    const whole = await viewBox(page);
    await node(page, "webq").hover();
    const told = (await page.locator("#tip p").allTextContents()).join("; ");
    expect(told).toMatch(/CPU: 0.0 %; Exclusive p99: .* µs; Queue level: max 200; Buffers\/s: 153\/s; .*dropped 1,234/);
    await page.locator("#graph-in").click();
    const larger = await viewBox(page);
    expect(Number(larger?.split(" ")[2])).toBeLessThan(Number(whole?.split(" ")[2]));
    const box = await node(page, "x264enc0").boundingBox();
    await page.mouse.move((box?.x ?? 0) + 10, (box?.y ?? 0) + 10);
    await page.mouse.down();
    await page.mouse.move((box?.x ?? 0) - 40, (box?.y ?? 0) + 30, { steps: 4 });
    await page.mouse.up();
    expect(await viewBox(page)).not.toBe(larger);
    expect(await chosen(page)).toEqual([]);
    await page.locator("#graph-fit").click();
    expect(await viewBox(page)).toBe(whole);
    await close(page);
  });

  test("a filter narrows it to what matches, which is shown as large as it can be", async () => {
    const { page } = await open("usual");
    const before = await viewBox(page);
    await page.fill("#graph-filter", "enc");
    expect(await page.textContent("#graph-note")).toBe("4 of 16 elements match.");
    expect(await page.locator("#graph .node:not(.out) .name").allTextContents()).toEqual([
      "x264enc0",
      "h264parse0",
      "vp8enc0",
      "opusenc0",
    ]);
    expect(await viewBox(page)).not.toBe(before);
    await page.locator("#graph-filter").press("/");
    expect(await page.inputValue("#graph-filter")).toBe("enc/");
    await page.fill("#graph-filter", "");
    expect(await viewBox(page)).toBe(before);
    expect([await page.locator("#graph .out").count(), await page.textContent("#graph-note")]).toEqual([0, ""]);
    await close(page);
  });

  test("of a thousand elements has three hundred, and says where the others are", async () => {
    const { page, complaints } = await open("thousand");
    expect(await page.locator("#graph .node").count()).toBe(300);
    expect(await page.textContent("#graph-note")).toBe(
      "The costliest elements and their neighbours; 700 more elements are in the table.",
    );
    // What can be read is better than what is all there.
    const height = await page
      .locator("#graph .box")
      .first()
      .evaluate((box) => box.getBoundingClientRect().height);
    expect(height).toBeGreaterThan(20);
    expect(complaints).toEqual([]);
    await close(page);
  });

  test("shows one pipeline of several, and the one of an element that is chosen", async () => {
    const { page } = await open("two");
    expect(await page.locator("#graph-pipeline option").allTextContents()).toEqual(["pipeline0", "pipeline0#2"]);
    expect(await page.locator("#graph-pipeline optgroup").getAttribute("label")).toBe("pipeline0");
    await page.selectOption("#graph-pipeline", "pipeline0#2");
    expect(await page.getAttribute("#graph", "aria-label")).toBe("Graph of pipeline0#2: 4 elements");
    await page.locator("#as-table").click();
    await page.locator("#rows tr", { hasText: "convert" }).first().click();
    await page.locator("#as-graph").click();
    expect(await page.getAttribute("#graph", "aria-label")).toBe("Graph of pipeline0: 4 elements");
    await close(page);
  });

  test("no name does anything but stand there", async () => {
    const { page, complaints, requests } = await open("hostile");
    expect(await page.locator("#graph .node").count()).toBe(hostileNames.length);
    expect(await page.locator("#graph :is(script, image, a, foreignObject, img)").count()).toBe(0);
    expect(await page.title()).not.toBe("owned");
    expect([complaints, requests]).toEqual([[], []]);
    await close(page);
  });

  test("that could not be laid out is a sentence, and the table is as it was", async () => {
    const { page, complaints } = await open("none");
    expect(await page.locator("#graph").isVisible()).toBe(false);
    expect(await page.textContent("#graph-note")).toBe(
      "There is no picture of pipeline pipeline0: it took longer than 2 s. The table has all elements.",
    );
    await page.locator("#as-table").click();
    expect(await page.locator("#rows tr").count()).toBeGreaterThan(5);
    expect(complaints).toEqual([]);
    await close(page);
  });

  test("is opened at once by a link that ends in #view-graph", async () => {
    const context = await browser.newContext({ viewport: { width: desk.width, height: desk.height } });
    const page = await context.newPage();
    await page.goto(`file://${files.usual}#view-graph`);
    await page.waitForSelector("html[data-ready]");
    expect(await page.locator("#graph .node").count()).toBeGreaterThan(5);
    await context.close();
  });

  test("takes other figures without being laid out again, and another layout when its key is another one", async () => {
    const bundle = await build({
      stdin: { contents: 'export { Graph } from "./graph.js";', resolveDir: "src/page/browser", loader: "ts" },
      ...{ bundle: true, write: false, format: "iife", globalName: "parts", logLevel: "warning" },
    });
    const { page, complaints } = await open("usual");
    await page.evaluate(`${bundle.outputFiles[0]?.text}; globalThis.parts = parts`);
    const seen = await page.evaluate(() => {
      const { Graph } = (globalThis as never as { parts: { Graph: new (...args: unknown[]) => LiveGraph } }).parts;
      const data = JSON.parse(document.getElementById("data")?.textContent ?? "");
      for (const id of ["graph-quantity", "graph-pipeline"]) document.getElementById(id)?.replaceChildren();
      const graph = new Graph(data, () => undefined);
      graph.open();
      const look = () => {
        const group = document.querySelector('#graph [data-node="0"]');
        return [group, group?.getAttribute("transform"), group?.querySelector(".figure")?.textContent];
      };
      const before = look();
      const [pipeline] = data.graph.pipelines;
      const elements = data.elements.map((e: object) => ({ ...e, cpuNs: data.cpuNs / 2 }));
      const moved = { ...pipeline, layout: null };
      graph.update({ ...data, elements, graph: { ...data.graph, pipelines: [moved] } });
      const after = look();
      // Not laid out yet: the old one stays.
      graph.update({ ...data, graph: { ...data.graph, pipelines: [{ ...moved, key: "other" }] } });
      const waiting = look();
      graph.update({ ...data, graph: { ...data.graph, pipelines: [{ ...pipeline, key: "other" }] } });
      const anew = look();
      return {
        same: before[0] === after[0] && before[1] === after[1],
        figure: after[2],
        waits: waiting[0] === after[0],
        anew: anew[0] !== after[0],
      };
    });
    expect(seen).toEqual({ same: true, figure: "50.0 %", waits: true, anew: true });
    expect(complaints).toEqual([]);
    await close(page);
  });
});
