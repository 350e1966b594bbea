// Is a real pipeline to be seen while it runs, from its first second until after its end, at a price that it does not notice?
// SPDX-License-Identifier: MPL-2.0

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
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
async function live(command: string[], more: string[] = []) {
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
  const end = ended(child);
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

/** User and system time of a process so far. */
function cpuMs(pid: number): number {
  const [, fields = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const [user = 0, system = 0] = fields.split(" ").slice(11, 13).map(Number);
  return 10 * (user + system);
}

describe("the price", () => {
  it("of a page, and of ten, is a small part of a core, most of it paid once for all of them", async () => {
    const { url, child } = await live(launchPipeline(endless));
    const pid = child.pid ?? -1;
    const client = await LiveClient.enter(url);
    const { id } = await firstTarget(client);
    const SECONDS = 10;
    const measure = async (): Promise<number> => {
      const [begin, before] = [performance.now(), cpuMs(pid)];
      await new Promise((done) => setTimeout(done, SECONDS * 1000));
      return (cpuMs(pid) - before) / (performance.now() - begin);
    };
    await client.get(`/api/targets/${id}/strip`);
    await until(
      "ten windows",
      async () => (await client.get<unknown[]>(`/api/targets/${id}/strip`)).length >= 10 || undefined,
    );
    const without = await measure();
    const one = client.follow(id);
    const withOne = await measure();
    const others = await Promise.all(Array.from({ length: 9 }, () => LiveClient.enter(url)));
    const all = others.map((other) => other.follow(id));
    const withTen = await measure();
    for (const each of [client, ...others]) each.leave();
    await Promise.all([one, ...all]);
    const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
    console.log(
      `agent: ${percent(without)} of a core, with a page ${percent(withOne)}, with ten ${percent(withTen)}; ${client.asked} answers, ${(client.bytes / client.asked / 1000).toFixed(0)} kB each`,
    );
    expect(withOne - without).toBeLessThan(Math.max(0.06, without));
    expect(withTen - without).toBeLessThan(5 * Math.max(0.06, withOne - without));
  });
});
