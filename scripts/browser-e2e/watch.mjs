// How does a real Chromium watch the lab's stream, in pages at the same time: with the SDK, and with CMCD alone?
// SPDX-License-Identifier: MPL-2.0
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { root, StepFailed } from "../steps.mjs";

const CHROMIUM = "/usr/bin/chromium";
const sdk = `${root}packages/player/dist/gst-pyroscope-player.js`;
export const SAMPLE_MS = 10_000;

/** Two variants of one stream: what hls.js switches between is the lab's only playlist under two addresses. */
const MASTER = `#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360
playlist.m3u8?variant=high
#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360
playlist.m3u8?variant=low
`;

export function needBrowser() {
  if (!existsSync(CHROMIUM))
    throw new StepFailed(`${CHROMIUM} is missing: install the package chromium, then start this again.`);
  if (!existsSync(sdk)) throw new StepFailed(`${sdk} is missing: run npm run setup && npm run build first.`);
}

/** The page's own site: another origin than the service's, as a publisher's page is. */
export async function serveSite() {
  const hls = createRequire(import.meta.url).resolve("hls.js/dist/hls.min.js");
  const scripts = { "/hls.js": hls, "/sdk.js": sdk, "/page.mjs": new URL("page.mjs", import.meta.url) };
  const html = `<!doctype html><title>player</title><link rel="icon" href="data:,"><video muted width="320"></video>
<script src="/hls.js"></script><script src="/sdk.js"></script>
<script type="module">globalThis.page = await import("/page.mjs");</script>`;
  const server = createServer(({ url }, response) => {
    const { pathname } = new URL(url, "http://site");
    const file = scripts[pathname];
    response.setHeader("Content-Type", file === undefined ? "text/html" : "text/javascript");
    response.end(file === undefined ? html : readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close().closeAllConnections() };
}

export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });

/** A stream with two variants, in the folder whose files the lab's origin hands out. */
export function addVariants(dataDir) {
  writeFileSync(join(dataDir, "hls", "master.m3u8"), MASTER);
}

/** `kind`: sdk, cmcd, or cmcd-time. The page is open and plays nothing yet; `requests` are the browser's own, to the service. */
export async function openPlayer(browser, { kind, site, service }) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const requests = [];
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (request.url().startsWith(service)) requests.push(request.url());
  });
  await page.goto(`${site}/?viewer=s3cret`);
  await page.waitForFunction("globalThis.page !== undefined");
  const sessionId = `e2e-${kind}-${Date.now().toString(36)}`;
  return { kind, page, sessionId, requests, complaints, service };
}

export function startPlaying({ kind, page, sessionId, service }) {
  return page.evaluate(
    ([kind, asked]) => {
      const { page } = globalThis;
      const report = kind === "sdk" ? page.withSdk(asked) : page.withoutSdk();
      const configs = { sdk: () => ({}), cmcd: page.cmcdConfig, "cmcd-time": page.cmcdWithTime };
      page.play({ ...asked, config: configs[kind](asked), report });
    },
    [kind, { service, sessionId, source: `${service}/live/master.m3u8`, sampleMs: SAMPLE_MS }],
  );
}

/** `expression` of `seen` (the page's log so far), `video` and `hls`. */
export const inPlayer = ({ page }, expression) =>
  page.evaluate(`((seen, { video, hls, end }) => ${expression})(page.seen, playing)`);
