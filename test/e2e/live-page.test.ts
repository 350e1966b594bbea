// Is a real pipeline to be seen while it runs, from its first second until after its end, at a price that it does not notice?
// SPDX-License-Identifier: MPL-2.0

import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { attempt } from "../../src/model/attempt.js";
import { hasChromium, launch } from "../helpers/browser.js";
import { LiveClient, silent } from "../helpers/live-client.js";
import {
  cli,
  type Ended,
  element,
  ended,
  pluginEnvironment,
  scratch,
  summaryOf,
  until,
  words,
} from "../helpers/pipelines.js";

const VIDEO = "video/x-raw,width=320,height=240,framerate=30/1";
const endless = `videotestsrc is-live=true ! ${VIDEO} ! tee name=t t. ! queue ! jpegenc name=jpeg ! fakesink t. ! queue ! x264enc name=h264 tune=zerolatency ! fakesink`;

/** As somebody may run it for a while. */
const studio = `videotestsrc is-live=true ! video/x-raw,width=960,height=540,framerate=30/1 ! tee name=picture
  picture. ! queue name=to-h264 ! x264enc name=h264 tune=zerolatency speed-preset=veryfast ! h264parse ! fakesink
  picture. ! queue name=to-vp8 ! videoscale ! video/x-raw,width=480,height=270 ! vp8enc name=vp8 deadline=1 ! fakesink
  picture. ! queue name=to-jpeg ! jpegenc name=jpeg ! fakesink
  audiotestsrc is-live=true ! audioconvert ! tee name=sound sound. ! queue ! audioconvert ! opusenc name=opus ! fakesink
  sound. ! queue ! lamemp3enc name=mp3 ! fakesink`;
const { PYRO_PICTURE: picture = "" } = process.env;

let place: ReturnType<typeof scratch>;
const running: { child: ChildProcess; end: Promise<Ended> }[] = [];
beforeEach(() => {
  place = scratch();
});
afterEach(async () => {
  for (const { child, end } of running.splice(0)) {
    interrupt(child);
    await end;
  }
  place.dispose();
});

/** As Ctrl-C does it: the command and all that it has started, too. */
function interrupt({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, "SIGINT");
}

/** `command` under run --live; the address is what it prints. */
async function live(command: string[], more: string[] = [], timeoutMs?: number) {
  const dir = join(place.dir, "capture");
  const args = [cli, "run", "--live", "--no-progress", "--capture", dir, ...more, "--", ...command];
  const child = spawn(process.execPath, args, {
    env: pluginEnvironment(),
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (data) => {
    said += data;
  });
  const end = ended(child, timeoutMs);
  running.push({ child, end });
  const url = await until("an address", () => /live page: (http:\/\/127\.0\.0\.1:\d+\/\?token=\S+)/.exec(said)?.[1]);
  return { url, child, end, dir, said: () => said };
}

const launchPipeline = (pipeline: string): string[] => ["gst-launch-1.0", "-q", ...words(pipeline)];

const firstTarget = (client: LiveClient, state = "running") =>
  until(`a target that is ${state}`, async () => (await client.targets()).find((one) => one.state === state));

describe.skipIf(!hasChromium)("in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => browser?.close());

  const open = async (url: string): Promise<Page> => {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    await page.goto(url);
    await page.waitForSelector("html[data-ready]", { timeout: 60_000 });
    return page;
  };

  it.skipIf(picture === "")("is the picture in docs/live.md, where PYRO_PICTURE names a file", async () => {
    const { url } = await live(launchPipeline(studio), ["--tracer-name", "studio"]);
    const page = await open(url);
    await page.locator("#as-graph").click();
    await page.waitForSelector("#graph .node");
    await until(
      "a minute",
      async () => /^1 min/.test((await page.locator("#facts").innerText()).split(" · ")[2] ?? ""),
      90_000,
    );
    await page.screenshot({ path: picture });
    await page.context().close();
  });

  it("a pipeline's figures move; one that is killed leaves them; and the same service, started again, is shown", async () => {
    const pipeline = words(endless)
      .map((word) => `'${word}'`)
      .join(" ");
    const script = `gst-launch-1.0 -q ${pipeline} & echo $! > ${place.dir}/first; wait $!; gst-launch-1.0 -q ${pipeline}`;
    const { url, child, end } = await live(["sh", "-c", script]);
    await firstTarget(await LiveClient.enter(url));
    const page = await open(url);
    const facts = () => page.locator("#facts").innerText();
    const share = () => page.locator("#rows tr", { hasText: "h264" }).locator("td.cpu").innerText();
    const seen = new Set<string>();
    await until("figures that move", async () => seen.add(await share()).size > 2 || undefined);
    const first = readFileSync(join(place.dir, "first"), "utf8").trim();
    expect(await facts()).toContain(`pid ${first}`);
    process.kill(Number(first), "SIGKILL");
    await until("the next one", async () => !(await facts()).includes(`pid ${first}`) || undefined);
    await until("that it runs", async () => (await page.locator("#live-state").innerText()) === "running" || undefined);
    seen.clear();
    await until("figures that move", async () => seen.add(await share()).size > 2 || undefined);
    interrupt(child);
    await until(
      "its end",
      async () => (await page.locator("#live-state").innerText()).startsWith("ended") || undefined,
    );
    expect(await share()).toMatch(/ %$/);
    await end;
    await page.context().close();
  });
});

