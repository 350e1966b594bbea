// Can a person follow a function: find it, sort, filter, see its callers and callees, hand it on, send a link? Seen by a real browser.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../../scripts/build-page.mjs";
import { writeHtml } from "../../../src/agent/report-file.js";
import { FunctionIndex, functionTimes } from "../../../src/analysis/functions.js";
import { type Capture, readCapture } from "../../../src/capture/reader.js";
import { CaptureWriter } from "../../../src/capture/writer.js";
import { hasChromium, launch, openReport } from "../../helpers/browser.js";
import { PERIOD_NS, sampleAgent, sampleCapture, sampleFacts } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { type SampleStack, samplePprof } from "../../helpers/sample-pprof.js";
import { scratch } from "../../helpers/scratch.js";

const desk = { width: 1280, height: 800 };
const hostile = '<img src=x onerror="document.title=1">operator()(int)';

/** Two threads of x264enc0, one function in two elements, one that calls itself, and a thread that only waits. */
async function capture(more: SampleStack[] = []): Promise<Capture> {
  const sample = sampleCapture("pipeline0", encoders);
  const of = (path: string, thread: string, n: number, ...stack: string[]): SampleStack => ({
    stack: ["libc.so.6!start", ...stack],
    ns: n * PERIOD_NS,
    labels: { pipeline: "pipeline0", path: `pipeline0/${path}`, thread },
  });
  const added = [
    of("encoder/x264enc0", "lookahead", 70, "libx264.so.164!walk", "libx264.so.164!walk", "libc.so.6!memcpy"),
    of("encoder/x264enc0", "lookahead", 20, "libx264.so.164!walk"),
    of("vp8enc0", "vp8", 30, "libvpx.so.7!frame", "libc.so.6!memcpy"),
    of("vp8enc0", "vp8", 4, `libvpx.so.7!${hostile}`),
    ...more,
  ];
  const waits = of("webq", "idler", 500, "libc.so.6!wait");
  waits.labels.blocked_on = "futex";
  const cpu = [...sample.stacks, ...added];
  const all = [...cpu, waits];
  const writer = await CaptureWriter.create(scratch(), sampleFacts());
  const sum = (some: SampleStack[]) => some.reduce((ns, one) => ns + one.ns, 0);
  const info = (some: SampleStack[]) => ({ ...sample.info, samples: sum(some) / PERIOD_NS, totalNs: sum(some) });
  await writer.addProfile(samplePprof(cpu), info(cpu));
  await writer.addProfile(samplePprof(all), { ...info(all), kind: "wall" });
  await writer.finish({ ...sample, agent: sampleAgent(10) });
  return readCapture(writer.dir);
}

