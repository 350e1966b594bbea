// Is the picture well-formed XML that a browser draws, with every element's name as text, and nothing that runs?
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { pipelineSvg } from "../../../src/export/pipeline-svg.js";
import { NothingToExport } from "../../../src/export/source.js";
import { hasChromium, launch } from "../../helpers/browser.js";
import { bytesOf, sourceOf, writeExportCapture } from "../../helpers/export-capture.js";
import { sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

async function svgOf(dir: string): Promise<string> {
  const file = scratch("capture.svg");
  writeFileSync(file, await bytesOf(await pipelineSvg(await sourceOf(dir))));
  return file;
}

describe.skipIf(!hasChromium)("a browser", () => {
  let [plain, hostile] = ["", ""];
  beforeAll(async () => {
    plain = await svgOf(await writeSample(scratch(), sampleCapture("pipeline0", encoders)));
    hostile = await svgOf((await writeExportCapture()).dir);
  });

  async function opened(file: string) {
    const browser = await launch();
    try {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("dialog", (dialog) => {
        complaints.push(dialog.message());
        void dialog.dismiss();
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      await page.goto(pathToFileURL(file).href);
      return await page
        .evaluate(() => ({
          root: document.documentElement.tagName,
          broken: document.querySelector("parsererror") !== null,
          texts: [...document.querySelectorAll("text")].map((text) => text.textContent ?? ""),
          boxes: [...document.querySelectorAll("rect.box")].map((box) => box.getBoundingClientRect().width),
          links: document.querySelectorAll("path[marker-end]").length,
          foreign: document.querySelectorAll("script, foreignObject, a, image, use").length,
          attributes: [...document.querySelectorAll("*")]
            .flatMap((e) => e.getAttributeNames())
            .filter((name) => /^on|href/.test(name)),
        }))
        .then((seen) => ({ ...seen, complaints }));
    } finally {
      await browser.close();
    }
  }

  test("draws each element with its name and its share, and each link", async () => {
    const seen = await opened(plain);
    expect(seen).toMatchObject({ root: "svg", broken: false, foreign: 0, attributes: [], complaints: [] });
    const elements = encoders.filter((e) => !e.bin);
    expect(seen.boxes).toHaveLength(elements.length);
    expect(Math.min(...seen.boxes)).toBeGreaterThan(50);
    expect(seen.texts).toEqual(expect.arrayContaining(["x264enc0", "videotestsrc0", "encoder", "pipeline0"]));
    expect(seen.links).toBe(elements.filter((e) => e.from !== undefined).length);
  });

  test("draws hostile names as text", async () => {
    const seen = await opened(hostile);
    expect(seen).toMatchObject({ root: "svg", broken: false, foreign: 0, attributes: [], complaints: [] });
    expect(seen.texts.some((text) => text.includes("</script>"))).toBe(true);
  });
});

test("a capture without elements has no picture", async () => {
  const dir = await writeSample(scratch(), sampleCapture("pipeline0", []));
  await expect(pipelineSvg(await sourceOf(dir))).rejects.toThrow(NothingToExport);
});