describe("strangers", () => {
  it("see nothing, hold nobody up, and cost the capture neither a buffer nor a sample", async () => {
    const BUFFERS = 600;
    const pipeline = `videotestsrc num-buffers=${BUFFERS} is-live=true ! ${VIDEO.replace("30/1", "60/1")} ! jpegenc name=jpeg ! queue ! fakesink name=last`;
    const { url, end, dir } = await live(launchPipeline(pipeline));
    const client = await LiveClient.enter(url);
    const { id } = await firstTarget(client);
    const following = client.follow(id);
    const { host, origin } = new URL(url);
    const idle = Array.from({ length: 100 }, () => silent(url));
    const deaf = Array.from({ length: 8 }, () =>
      silent(url, `GET /api/targets/${id}/events HTTP/1.1\r\nHost: ${host}\r\nCookie: ${client.cookie}\r\n\r\n`),
    );
    const status = async (path: string, headers: Record<string, string>) =>
      (await fetch(origin + path, { headers, redirect: "manual" })).status;
    expect(await status("/api/status", {})).toBe(401);
    expect(await status("/?token=wrong", {})).toBe(401);
    expect(await status("/api/status", { Cookie: client.cookie, Origin: "https://evil.example" })).toBe(403);
    expect(await status("/%2e%2e/package.json", { Cookie: client.cookie })).toBe(404);
    expect((await client.targets()).length).toBe(1);
    await following;
    const { code } = await end;
    for (const socket of [...idle, ...deaf]) socket.destroy();
    expect(code).toBe(0);
    const summary = await summaryOf(dir);
    expect(summary.complete).toBe(true);
    for (const name of ["jpeg", "last"]) expect(element(summary, name).buffersIn).toBe(BUFFERS);
    for (const reason of ["ring_full", "wall_ring_full", "agent_lost", "window_refused"])
      expect([reason, summary.losses[reason] ?? 0]).toEqual([reason, 0]);
    expect(client.asked).toBeGreaterThan(3);
  });
});

/** CPU time of each thread so far, by its id. */
function threadsMs(pid: number): Map<string, number> {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const ns = (id: string): number => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8").split(" ")[0]);
  return new Map(tasks.map((id) => [id, attempt(() => ns(id) / 1e6, 0)])); // a thread may end in between
}

/** Half of the time from one profile to the next (upload-interval), so that this work falls into rounds of both kinds. */
const ROUND_MS = 5000;

/** Of a core. The main thread makes what pages show; the others, as those that compress a capture, come in bursts. */
interface Share {
  all: number;
  main: number;
}

/** Threads that end within the round are not counted. */
async function shareInRound(pid: number): Promise<Share> {
  const [begin, before] = [performance.now(), threadsMs(pid)];
  await new Promise((done) => setTimeout(done, ROUND_MS));
  const after = threadsMs(pid);
  const spent = (id: string): number => Math.max(0, (after.get(id) ?? 0) - (before.get(id) ?? 0));
  const tookMs = performance.now() - begin;
  return { all: [...after.keys()].reduce((sum, id) => sum + spent(id), 0) / tookMs, main: spent(`${pid}`) / tookMs };
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? Number.NaN) + (sorted[sorted.length >> 1] ?? Number.NaN)) / 2;
};

