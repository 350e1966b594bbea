// Does speedscope's own release open the file, and does it find the capture's time there?
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { speedscope } from "../../../src/export/speedscope.js";
import { hasChromium, launch } from "../../helpers/browser.js";
import { bytesOf, type ExportCapture, sourceOf, writeExportCapture } from "../../helpers/export-capture.js";
import { scratch } from "../../helpers/scratch.js";

let made: ExportCapture;
let file = "";
beforeAll(async () => {
  made = await writeExportCapture();
  file = scratch("capture.speedscope.json");
  writeFileSync(file, await bytesOf(await speedscope(await sourceOf(made.dir))));
});

interface File {
  shared: { frames: { name: string; file?: string }[] };
  profiles: { name: string; unit: string; endValue: number; samples: number[][]; weights: number[] }[];
}
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

describe("the file for speedscope", () => {
  test("has CPU and wall time with the capture's sums, and the threads, whose sums are the same", () => {
    const { profiles, shared } = JSON.parse(readFileSync(file, "utf8")) as File;
    const [cpu, wall, ...threads] = profiles;
    expect([sum(cpu?.weights ?? []), cpu?.endValue]).toEqual([made.cpuNs, made.cpuNs]);
    expect(sum(wall?.weights ?? [])).toBe(made.wallNs);
    expect(sum(threads.map(({ weights }) => sum(weights)))).toBe(made.cpuNs);
    for (const { samples, weights } of profiles) {
      expect(samples.length).toBe(weights.length);
      expect(samples.flat().every((index) => shared.frames[index] !== undefined)).toBe(true);
    }
  });

  test("has nothing that ends a script", () => {
    expect(readFileSync(file, "utf8")).not.toMatch(/[<>&]/);
  });
});

const release = join(
  dirname(createRequire(import.meta.url).resolve("speedscope/package.json")),
  "dist/release/index.html",
);

describe.skipIf(!hasChromium || !existsSync(release))("speedscope", () => {
  test("opens it without a complaint, shows its total, and runs nothing of it", async () => {
    const browser = await launch();
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("dialog", (dialog) => {
        complaints.push(dialog.message());
        void dialog.dismiss();
      });
      await page.goto(pathToFileURL(release).href);
      await page.setInputFiles("input[type=file]", file);
      // The list of functions is text; the graphs are drawn.
      await page.waitForFunction(
        () => document.title.includes("speedscope") && document.querySelector("canvas") !== null,
      );
      await page.getByText("Sandwich").click();
      await page.waitForFunction(() => document.body.innerText.includes("sad"));
      const text = await page.evaluate(() => document.body.innerText);
      expect(text).toContain("CPU time, all threads");
      expect(text).toMatch(/sad/);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
