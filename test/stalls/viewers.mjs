// How do real viewers watch the lab's streams? One Chromium, a page of the demo player for each, with its own log of what it lived through.
// SPDX-License-Identifier: MPL-2.0
import { chromium } from "playwright-core";

const args = [
  ...["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
  ...["--disable-background-timer-throttling", "--disable-renderer-backgrounding"],
  "--disable-backgrounding-occluded-windows",
];

/** Ends by `close` alone, signals are the caller's. `players`: stream and address of each; `engine`: hlsjs (with the SDK) or cmcd; `each`: viewers of each stream. */
export async function openViewers(players, { engine = "hlsjs", each = 1 } = {}) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args, handleSIGINT: false, handleSIGTERM: false });
  const addresses = players.flatMap(({ stream, player }) =>
    Array.from({ length: each }, () => ({ stream, address: `${player}&engine=${engine}` })),
  );
  const viewers = await Promise.all(addresses.map((one) => openViewer(browser, one)));
  return { viewers, close: () => browser.close() };
}

async function openViewer(browser, { stream, address }) {
  const page = await browser.newPage({ viewport: { width: 640, height: 480 } });
  const viewer = new Viewer({ page, stream, address });
  await viewer.begin();
  return viewer;
}

class Viewer {
  #page;
  #address;

  constructor({ page, stream, address }) {
    this.#page = page;
    this.#address = address;
    this.stream = stream;
    this.sessionId = "";
  }

  /** A new session. */
  async begin() {
    await this.#page.goto(this.#address);
    await this.#page.waitForFunction(() => globalThis.demoLog?.some(({ type }) => type === "start"));
    this.sessionId = await this.#page.evaluate(() => globalThis.demoLog.find(({ type }) => type === "open").detail);
  }

  /** Waits of the picture since then, in milliseconds since 1970: { from, until }; until is null for one that goes on. */
  async waits(sinceMs) {
    const events = await this.#page.evaluate(
      (since) => globalThis.demoLog.filter(({ source, at }) => source === "video" && at >= since),
      sinceMs,
    );
    const waits = [];
    for (const { type, at } of events) {
      const open = waits.at(-1)?.until === null ? waits.at(-1) : undefined;
      if (type === "waiting" && open === undefined) waits.push({ from: at, until: null });
      if (type === "playing" && open !== undefined) open.until = at;
    }
    return waits;
  }

  /** Does the picture move at present? */
  async plays() {
    const position = () => this.#page.evaluate(() => document.querySelector("video")?.currentTime ?? 0);
    const before = await position();
    await this.#page.waitForTimeout(500);
    return (await position()) > before + 0.1;
  }

  /** hls.js has given up: it does not try again by itself. */
  hasGivenUp() {
    return this.#page.evaluate(() => globalThis.demoLog.some(({ type }) => type === "fatal_error"));
  }
}