/** What an open page may take, of a core. */
const MOST_SHARE = 0.02;
/** Rounds of each kind; PYRO_PRICE_ROUNDS=24 makes the figure sharper. Each kind is as often the earlier one of two neighbours as the later one. */
const PAIRS = Array.from({ length: Number(process.env.PYRO_PRICE_ROUNDS ?? 4) }, (_, i) =>
  i % 2 === 0 ? [0, 1] : [1, 0],
);
const PRICE_MS = 180_000 + 2 * ROUND_MS * PAIRS.length;
/** Answers after which the agent has compiled what a page needs. */
const WARM = 12;

const percent = (...shares: number[]): string => shares.map((share) => (100 * share).toFixed(2)).join(" ");

/** Of rounds without and with a page, each with its neighbour: what a page takes, and what the machine's other work does to that. */
function compared(without: Share[], pages: Share[], of: keyof Share) {
  const [none, one] = [without, pages].map((rounds) => rounds.map((share) => share[of])) as [number[], number[]];
  const more = one.map((share, i) => share - (none[i] ?? 0));
  const noise = Math.max(...none) - Math.min(...none);
  const mean = more.reduce((sum, one) => sum + one, 0) / more.length;
  const error = Math.sqrt(more.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (more.length - 1) / more.length);
  const text = `without a page ${percent(...none)}; with one ${percent(...one)}; what it is more: median ${percent(median(more))}, mean ${percent(mean)} ± ${percent(2 * error)} (two standard errors), noise ${percent(noise)}`;
  return { more: median(more), noise, usual: median(none), text };
}

describe("the price", () => {
  /** What the agent takes while so many pages are open. */
  async function withPages(pages: number, agent: { url: string; id: number; pid: number }) {
    const clients = await Promise.all(Array.from({ length: pages }, () => LiveClient.enter(agent.url)));
    const following = clients.map((client) => client.follow(agent.id));
    await until("the first answers", () => clients.every(({ asked }) => asked > 0));
    const share = await shareInRound(agent.pid);
    for (const client of clients) client.leave();
    await Promise.all(following);
    const sum = (of: "asked" | "bytes"): number => clients.reduce((total, client) => total + client[of], 0);
    return { ...share, asked: sum("asked"), bytes: sum("bytes") };
  }

  it("of a page is 2 % of a core at most, and ten take less than five times that", {
    timeout: PRICE_MS,
  }, async () => {
    const { url, child } = await live(launchPipeline(endless), [], PRICE_MS);
    const pid = child.pid ?? -1;
    const first = await LiveClient.enter(url);
    const { id } = await firstTarget(first);
    const warming = first.follow(id);
    await until("an agent that has drawn before", () => first.asked >= WARM);
    first.leave();
    await warming;
    const without: Share[] = [];
    const pages: Awaited<ReturnType<typeof withPages>>[] = [];
    for (const isPage of PAIRS.flat()) {
      if (isPage === 1) pages.push(await withPages(1, { url, id, pid }));
      else without.push(await shareInRound(pid));
    }
    const ten = await withPages(10, { url, id, pid });
    const [all, main] = [compared(without, pages, "all"), compared(without, pages, "main")];
    const sum = (of: "asked" | "bytes"): number => pages.reduce((total, page) => total + page[of], 0);
    console.log(
      `agent, % of a core: ${all.text}; with ten ${percent(ten.all)}\n` +
        `its main thread: ${main.text}; with ten ${percent(ten.main)}\n` +
        `${sum("asked")} answers to one page, ${(sum("bytes") / sum("asked") / 1000).toFixed(0)} kB each`,
    );
    for (const page of pages) expect(page.asked).toBeGreaterThanOrEqual(2);
    for (const { more, noise } of [all, main]) expect(more).toBeLessThanOrEqual(MOST_SHARE + noise);
    expect(ten.all - all.usual).toBeLessThan(5 * (MOST_SHARE + all.noise));
  });
});