describe.skipIf(!hasChromium)("functions", () => {
  let browser: Browser;
  let read: Capture;
  let [file, many] = ["", ""];

  beforeAll(async () => {
    await buildPage();
    browser = await launch();
    read = await capture();
    file = join(read.dir, "report.html");
    await writeHtml(read, file);
    const labels = { pipeline: "pipeline0", path: "pipeline0/vp8enc0", thread: "many" };
    const large = await capture(
      Array.from({ length: 401 }, (_, i) => ({
        stack: ["x!main", `liby.so!${i === 0 ? `${"a".repeat(60)}!` : `one_of_many_${i}`}`],
        ns: 1000 + i,
        labels,
      })),
    );
    many = join(large.dir, "report.html");
    await writeHtml(large, many);
  });
  afterAll(async () => browser?.close());

  const open = (hash = "#view=functions", of = file) => openReport(browser, of, desk, hash);
  const close = (page: Page) => page.context().close();
  const texts = (page: Page, selector: string) => page.locator(selector).allTextContents();
  const names = (page: Page) => texts(page, "#function-rows .name > bdi");
  const row = (page: Page, name: string) => page.locator("#function-rows tr", { has: page.getByText(name, { exact: true }) }); // biome-ignore format: one locator
  const frames = (page: Page, box: string): Promise<string[]> =>
    page.locator(`${box} g.frame`).evaluateAll((all) => all.map((g) => g.getAttribute("name") ?? ""));
  const said = (page: Page, id: string) => page.locator(id).innerText();

  test("are those of the capture, of all or of an element and a thread; columns sort them", async () => {
    const { page, complaints } = await open("");
    await page.locator("#as-functions").click();
    const times = functionTimes(new FunctionIndex(read.cpu?.stacks.frames ?? []), read.cpu?.stacks.samples ?? []);
    const tsv = times.map(({ name, ns, totalNs }) => `${name} ${ns} ${totalNs}`).sort();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.locator("#copy-table").click();
    await page.waitForFunction(() => document.getElementById("handed-on")?.textContent === "Copied the table.");
    const copied = (await page.evaluate(() => navigator.clipboard.readText())).trimEnd().split("\n");
    expect(copied[0]).toBe("function\tmodule\tself_ns\ttotal_ns");
    expect(copied.slice(1).map((line) => line.split("\t").filter((_, i) => i !== 1).join(" ")).sort()).toEqual(tsv); // biome-ignore format: one line
    expect((await names(page))[0]).toBe(times[0]?.name);
    await page.locator("#function-head button", { hasText: "Total" }).click();
    expect(await page.getAttribute("#function-head th:nth-child(4)", "aria-sort")).toBe("descending");
    expect(await row(page, "start").locator("td").nth(3).innerText()).toContain("%");
    await page.locator("#function-head button", { hasText: "Function" }).click();
    const sorted = await names(page);
    expect(sorted).toEqual([...sorted].sort());
    await page.locator("#function-element").selectOption({ label: "encoder/x264enc0" });
    expect(await names(page)).not.toContain("frame");
    expect(await page.locator("#rows tr[aria-selected=true]").count()).toBe(1);
    await page.locator("#function-thread").selectOption("lookahead");
    expect((await names(page)).sort()).toEqual(["memcpy", "start", "walk"]);
    expect(await row(page, "walk").locator("td").nth(3).innerText()).toMatch(/100\.0 %\s*900 ms/);
    expect(await said(page, "#explored-title")).toContain("encoder/x264enc0, thread lookahead");
    expect(await frames(page, "#callees")).toEqual(expect.arrayContaining(["walk", "memcpy"]));
    expect(complaints).toEqual([]);
    await close(page);
  });

  test("of wall time have what waited, but for threads that are hidden because they only wait", async () => {
    const { page } = await open();
    expect(await names(page)).not.toContain("wait");
    await page.locator("#of-wall").click();
    expect(await names(page)).toContain("wait");
    await page.locator("#hide-idle").check();
    expect(await names(page)).not.toContain("wait");
    await close(page);
  });

  test("are filtered by text and by regular expressions; a bad one is told, and is text then", async () => {
    const { page, complaints } = await open();
    const filter = async (text: string) => {
      await page.fill("#function-filter", text);
      return { found: await names(page), problem: await said(page, "#function-problem") };
    };
    expect(await filter("^(walk|mem.*)$")).toEqual({ found: ["memcpy", "walk"], problem: "" });
    expect(await filter("LIBVPX")).toMatchObject({ found: expect.arrayContaining(["frame", hostile]) });
    expect(await page.inputValue("#search")).toBe("LIBVPX");
    const bad = await filter("operator()(");
    expect(bad.found).toEqual([hostile]);
    expect(bad.problem).toMatch(/^No regular expression \(.*\): searched for as plain text\.$/);
    expect((await filter("nobody")).found).toEqual([]);
    expect(await said(page, "#function-rest")).toMatch(/^None of \d+ functions matches\.$/);
    expect((await filter("^$")).found).toEqual([]);
    expect(await said(page, "#found")).toBe("no frame matches");
    await page.keyboard.press("Escape");
    expect((await names(page)).length).toBeGreaterThan(5);
    expect(complaints).toEqual([]);
    await close(page);
  });

  test("are searched for by expressions that others could do with for years; the page answers as before", async () => {
    const { page, complaints } = await open(`#view=functions&pattern=${encodeURIComponent("(a+)+$")}`, many);
    expect(await page.inputValue("#function-filter")).toBe("(a+)+$");
    expect(await said(page, "#function-problem")).toBe("");
    expect(await names(page)).not.toContain(`${"a".repeat(60)}!`);
    await page.fill("#function-filter", "^(a+)+!$");
    expect(await names(page)).toEqual([`${"a".repeat(60)}!`]);
    await page.fill("#function-filter", "(a)\\1");
    expect(await said(page, "#function-problem")).toContain("(it refers back to a group): searched for as plain text.");
    await page.locator("#as-table").click();
    expect(await said(page, "#found")).toMatch(
      /^no frame matches\. Regular expressions like this one are not .*text\.$/,
    );
    expect(complaints).toEqual([]);
    await close(page);
  });

  test("are zoomed to by a link, in the page's graph and in one that was made of a choice", async () => {
    const crumbs = (of: Page) => texts(of, "#crumbs li");
    const hashOf = (of: Page) => of.evaluate(() => location.hash);
    const zoomTo = async (of: Page, box: string, name: string) => {
      await of.locator(box).focus();
      await of.fill("#search", `^${name}$`);
      await of.locator(`${box} g.frame[name="${name}"]`).first().click();
      await of.fill("#search", "");
    };
    const { page } = await open("");
    await page.locator("#rows tr", { hasText: "x264enc0" }).click();
    expect(await hashOf(page)).not.toContain("zoom=");
    await zoomTo(page, "#flame", "memcpy");
    const [hash, shown] = [await hashOf(page), await crumbs(page)];
    expect(hash).toMatch(/zoom=[0-9a-z]{1,7}$/);
    expect(shown.at(-1)).toBe("memcpy");
    const other = await open(hash);
    expect(await crumbs(other.page)).toEqual(shown);
    expect(await hashOf(other.page)).toBe(hash);
    await other.page.locator("#inverted").click();
    await zoomTo(other.page, "#callees", "walk");
    const inverted = await hashOf(other.page);
    expect(inverted).toMatch(/zoom=/);
    expect(inverted).not.toBe(hash);
    const third = await open(inverted);
    const widths = (of: Page) =>
      of.locator("#callees g.frame").evaluateAll((all) => all.map((g) => `${g.getAttribute("name")} ${g.getAttribute("width")}`)); // biome-ignore format: one line
    expect(await widths(third.page)).toEqual(await widths(other.page));
    await page.keyboard.press("Escape");
    expect(await hashOf(page)).not.toContain("zoom=");
    const lost = await open("#zoom=zzz");
    expect(await hashOf(lost.page)).toBe("");
    expect([...other.complaints, ...third.complaints, ...lost.complaints]).toEqual([]);
    for (const one of [page, other.page, third.page, lost.page]) await close(one);
  });

  test("have their callers above and what they call below, one leads to the next, and Escape leads back", async () => {
    const { page, complaints } = await open();
    await row(page, "memcpy").click();
    expect(await said(page, "#explored-title")).toMatch(/^memcpy\s*self 1\.00 s, total 1\.00 s/);
    expect(await texts(page, "#callers-list button")).toEqual(["walk", "frame"]);
    expect(await said(page, "#callees-list")).toBe("nothing");
    expect(await frames(page, "#callers")).toEqual(expect.arrayContaining(["memcpy", "walk", "frame", "start"]));
    const y = (name: string) => page.locator(`#callers g.frame[name="${name}"]`).first().evaluate((g) => g.getBoundingClientRect().y); // biome-ignore format: one line
    expect(await y("frame")).toBeLessThan(await y("memcpy"));
    expect(await page.locator("#flame").isHidden()).toBe(true);
    await page.locator("#callers-list button", { hasText: "walk" }).click();
    expect(await said(page, "#explored-title")).toMatch(/^walk\s*self 200 ms, total 900 ms/);
    expect(await row(page, "walk").getAttribute("aria-selected")).toBe("true");
    expect(await texts(page, "#callees-list button")).toEqual(["memcpy"]);
    await page.locator("#callees").focus();
    await page.keyboard.press("ArrowDown");
    expect(await said(page, "#explored-reading")).toContain("walk");
    await page.keyboard.press("Escape");
    expect(await page.locator("#explored").isHidden()).toBe(true);
    expect(await page.locator("#flame g.frame").count()).toBeGreaterThan(3);
    await row(page, "frame").focus();
    await page.keyboard.press("Enter");
    expect(await said(page, "#explored-title")).toMatch(/^frame/);
    await page.keyboard.press("ArrowDown");
    expect(await row(page, "frame").evaluate((r) => r === document.activeElement)).toBe(false);
    expect(complaints).toEqual([]);
    await close(page);
  });

  test("are inverted by one press: what ran first, its callers below", async () => {
    const { page } = await open();
    await page.locator("#inverted").click();
    expect(await page.getAttribute("#inverted", "aria-pressed")).toBe("true");
    const top = (name: string) => page.locator(`#callees g.frame[name="${name}"]`).first().evaluate((g) => g.getBoundingClientRect().y); // biome-ignore format: one line
    expect(await top("memcpy")).toBeLessThan(await top("frame"));
    expect(await page.locator("#callers").isHidden()).toBe(true);
    await page.locator("#inverted").click();
    expect(await page.locator("#flame").isVisible()).toBe(true);
    await close(page);
  });

  test("are stepped through in the graph, forwards and backwards, round and round", async () => {
    const { page } = await open("");
    expect(await page.locator("#match-steps").isHidden()).toBe(true);
    await page.fill("#search", "^memcpy$");
    const place = () => said(page, "#match-place");
    await page.keyboard.press("Enter");
    expect(await place()).toBe("1 of 2");
    expect(await page.locator("#flame g.frame[data-focus]").getAttribute("name")).toBe("memcpy");
    await page.locator("#match-next").click();
    expect(await place()).toBe("2 of 2");
    await page.locator("#match-next").click();
    expect(await place()).toBe("1 of 2");
    await page.locator("#match-previous").click();
    expect(await place()).toBe("2 of 2");
    await page.fill("#search", "nobody");
    expect(await page.locator("#match-steps").isHidden()).toBe(true);
    await close(page);
  });

  test("are shown again by the address, however odd it is", async () => {
    const { page, complaints } = await open();
    await page.locator("#of-wall").click();
    await page.locator("#function-element").selectOption({ label: "vp8enc0" });
    await page.locator("#function-thread").selectOption("vp8");
    await row(page, "memcpy").click();
    await page.fill("#function-filter", "mem|frame");
    const picture = async (of: Page) => [
      await names(of),
      await said(of, "#explored-title"),
      await of.inputValue("#search"),
      await of.getAttribute("#of-wall", "aria-pressed"),
      await of.locator("#function-element").inputValue(),
      await of.locator("#function-thread").inputValue(),
      (await frames(of, "#callers")).sort(),
    ];
    const [hash, shown] = [await page.evaluate(() => location.hash), await picture(page)];
    const other = await open(hash);
    expect(await picture(other.page)).toEqual(shown);
    for (const odd of ["#view=%", "#element=none&function=none&thread=none", "#&&&=", "#view=functions&pattern=("]) {
      await page.evaluate((text) => {
        location.hash = text;
      }, odd);
      await page.waitForFunction(() => document.getElementById("search") !== null);
    }
    await page.waitForFunction(() => (document.getElementById("search") as HTMLInputElement).value === "(");
    expect([...complaints, ...other.complaints]).toEqual([]);
    await close(page);
    await close(other.page);
  });

  test("are handed on: the name, the graph as SVG and PNG, the stacks as text", async () => {
    const { page, complaints } = await open();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await row(page, hostile).click();
    await page.locator("#copy-name").click();
    await page.waitForFunction(() => document.getElementById("handed-on")?.textContent === "Copied the name.");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(hostile);
    await page.locator("#save summary").click();
    const saved = async (button: string): Promise<{ name: string; bytes: Buffer }> => {
      const coming = page.waitForEvent("download");
      await page.locator(button).click();
      const download = await coming;
      return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
    };
    const svg = await saved("#save-svg");
    expect(svg.name).toBe("gst-pyroscope-flame.svg");
    const blank = await browser.newPage();
    const inside = await blank.evaluate((text) => {
      const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
      return {
        broken: parsed.querySelector("parsererror") !== null || parsed.querySelector("img, script") !== null,
        titles: [...parsed.querySelectorAll("title")].map(({ textContent }) => textContent),
        colours: [...parsed.querySelectorAll("g rect")].map((rect) => rect.getAttribute("fill")),
      };
    }, svg.bytes.toString());
    await blank.close();
    expect(inside.broken).toBe(false);
    expect(inside.titles.join("\n")).toContain(hostile);
    for (const colour of inside.colours) expect(colour).toMatch(/^#[0-9a-f]{6}$/);
    const png = await saved("#save-png");
    expect(png.bytes.subarray(1, 4).toString()).toBe("PNG");
    expect(png.bytes.readUInt32BE(16)).toBe(2400);
    const text = (await saved("#save-text")).bytes.toString();
    expect(text.split("\n")).toContain(`lookahead;start;walk;walk;memcpy ${70 * PERIOD_NS}`);
    const sum = text.trimEnd().split("\n").reduce((ns, line) => ns + Number(line.split(" ").at(-1)), 0); // biome-ignore format: one sum
    expect(sum).toBe(read.cpu?.totalNs);
    expect(complaints).toEqual([]);
    await close(page);
  });

  test("that are many come a hundred at a time, and what is left out is counted", async () => {
    const { page } = await open("#view=functions&pattern=one_of_many", many);
    expect(await page.locator("#function-rows tr").count()).toBe(100);
    expect(await said(page, "#function-rest")).toMatch(
      /^300 more functions with .* % of the CPU time in themselves\.$/,
    );
    await page.locator("#function-more").click();
    expect(await page.locator("#function-rows tr").count()).toBe(200);
    await close(page);
  });
});
