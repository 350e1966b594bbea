// How do real viewers watch the lab's streams? One Chromium, a page of the demo player for each, with its own log of what it lived through.
// SPDX-License-Identifier: MPL-2.0
import { chromium } from "playwright-core";
import { shiftOf } from "../../scripts/lab/shifted-clock.mjs";

const args = [
  ...["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
  ...["--disable-background-timer-throttling", "--disable-renderer-backgrounding"],
  "--disable-backgrounding-occluded-windows",
];

/**
 * Ends by `close` alone, signals are the caller's. `players`: stream and address of each; `engine`: hlsjs (with the SDK) or cmcd;
 * `each`: viewers of each stream; `clock`: by how much their clocks are wrong, as "-1h".
 */
export async function openViewers(players, { engine = "hlsjs", each = 1, clock } = {}) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args, handleSIGINT: false, handleSIGTERM: false });
  const addresses = players.flatMap(({ stream, player }) =>
    Array.from({ length: each }, () => ({ stream, address: `${player}&engine=${engine}` })),
  );
  const shiftMs = clock === undefined ? 0 : shiftOf(clock);
  const viewers = await Promise.all(addresses.map((one) => openViewer(browser, { ...one, shiftMs })));
  return { viewers, close: () => browser.close() };
}

async function openViewer(browser, { stream, address, shiftMs }) {
  const page = await browser.newPage({ viewport: { width: 640, height: 480 } });
  if (shiftMs !== 0) await page.addInitScript(shiftClock, shiftMs);
  const viewer = new Viewer({ page, stream, address, shiftMs });
  await viewer.begin();
  return viewer;
}

/** Runs in the page, before all that is of the page: the time of day is wrong, durations are not. */
function shiftClock(shiftMs) {
  const [Right, { timeOrigin }] = [Date, performance];
  globalThis.Date = class extends Right {
    constructor(...parts) {
      super(...(parts.length === 0 ? [Right.now() + shiftMs] : parts));
    }
    static now() {
      return Right.now() + shiftMs;
    }
  };
  Object.defineProperty(performance, "timeOrigin", { get: () => timeOrigin + shiftMs });
}

class Viewer {
  #page;
  #address;
  #shiftMs;

  constructor({ page, stream, address, shiftMs }) {
    this.#page = page;
    this.#address = address;
    this.#shiftMs = shiftMs;
    this.stream = stream;
    this.sessionId = "";
  }

  /** A new session. */
  async begin() {
    await this.#page.goto(this.#address);
    await this.#page.waitForFunction(() => globalThis.demoLog?.some(({ type }) => type === "start"));
    this.sessionId = await this.#page.evaluate(() => globalThis.demoLog.find(({ type }) => type === "open").detail);
  }

  /** What the page noted since then, by the right clock: { at, source, type, detail }. */
  async log(sinceMs) {
    const since = sinceMs + this.#shiftMs;
    const events = await this.#page.evaluate((ms) => globalThis.demoLog.filter(({ at }) => at >= ms), since);
    return events.map((event) => ({ ...event, at: event.at - this.#shiftMs }));
  }

  /** Waits of the picture since then, in milliseconds since 1970: { from, until }; until is null for one that goes on. */
  async waits(sinceMs) {
    const events = (await this.log(sinceMs)).filter(({ source }) => source === "video");
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
