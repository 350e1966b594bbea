// What does the report look like? Writes sample reports and pictures of them into a folder, for eyes.
// esbuild test/helpers/look.ts --bundle --platform=node --packages=external --format=esm --outfile=dist/test/look.mjs
// node dist/test/look.mjs FOLDER
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeHtml } from "../../src/agent/report-file.js";
import { readCapture } from "../../src/capture/reader.js";
import { launch, openReport } from "./browser.js";
import { dropping } from "./dropping.js";
import { sampleCapture, writeSample } from "./sample-capture.js";
import { encoders, hostileElements, longChain } from "./sample-elements.js";

const looks = {
  desk: { width: 1280, height: 800 },
  dark: { width: 1280, height: 800, dark: true },
  tablet: { width: 900, height: 700 },
  phone: { width: 390, height: 844 },
};

const out = process.argv[2] ?? ".";
const dir = mkdtempSync(join(tmpdir(), "look-"));
const browser = await launch();
for (const [name, elements] of Object.entries({ encoders, thousand: longChain(1000), hostile: hostileElements })) {
  const read = await readCapture(await writeSample(join(dir, name), sampleCapture("pipeline0", elements)));
  const capture = name === "encoders" ? dropping(read) : read;
  const file = join(out, `${name}.html`);
  await writeHtml(capture, file);
  for (const [look, options] of Object.entries(looks)) {
    const { page } = await openReport(browser, file, options);
    await page.screenshot({ path: join(out, `${name}-${look}.png`) });
    await page.screenshot({ path: join(out, `${name}-${look}-whole.png`), fullPage: true });
    await page.locator("#rows tr").first().click();
    await page.fill("#search", "encode");
    await page.screenshot({ path: join(out, `${name}-${look}-chosen.png`), fullPage: true });
    await page.locator("#as-graph").click();
    await page.screenshot({ path: join(out, `${name}-${look}-graph.png`) });
    await page.context().close();
  }
}
await browser.close();
