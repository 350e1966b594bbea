// Does the demo player cause what its buttons say, as the service hears it, and is a page that is opened again a session of its own?
import { spawnSync } from "node:child_process";
import type { EventView } from "@gst-pyroscope/contract/wire";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium, launch } from "../../../../test/helpers/browser.js";
import { lanesOf } from "../../src/ui/lanes.js";
import { folder, removeFolder, type Started, start } from "../helpers/service.js";
import { openPage } from "./open-page.js";

const elements = ["videotestsrc", "x264enc", "hlssink2"];
const hasElements = elements.every((name) => spawnSync("gst-inspect-1.0", ["--exists", name]).status === 0);
const SECONDS = 60;

let service: Started;
let browser: Browser;
const stream = folder();
beforeAll(async () => {
  if (!hasChromium || !hasElements) return;
  makeStream();
  [service, browser] = await Promise.all([start({ args: ["--lab", "--origin", stream] }), launch()]);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
  for (const made of [stream, ...(service === undefined ? [] : [service.dataDir])]) removeFolder(made);
});

/** A minute of small pictures, as files. */
function makeStream(): void {
  const source = `videotestsrc num-buffers=${SECONDS * 10} ! video/x-raw,width=160,height=90,framerate=10/1`;
  const encoded = "x264enc speed-preset=ultrafast tune=zerolatency key-int-max=20 ! h264parse";
  const files = `hlssink2 target-duration=2 playlist-length=0 max-files=0 location=${stream}/%05d.ts playlist-location=${stream}/playlist.m3u8`;
  const made = spawnSync("gst-launch-1.0", ["-q", ...`${source} ! ${encoded} ! ${files}`.split(" ")], {
    timeout: 60_000,
  });
  expect(String(made.stderr)).toBe("");
}

async function events(session: string): Promise<EventView[]> {
  const answer = await service.get(`/api/stream-sessions/${session}?events_limit=1000`);
  return ((await answer.json()) as { events: EventView[] }).events;
}

/** The source was taken away, which stops the video, and could not be loaded again; then it played on. */
async function isToldAsFailed(): Promise<void> {
  const lived = await events("readme-demo");
  const failed = lived.findIndex(({ event_name, meta }) => event_name === "playback_error" && meta?.fatal === true);
  const names = (some: EventView[]): string[] => some.map(({ event_name }) => event_name);
  expect(names(lived.slice(0, failed))).toContain("playback_paused");
  expect(names(lived.slice(failed))).toContain("playback_resumed");
  const { states } = lanesOf(lived, false, Date.now());
  const at = states.findIndex(({ state }) => state === "failed");
  expect(states[at - 1]?.state).toBe("paused");
  expect((states[at]?.to ?? 0) - (states[at]?.from ?? 0)).toBeGreaterThan(1);
}

describe.skipIf(!hasChromium || !hasElements)("the demo player", () => {
  test("stalls, fails and jumps at a button, and the service hears of it", async () => {
    const { page, complaints, close } = await openPage(browser, service, {
      path: "/demo?session_id=readme-demo&autostart=1",
    });
    const arrived = page.locator(".arrived td >> bdi");
    await arrived.getByText("playback_started", { exact: true }).waitFor();
    await page.click("text=Jump back 5 s");
    await arrived.getByText("seek_ended", { exact: true }).waitFor();
    await page.click("text=Empty its buffer for 5 s");
    await arrived.getByText("rebuffer_started", { exact: true }).first().waitFor();
    await arrived.getByText("rebuffer_ended", { exact: true }).first().waitFor();
    expect(complaints).toEqual([]);
    await page.click("text=Lose the playlist for 5 s");
    await arrived.getByText("playback_error", { exact: true }).first().waitFor();
    await page.waitForSelector("text=The stream cannot be played");
    await page.waitForSelector("text=The stream cannot be played", { state: "detached" });
    await page.waitForFunction(() => {
      const { paused, readyState } = document.querySelector("video") as HTMLVideoElement;
      return !paused && readyState > 2;
    });
    await arrived.getByText("playback_resumed", { exact: true }).waitFor();
    await isToldAsFailed();
    await page.click("text=End the session");
    await page.waitForSelector("text=Begin a new session");
    // A page that is closed before its last events are answered sends them twice.
    await page.waitForSelector("text=End the session", { state: "detached" });
    await close();
  });

  test("opened again with the same name is another session; the page tells it, and repeats nothing", async () => {
    const { page, complaints, close } = await openPage(browser, service, {
      path: "/demo?session_id=readme-demo&autostart=1",
    });
    await page.waitForSelector("text=There is a session readme-demo already");
    await page.locator(".arrived td >> bdi").getByText("playback_started", { exact: true }).waitFor();
    const name = (await page.locator(".arrived h2 bdi").textContent()) ?? "";
    expect(name).toMatch(/^readme-demo-[0-9a-f]{8}$/);
    for (const session of ["readme-demo", name]) {
      const statuses = (await events(session)).map(({ delivery_status }) => delivery_status);
      expect(new Set(statuses)).toEqual(new Set(["accepted"]));
    }
    expect(complaints).toEqual([]);
    await close();
  });
});
