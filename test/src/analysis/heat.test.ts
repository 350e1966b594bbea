// Is it seen when an element took how long? Counts by instant and duration, from the lines of a capture to the page.

import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../../scripts/build-page.mjs";
import { writeHtml } from "../../../src/agent/report-file.js";
import { nextSnapshotDelayMs } from "../../../src/agent/session/snapshot-schedule.js";
import { heatMaps } from "../../../src/analysis/heat.js";
import { History } from "../../../src/capture/history.js";
import { readCapture } from "../../../src/capture/reader.js";
import { CaptureWriter } from "../../../src/capture/writer.js";
import { gridBoundsSeconds, histogramCount } from "../../../src/model/histogram.js";
import { HISTORY_COLUMNS, HISTORY_ROWS, rowOf } from "../../../src/model/recorded-history.js";
import { hasChromium, launch, openReport } from "../../helpers/browser.js";
import { cellOf } from "../../helpers/cells.js";
import { SECOND, START_UNIX_NS, sampleAgent, sampleCapture, sampleFacts } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { samplePprof } from "../../helpers/sample-pprof.js";
import { scratch } from "../../helpers/scratch.js";

const at = (seconds: number): bigint => START_UNIX_NS + BigInt(Math.round(seconds * SECOND));
const row = (ns: number): number => rowOf(gridBoundsSeconds.findIndex((bound) => ns <= bound * 1e9));
const startUnixNs = START_UNIX_NS;

describe("the history of a hop", () => {
  test("has what came between two lines where it came, and nothing elsewhere", () => {
    const history = new History(START_UNIX_NS, 60 * SECOND); // a column is a second
    const own = { exclusive: cellOf(1, []).exclusive };
    history.add(cellOf(1, [], { startUnixNs, ...own }), at(0));
    const early = cellOf(1, [4000, 4000, 4000]); // exclusive is half of it
    history.add({ ...early, startUnixNs }, at(1));
    const both = cellOf(1, [4000, 4000, 4000, 4e6, 4e6]);
    history.add({ ...both, startUnixNs }, at(3));
    const { hops, moments } = history.all();
    expect([hops.length, moments]).toEqual([1, 2]);
    const cell = (column: number, ns: number): number => hops[0]?.counts[column * HISTORY_ROWS + row(ns)] ?? Number.NaN;
    expect([cell(0, 2000), cell(1, 2000), cell(2, 2000)]).toEqual([3, 0, 0]);
    // Two within two seconds, when nobody knows: one in each.
    expect([cell(0, 2e6), cell(1, 2e6), cell(2, 2e6), cell(3, 2e6)]).toEqual([0, 1, 1, 0]);
  });

  test("loses no count, however its lines lie", () => {
    const history = new History(START_UNIX_NS, 7.3 * SECOND);
    const durations: number[] = [];
    for (let i = 1; i <= 40; i++) {
      for (let n = 0; n < i; n++) durations.push(100 * 1.7 ** ((i * n) % 30));
      history.add(cellOf(1, durations, { startUnixNs }), at(i * i * 0.006));
    }
    const all = history.all().hops[0]?.counts.reduce((sum, n) => sum + n, 0);
    expect(all).toBeCloseTo(histogramCount(cellOf(1, durations).exclusive), 6);
  });

  test("every bucket of the grid has the row that holds it", () => {
    gridBoundsSeconds.forEach((bound, bucket) => {
      expect(2 ** (rowOf(bucket) - 27)).toBeGreaterThanOrEqual(bound * (1 - 1e-12));
      expect(2 ** (rowOf(bucket) - 28)).toBeLessThan(bound);
    });
    expect(rowOf(gridBoundsSeconds.length)).toBe(HISTORY_ROWS - 1);
  });
});

test("moments come each second at first, then a sixtieth of the time, and seldom where there are many hops", () => {
  expect([nextSnapshotDelayMs(0, 20), nextSnapshotDelayMs(30_000, 20), nextSnapshotDelayMs(600_000, 20)]).toEqual([
    1000, 1000, 10_000,
  ]);
  expect(nextSnapshotDelayMs(0, 500)).toBe(10_000);
  let moments = 0;
  for (let passed = 0; passed < 24 * 3_600_000; passed += nextSnapshotDelayMs(passed, 20)) moments++;
  expect(moments).toBeLessThan(600); // in a day
});

