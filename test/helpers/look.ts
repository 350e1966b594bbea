// What does the report look like? Writes pictures of sample captures into a folder, for eyes: npx vitest --config is not needed,
// esbuild bundles it. Usage: node scripts are not TypeScript on Node 20, so: npx esbuild test/helpers/look.ts --bundle --platform=node --packages=external --format=esm --outfile=F && node F DIR
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCapture } from "../../src/capture/reader.js";
import { writeHtml } from "../../src/report/html.js";
import { launch, openReport } from "./browser.js";
import { sampleCapture, writeSample } from "./sample-capture.js";
import { encoders, longChain } from "./sample-elements.js";

const out = process.argv[2] ?? ".";
const dir = mkdtempSync(join(tmpdir(), "look-"));
const browser = await launch();
for (const [name, elements] of [
  ["encoders", encoders],
  ["thousand", longChain(1000)],
] as const) {
  const capture = await readCapture(await writeSample(join(dir, name), sampleCapture("pipeline0", elements)));
  const file = join(out, `${name}.html`);
  const began = performance.now();
  await writeHtml(capture, file);
  console.log(name, "written in", Math.round(performance.now() - began), "ms");
  for (const [look, options] of Object.entries({
    desk: { width: 1280, height: 800 },
    phone: { width: 390, height: 844 },
    dark: { width: 1280, height: 800, dark: true },
  })) {
    const { page, complaints, requests } = await openReport(browser, file, options);
    console.log(name, look, complaints, requests, await page.evaluate(() => performance.now()));
    await page.waitForTimeout(200);
    await page.screenshot({ path: join(out, `${name}-${look}.png`) });
    await page.screenshot({ path: join(out, `${name}-${look}-full.png`), fullPage: true });
    if (look === "desk") {
      await page.click("#rows tr:nth-child(1)");
      await page.fill("#search", "encode");
      await page.waitForTimeout(200);
      await page.screenshot({ path: join(out, `${name}-chosen.png`), fullPage: true });
    }
    await page.context().close();
  }
}
await browser.close();
