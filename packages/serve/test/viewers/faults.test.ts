// Does each of the lab's faults happen where it was asked for, by the figures of the profiler or of the segments?
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { endLabs, faultAt, type Lab, ready, startLab } from "../helpers/lab.js";
import { until } from "../helpers/service.js";

afterEach(endLabs);

interface Element {
  path: string;
  exclusive: { count: number; sumNs: number; maxNs: number } | null;
  /** Between two buffers that its loop makes. */
  driver: { maxNs: number } | null;
  cpuNs: number | null;
  blockedOn: Record<string, number> | null;
}

/** Asks the live page of the lab's pipeline for the figures of the last seconds. */
async function watch(lab: Lab) {
  const [, address = "", token = ""] = /^live page: +(http:\/\/[^/]+)\/\?token=([^#\s]+)/m.exec(lab.text()) ?? [];
  const entered = await fetch(`${address}/?token=${token}`, { redirect: "manual" });
  const headers = { Cookie: (entered.headers.get("set-cookie") ?? "").split(";")[0] ?? "" };
  return async (name: string, seconds = 2): Promise<Element | undefined> => {
    const answer = await fetch(`${address}/api/targets/1/summary?last=${seconds}`, { headers });
    const { pipelines = [] } = (await answer.json()) as { pipelines?: { elements: Element[] }[] };
    return pipelines.flatMap(({ elements }) => elements).find(({ path }) => path.endsWith(`/${name}`));
  };
}

const msPerBuffer = (element?: Element) =>
  (element?.exclusive?.sumNs ?? 0) / 1e6 / Math.max(1, element?.exclusive?.count ?? 0);
const blockedMs = (element: Element | undefined, call: string) => (element?.blockedOn?.[call] ?? 0) / 1e6;

/** A picture may take 40 ms, 1024 samples of sound 23 ms. */
test("a burn, a sleep and a lock are the own time of the element that was named, as long as asked for", async () => {
  const lab = startLab();
  await ready(lab);
  const figures = await watch(lab);
  await until("the profiler counts", async () => ((await figures("enc"))?.exclusive?.count ?? 0) > 20);
  const before = msPerBuffer(await figures("post"));
  const cases = [
    { fault: "post:burn=1.5x", at: "post", ms: 60, sign: (one?: Element) => (one?.cpuNs ?? 0) / 1e6 },
    { fault: "pre:sleep=70ms", at: "pre", ms: 70, sign: (one?: Element) => blockedMs(one, "clock_nanosleep") },
    { fault: "enc:lock=1.5x", at: "enc", ms: 60, sign: (one?: Element) => blockedMs(one, "futex") },
    { fault: "aud:lock=1.2x", at: "aud", ms: 27, sign: (one?: Element) => blockedMs(one, "futex") },
  ];
  for (const { fault, at, ms, sign } of cases) {
    expect(await faultAt(lab, fault)).toEqual([200, ""]);
    // A window may have begun before the fault; one that is all of it comes after it.
    await until(`${fault} is seen`, async () => msPerBuffer(await figures(at)) >= ms);
    const isSeen = async () => {
      const element = await figures(at);
      return sign(element) >= (ms / 2) * Math.max(1, element?.exclusive?.count ?? 0);
    };
    await until(`${fault} is seen for what it is`, isSeen);
    expect(await faultAt(lab, "none")).toEqual([200, ""]);
  }
  expect(await faultAt(lab, "source:gap=4s")).toEqual([200, ""]);
  await until("the source made nothing", async () => ((await figures("vsrc", 8))?.driver?.maxNs ?? 0) >= 4e9);
  expect((await figures("source", 8))?.exclusive?.maxNs).toBeLessThan(4e9); // which has nothing to do with that
  await until("it has ended", async () => msPerBuffer(await figures("post")) < before + 20);
});

const bytesIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

test("a slow disk lets the writing element wait in write(), and its segments are whole", async () => {
  const lab = startLab("--pipeline", "disk");
  await ready(lab);
  const figures = await watch(lab);
  await until("what it takes in real time is known", async () => (await faultAt(lab, "disk:rate=3x"))[0] === 200);
  await until("writes last", async () => blockedMs(await figures("giostreamsink0"), "write") > 1000);
  expect(await faultAt(lab, "none")).toEqual([200, ""]);
  const bytes = bytesIn(join(lab.dataDir, "hls"));
  await until("it writes on", () => bytesIn(join(lab.dataDir, "hls")) > bytes + 200_000);
  const playlist = await (await fetch(`${lab.url()}/live/playlist.m3u8`)).text();
  for (const [name] of playlist.matchAll(/^seg\d+\.ts$/gm)) {
    const segment = await (await fetch(`${lab.url()}/live/${name}`)).arrayBuffer();
    expect(segment.byteLength % 188, name).toBe(0); // packets of a transport stream
  }
});

test("snow costs the encoder more CPU than black", async () => {
  const lab = startLab("--pipeline", "x264");
  await ready(lab);
  const figures = await watch(lab);
  const demand = async (seconds: number) => {
    const x264 = await figures("x264", seconds);
    return (x264?.cpuNs ?? 0) / 1e6 / Math.max(1, x264?.exclusive?.count ?? 0);
  };
  await until("the profiler counts", async () => ((await figures("x264", 5))?.exclusive?.count ?? 0) > 50);
  const black = await demand(5);
  expect(await faultAt(lab, "x264:content=snow")).toEqual([200, ""]);
  await until("snow is dearer", async () => (await demand(3)) > 2 * black);
});

test("a ladder writes three streams, and a chain carries a slow first process over to the second", async () => {
  const ladder = startLab("--pipeline", "ladder");
  await ready(ladder);
  expect([...ladder.text().matchAll(/^demo player: .*stream=(\S+?)&/gm)].map(([, stream]) => stream)).toEqual([
    ...["demo-high", "demo-mid", "demo-low"],
  ]);
  expect(await faultAt(ladder, "enc-high:burn=3x")).toEqual([200, ""]);
  await endLabs();
  const chain = startLab("--pipeline", "chain");
  await ready(chain);
  const figures = await watch(chain); // of the second process
  await until("pictures arrive", async () => ((await figures("post"))?.exclusive?.count ?? 0) > 20);
  expect(await faultAt(chain, "enc:sleep=3x")).toEqual([200, ""]);
  await until("fewer pictures arrive", async () => {
    const { count } = (await figures("post"))?.exclusive ?? { count: 99 };
    return count > 0 && count < 25; // of 50 in two seconds
  });
});