/** Its first buffers take 1 ms, the later ones 30 ms. */
async function slowingDown(): Promise<string> {
  const sample = sampleCapture("pipeline0", encoders);
  const pad = sample.topology.pads.find(
    ({ element }) => sample.topology.elements.find((e) => e.name === "vp8enc0")?.id === element,
  )?.id;
  const index = sample.cells.findIndex((cell) => cell.pad === pad);
  const writer = await CaptureWriter.create(join(scratch(), "c"), sampleFacts());
  await writer.addProfile(samplePprof(sample.stacks), sample.info);
  for (let second = 1; second <= 10; second++) {
    const durations = Array.from({ length: 30 * second }, (_, i) => (i < 150 ? 2e6 : 60e6));
    const cells = sample.cells.map((cell, i) =>
      i === index ? { ...cell, ...cellOf(cell.pad, durations), peer: cell.peer, startUnixNs: cell.startUnixNs } : cell,
    );
    const last = { topology: sample.topology, cells, state: sample.state, agent: sampleAgent(second) };
    if (second < 10) await writer.snapshot(last.topology, last.cells, last.state, last.agent);
    else await writer.finish({ ...last, modules: sample.modules });
  }
  return writer.dir;
}

test("a heat map has a column a look, the rows in use and every buffer", async () => {
  const map = heatMaps(await readCapture(await slowingDown())).get("pipeline0/vp8enc0");
  expect(map).toMatchObject({ what: "own", columns: 10, low: row(1e6) });
  expect(map?.rows).toBe(row(30e6) - row(1e6) + 1);
  const { rows = 1, counts = [] } = map ?? {};
  const columns = Array.from({ length: 10 }, (_, column) => [counts[column * rows], counts[column * rows + rows - 1]]);
  expect(columns.slice(0, 5)).toEqual(Array(5).fill([30, 0]));
  expect(columns.slice(5)).toEqual(Array(5).fill([0, 30]));
  expect(HISTORY_COLUMNS % 10).toBe(0);
});

describe.skipIf(!hasChromium)("on the page", () => {
  let browser: Browser;
  let file: string;
  beforeAll(async () => {
    await buildPage();
    browser = await launch();
    const capture = await readCapture(await slowingDown());
    file = join(capture.dir, "report.html");
    await writeHtml(capture, file);
  });
  afterAll(async () => {
    await browser?.close();
  });

  test.each([
    ["a desk", { width: 1280, height: 800 }],
    ["a phone", { width: 390, height: 844 }],
    ["the dark", { width: 1280, height: 800, dark: true }],
  ])("on %s a row shows its own map, in its colour, as wide as there is room", async (_, look) => {
    const { page, complaints } = await openReport(browser, file, look);
    expect(await page.textContent("#heat-title")).toMatch(/^encoder\/x264enc0: time in its own code/);
    await page.locator("#rows tr", { hasText: "vp8enc0" }).click();
    expect(await page.textContent("#heat-title")).toMatch(/^vp8enc0: /);
    const cells = page.locator("#heat rect");
    expect(await cells.count()).toBe(10);
    expect(await page.locator("#heat rect title").first().textContent()).toBe("0 to 1.00 s: 30 took 977 µs to 1.95 ms");
    const { colour, left, right, bottom, top } = await page.locator("#heat svg").evaluate((svg) => {
      const rects = [...svg.querySelectorAll("rect")].map((rect) => rect.getBoundingClientRect());
      return {
        colour: getComputedStyle(svg.querySelector("rect") as Element).fill,
        left: Math.min(...rects.map((r) => r.left)) - svg.getBoundingClientRect().left,
        right: svg.getBoundingClientRect().right - Math.max(...rects.map((r) => r.right)),
        bottom: rects[0]?.bottom ?? 0,
        top: rects.at(-1)?.top ?? 0,
      };
    });
    expect([Math.abs(left) < 1, Math.abs(right) < 1]).toEqual([true, true]);
    expect(top).toBeLessThan(bottom); // longer is higher
    const other = await page
      .locator("#rows tr:nth-child(3) .swatch")
      .evaluate((e) => getComputedStyle(e).backgroundColor);
    expect(colour).not.toBe(other);
    await page.keyboard.press("Escape");
    expect(await page.textContent("#heat-title")).toMatch(/^encoder\/x264enc0: /);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
