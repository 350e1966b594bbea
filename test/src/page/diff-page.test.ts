// Does the page of a comparison open from disk, name what changed in words beside colours, and take hostile names as text?
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPage } from "../../../scripts/build-page.mjs";
import { compare } from "../../../src/compare/comparison.js";
import { judgeGate, parseGate } from "../../../src/compare/gates.js";
import type { RecordedProfiles, StackSample } from "../../../src/model/recorded-profiles.js";
import { type ChangedSide, changedTree, changeOf, movers } from "../../../src/page/changed-tree.js";
import { diffPageData } from "../../../src/page/diff-data.js";
import { diffHtml } from "../../../src/page/diff-html.js";
import { hasChromium, launch, openReport } from "../../helpers/browser.js";
import { sideOf, usualCpu } from "../../helpers/compared-sides.js";
import { scratch } from "../../helpers/scratch.js";

const PERIOD_NS = 1e7;
const frames = ["main", "chain", "encode", "search", "</script><img src=x onerror=alert(1)>"].map((name) => ({
  name,
  module: name === "search" ? "orcexec.aB3x9Z (deleted)" : "libapp.so",
}));
const sample = (path: string, stack: number[], samples: number): StackSample => ({
  ...{ path, pipeline: "p", factory: "f", thread: "t", blockedOn: "", inferred: false, chain: [] },
  ...{ stack, ns: samples * PERIOD_NS },
});
const side = (samples: StackSample[], more: Partial<ChangedSide> = {}): ChangedSide => ({
  profiles: [{ stacks: { frames, samples }, totalNs: 0, rows: [] } as RecordedProfiles],
  ...{ periodNs: PERIOD_NS, buffers: 1000, shown: new Map() },
  ...more,
});
const before = side([
  sample("p/h264", [0, 1, 2], 1000),
  sample("p/h264", [0, 1, 3], 500),
  sample("p/conv", [0, 1, 4], 300),
]);
const after = side([
  sample("p/h264", [0, 1, 2], 1500),
  sample("p/h264", [0, 1, 3], 510),
  sample("p/conv", [0, 1, 4], 310),
]);

describe("one tree of both", () => {
  const tree = changedTree(before, after, new Set(["p/h264"]), 1000);
  const find = (name: string, node = tree): typeof tree | undefined =>
    node.name === name ? node : node.children.map((child) => find(name, child)).find(Boolean);

  it("has the time for each buffer of both, and its sums are those of the recordings", () => {
    expect([tree.before, tree.after]).toEqual([(1800 * PERIOD_NS) / 1000, (2320 * PERIOD_NS) / 1000]);
    const [h264] = tree.children[0]?.children ?? [];
    expect([h264?.name, h264?.before, h264?.after]).toEqual(["h264", 1.5e7, 2.01e7]);
  });

  it("colours what changed beyond the noise of its samples, and nothing else", () => {
    expect(find("encode")?.change).toBeCloseTo(Math.log(1.5), 9);
    expect(find("search")?.change).toBe(0);
    expect(find("conv")?.change).toBe(0);
  });

  it("loses no time when it is made small", () => {
    const small = changedTree(before, after, new Set(), 6);
    const sum = (node: typeof tree): number => node.children.reduce((all, child) => all + child.after, 0);
    expect(small.after).toBe(tree.after);
    expect(sum(small)).toBe(small.after);
  });

  it("finds an element again that has another path now", () => {
    const renamed = side([sample("p/encoder", [0, 1, 2], 1000)], { shown: new Map([["p/encoder", "p/h264"]]) });
    const [pipeline] = changedTree(renamed, side([sample("p/h264", [0, 1, 2], 1000)]), new Set(), 100).children;
    expect(pipeline?.children.map(({ name }) => name)).toEqual(["h264"]);
  });

  it("takes code that was made while the program ran for the same in both", () => {
    const other = side([sample("p/h264", [3], 400)]);
    const again = frames.map((frame) => ({ ...frame, module: frame.module.replace("aB3x9Z", "Qq81Zz") }));
    const renamed = {
      ...other,
      profiles: other.profiles.map((p) => ({ ...p, stacks: { ...p.stacks, frames: again } })),
    };
    expect(movers(other, renamed, 10)).toEqual([]);
  });
});

