// Is the flame graph's picture as wide as the time, frame by frame, and are names only text in it?
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { duration } from "../../../src/analysis/units.js";
import { flameSvg } from "../../../src/export/flame-svg.js";
import { NothingToExport } from "../../../src/export/source.js";
import { hasChromium, launch } from "../../helpers/browser.js";
import {
  bytesOf,
  type ExportCapture,
  PIPELINE_PATH,
  sourceOf,
  writeExportCapture,
} from "../../helpers/export-capture.js";
import { scratch } from "../../helpers/scratch.js";

let made: ExportCapture;
beforeAll(async () => {
  made = await writeExportCapture();
});

const exported = async (more: Parameters<typeof sourceOf>[1] = {}): Promise<string> =>
  (await bytesOf(await flameSvg(await sourceOf(made.dir, more)))).toString();
/** Widths of the frames of a name. */
const widths = (svg: string, name: string): number[] =>
  [...svg.matchAll(/<title>([^<]*)<\/title><rect x="[\d.]+" y="\d+" width="([\d.]+)"/g)]
    .filter(([, title = ""]) => title.startsWith(`${name} (`) || title.startsWith(`${name}:`))
    .map(([, , width]) => Number(width));

describe("the picture", () => {
  test("has frames as wide as their share of the time", async () => {
    const svg = await exported();
    const [all = 0] = widths(svg, "all");
    const sad = widths(svg, "sad").reduce((sum, width) => sum + width, 0);
    expect(sad / all).toBeCloseTo(1e9 / made.cpuNs, 3);
    expect(svg).toContain(`>CPU time: ${duration(made.cpuNs)}<`);
  });

  test("of the wall profile has the waits; of an element, that alone", async () => {
    expect(widths(await exported({ kind: "wall" }), "(blocked in futex)").length).toBeGreaterThan(0);
    const own = await exported({ elements: new Set([`${PIPELINE_PATH}/enc`]) });
    expect([widths(own, "enc").length, widths(own, "src").length]).toEqual([1, 0]);
  });

  test("is not made of nothing", async () => {
    await expect(exported({ elements: new Set(["nobody"]) })).rejects.toThrow(NothingToExport);
  });
});

describe.skipIf(!hasChromium)("a browser", () => {
  test("draws it: text only, nothing that runs", async () => {
    const file = scratch("flame.svg");
    writeFileSync(file, await exported());
    const browser = await launch();
    try {
      const page = await browser.newPage();
      await page.goto(pathToFileURL(file).href);
      const seen = await page.evaluate(() => ({
        tags: [...new Set([...document.querySelectorAll("*")].map((e) => e.tagName))].sort(),
        attributes: [...document.querySelectorAll("*")]
          .flatMap((e) => e.getAttributeNames())
          .filter((name) => /^on|href/.test(name)),
      }));
      expect(seen).toEqual({ tags: ["g", "rect", "style", "svg", "text", "title"], attributes: [] });
    } finally {
      await browser.close();
    }
  });
});