it("a frame's time differs when its samples say so, not before", () => {
  const each: [number, number] = [1e4, 1e4]; // of one sample for each buffer
  expect(changeOf(1e6, 1.2e6, each, 4)).toBe(0); // 100 and 120 samples
  expect(changeOf(1e7, 1.5e7, each, 4)).toBeCloseTo(Math.log(1.5), 9);
  expect(changeOf(0, 1e6, each, 4)).toBeCloseTo(Math.log(2), 9);
  expect(changeOf(1e6, 0, each, 4)).toBeCloseTo(-Math.log(2), 9);
  expect(changeOf(0, 0, each, 4)).toBe(0);
});

it("functions that moved come with what they took before and after", () => {
  expect(movers(before, after, 10).map(({ name, before: a, after: b }) => [name, a, b])).toEqual([
    ["encode", 1e7, 1.5e7],
  ]);
});

const evil = "</script><b>evil</b>";
const comparison = compare(
  sideOf("before"),
  sideOf(`after ${evil}`, { cpuNs: { ...usualCpu, h264: usualCpu.h264 * 1.4 }, seed: 2 }),
);
const gates = ["cpu.perBuffer(h264) > +10%", "cpu.perBuffer(conv) > +10%"].map((text) =>
  judgeGate(parseGate(text), comparison),
);
const request = { comparison, gates, before, after };

it("rows are what changed first, and the limits are kept", () => {
  const data = diffPageData(request, { nodes: 100, rows: 4 });
  expect(data.rows).toHaveLength(4);
  expect(data.rows[0]).toMatchObject({ subject: "h264", figure: "CPU/buffer", verdict: "more", isWorse: true });
  expect(data.gates.map(({ outcome }) => outcome)).toEqual(["fires", "passes"]);
});

describe.skipIf(!hasChromium)("in a browser", () => {
  let browser: Browser;
  let file = "";
  beforeAll(async () => {
    await buildPage();
    browser = await launch();
    const dir = scratch("page");
    mkdirSync(dir, { recursive: true });
    file = join(dir, "diff.html");
    writeFileSync(file, diffHtml(request));
  }, 60_000);
  afterAll(() => browser?.close());

  it.each([
    { width: 1280, height: 800 },
    { width: 390, height: 844 },
    { width: 1280, height: 800, dark: true },
  ])("%o: opens without a complaint, asks nobody, and is no wider than the window", async (look) => {
    const { page, complaints, requests } = await openReport(browser, file, look);
    expect([complaints, requests]).toEqual([[], []]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(look.width);
    expect(await page.textContent("#sentence")).toContain("h264 takes");
    expect(await page.textContent("#sides")).toBe(`Before: before. After: after ${evil}.`);
    await page.context().close();
  });

  it("says each verdict in a word, shows the rest on demand, and draws either width", async () => {
    const { page } = await openReport(browser, file, { width: 1280, height: 800 });
    expect(await page.textContent("#rows tr:first-child")).toMatch(/h264.*CPU\/buffer.*more$/);
    const rows = () => page.locator("#rows tr").count();
    const few = await rows();
    await page.click("#more");
    expect(await rows()).toBeGreaterThan(few);
    expect(await page.textContent("#movers")).toContain("encode");
    const widthOf = (name: string) =>
      page.evaluate((wanted) => {
        const group = [...document.querySelectorAll("#flame g.frame")].find((g) => g.textContent?.includes(wanted));
        return group?.querySelector("rect")?.getAttribute("width") ?? null;
      }, name);
    const wide = await widthOf("encode");
    await page.click("#width-before");
    expect(await widthOf("encode")).not.toBe(wide);
    await page.fill("#search", "encode");
    expect(await page.textContent("#found")).toContain("of the CPU time per buffer");
    await page.context().close();
  });
});
