// Does an incident's page say what happened, for each verdict, to everybody: by keyboard, in the dark, on a narrow screen, whatever the names?
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { shownText } from "@gst-pyroscope/contract/shown-text";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium, launch } from "../../../../test/helpers/browser.js";
import { batch, event, removeFolder, type Started, start } from "../helpers/service.js";
import { type Answers, answering, answers, HOSTILE, RTL, STALLED, stalls, streamNow } from "./incident-fixtures.js";
import { type Look, type OpenPage, openContext, openIn, openPage } from "./open-page.js";
import { repeated, unfoundNumbers } from "./sentences-said.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let service: Started;
let browser: Browser;
beforeAll(async () => {
  if (!hasChromium) return;
  [service, browser] = await Promise.all([start(), launch()]);
  for (const session_id of ["viewer-1", "viewer-2"])
    expect((await service.post(batch(lived(session_id)))).status).toBe(202);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
  if (service !== undefined) removeFolder(service.dataDir);
});

/** A buffer that runs empty, and is full again, told every second. */
function lived(session_id: string): Record<string, unknown>[] {
  return Array.from({ length: 60 }, (_, second) => {
    const buffer_ms = second < 25 ? Math.max(0, 6000 - 240 * second) : second < 32 ? 0 : 6000;
    const meta = { stream_id: "demo", buffer_ms, frag_load_ms: 3900, frag_duration_ms: 2000, edge_age_ms: 7707 };
    const client_timestamp = new Date(STALLED - 20_000 + second * 1000).toISOString();
    return event({ session_id, sequence_number: second, client_timestamp, meta });
  });
}

interface Request extends Look {
  answers?: Answers;
}

async function open(path: string, { answers: given = answers(), ...look }: Request = {}): Promise<OpenPage> {
  const context = await openContext(browser, service, look);
  const opened = await openIn(context, service, "");
  await answering(given)(opened.page);
  await opened.page.goto(service.url + path);
  return { ...opened, close: () => context.close() };
}

interface Finding {
  id: string;
  impact: string;
  nodes: { target: string[] }[];
}

async function findings({ page }: OpenPage): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{ violations: Finding[] }>("axe.run(document)");
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

/** Address, and what the page must say. */
const pages: Record<string, string[]> = {
  "/incidents/slow": ["slow element: live/enc", "high: the figures agree", "3 of 41 viewers stalled, 12.4 s at worst"],
  "/incidents/delivery": ["slow delivery to the viewer", "took 3.9 s for 2.0 s of media", "had not grown for 7.7 s"],
  "/incidents/host": ["machine overloaded", "7.42 runnable tasks on 2 CPUs", "CPU: 63 %", "is not known here"],
  "/incidents/source": ["source too slow", "what feeds the pipeline"],
  "/incidents/down": ["pipeline down", "signal “SIGKILL”", "last flow return “error”", "disk is gone"],
  "/incidents/alone": [
    "cause not known",
    "No pipeline posts windows for the stream",
    "stream=unheard",
    "stream map PATH",
  ],
  "/incidents/unknown": ["cause not known", "What was missing", "Only 1 window"],
  "/incidents/hostile": [shownText(HOSTILE)],
  "/incidents": ["x264enc"],
  "/": ["0.74 of real time"],
  "/session?id=viewer-1": ["Stalls and their causes", "x264enc"],
};
const looks = [
  { width: 1280, dark: false, paths: Object.keys(pages) },
  { width: 390, dark: true, paths: ["/incidents/slow", "/incidents/hostile", "/incidents", "/"] },
];

describe.skipIf(!hasChromium).each(looks)("$width px wide, dark: $dark", ({ paths, ...look }) => {
  let opened: OpenPage;
  beforeAll(async () => {
    opened = await open("/status", look);
  });
  afterAll(() => opened?.close());

  test.each(paths)("%s says what is known, in the service's words, and is free of complaints", async (path) => {
    const { page, complaints } = opened;
    complaints.length = 0;
    await page.goto(service.url + path);
    const view = stalls.find(({ incident_id }) => path === `/incidents/${incident_id}`);
    if (view !== undefined) await page.waitForSelector("section[aria-label='Stalled viewers']");
    if (view?.profile) await page.waitForSelector("#flame g.frame");
    for (const text of pages[path] ?? []) await page.locator("main").getByText(text).first().waitFor();
    expect(await findings(opened)).toEqual([]);
    const wide = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
    expect(wide).toBeLessThanOrEqual(0);
    expect(await page.title()).not.toContain("pwned");
    expect(await page.locator("main img").count()).toBe(0);
    expect(complaints.filter((text) => !/404/.test(text))).toEqual([]); // of the session that is gone
    if (view === undefined) return;
    expect(await page.locator("main h1").textContent()).toBe(shownText(view.sentence));
    expect(await repeated(page)).toEqual([]);
    expect(await unfoundNumbers(page)).toEqual([]);
  });
});

describe.skipIf(!hasChromium)("an incident's page", () => {
  test("has the table of elements, with the queue before each", async () => {
    const { page, close } = await open("/incidents/slow");
    await page.waitForSelector(".ranking");
    const rows = await page
      .locator(".ranking tbody tr")
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
    expect(rows).toEqual([
      ["▲ enc x264enc, named by the verdict", "1.31 s", "0.10 s", "CPU 97\u00a0%", "qenc 8 of 8, full"],
      ["conv conv", "0.03 s", "0.03 s", "CPU 97\u00a0%", "qcap 8 of 8, full"],
      ["mux mux", "0.02 s", "0.02 s", "the disk, CPU 20\u00a0%", "–"],
      ["cam cam", "0.01 s", "not known", "–", "–"],
    ]);
    await close();
  });

  test("draws both strips on one axis, and says the same in tables", async () => {
    const { page, close } = await open("/incidents/slow");
    await page.waitForSelector("text=0.74 to 1.00 of real time");
    await page.waitForSelector("text=0.0 to 6.0 s");
    const sums = page.locator(".twin summary");
    expect(await sums.allTextContents()).toEqual(["Published as a table", "Viewers’ buffers as a table"]);
    await sums.first().focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(".twin[open] bdi:text-is('0.740')");
    expect(await page.locator(".twin[open] th").allTextContents()).toEqual([
      ...["Time", "Pipeline", "Published, of real time"],
    ]);
    await sums.last().click();
    for (const name of ["viewer-1", "viewer-2"]) {
      await page.waitForSelector(`.twin bdi:text-is('${name}')`);
      await page.waitForSelector(`.legend >> text=${name}`);
    }
    await close();
  });

  test("draws the report's flame graph, which the keyboard moves in, and names its source", async () => {
    const { page, complaints, close } = await open("/incidents/slow");
    await page.waitForSelector("#flame g.frame");
    await page.waitForSelector("text=890 ms of CPU time, from the agent’s windows");
    expect(await page.locator("#flame .d3-flame-graph-label").allTextContents()).toContain("x264_encode");
    await page.focus("#flame");
    for (const key of ["ArrowDown", "ArrowDown", "Enter"]) await page.keyboard.press(key);
    await page.waitForSelector("#crumbs >> text=x264_encode");
    await page.click("text=Show all");
    await page.waitForSelector("#crumbs li:only-child");
    await page.fill("[aria-label='Search the flame graph']", "memcpy");
    await page.waitForSelector("#found >> text=40.0 ms");
    expect(await page.locator("text=Open in Grafana").getAttribute("href")).toContain("grafana.example");
    expect(complaints.filter((text) => !/404/.test(text))).toEqual([]);
    await close();
  });

  test("says what to do for a flame graph when there is none, and follows no address that is no page", async () => {
    const none = answers({ profile: { source: "none", unit: "ms", stacks: [] } });
    const { page, close } = await open("/incidents/source", { answers: none });
    await page.waitForSelector("text=--pyroscope-url");
    expect(await page.locator("a[href^='javascript']").count()).toBe(0);
    await close();
  });

  test("asks for the flame graph again, as long as stacks of that time may still come", async () => {
    const of = answers({ profile: { source: "none", unit: "ms", stacks: [] } });
    const { page, close } = await open("/status", { answers: of });
    await page.clock.setFixedTime(STALLED + 10_000);
    await page.goto(`${service.url}/incidents/slow`);
    await page.waitForSelector("text=There is no profile of this time");
    of.profile = answers().profile;
    await page.waitForSelector("#flame g.frame");
    await close();
  });

  test("reads from left to right, whatever the letters of a name are", async () => {
    const { page, close } = await open("/incidents/rtl");
    await page.waitForSelector("h1 bdi");
    const places = await page.evaluate((name) => {
      const line = document.querySelector("h1 .sentence") as HTMLElement;
      const text = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
      const lefts: Record<string, number> = {};
      for (let node = text.nextNode(); node !== null; node = text.nextNode())
        for (const word of [name, "x264enc", "needed", "1.31"]) {
          const at = (node.nodeValue ?? "").indexOf(word);
          if (at < 0) continue;
          const range = document.createRange();
          range.setStart(node, at);
          range.setEnd(node, at + word.length);
          lefts[word] = range.getBoundingClientRect().left;
        }
      return lefts;
    }, RTL);
    const order = Object.entries(places).sort(([, a], [, b]) => a - b);
    expect(order.map(([word]) => word)).toEqual([RTL, "x264enc", "needed", "1.31"]);
    await close();
  });

  test("leads to the sessions, and from there back to the incident, by keyboard alone", async () => {
    const { page, close } = await open("/incidents");
    await page.focus("td a");
    await page.keyboard.press("Enter");
    await page.focus("section[aria-label='Stalled viewers'] a:has-text('viewer-1')");
    await page.keyboard.press("Enter");
    await page.waitForSelector("h1:has-text('Session viewer-1')");
    await page.focus("section[aria-label='Stalls and their causes'] a");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/incidents\/slow$/);
    await page.reload();
    await page.waitForSelector("h1:has-text('x264enc')");
    await close();
  });
});

describe.skipIf(!hasChromium)("states", () => {
  test("an empty list names the command that fills it, and how a pipeline takes part", async () => {
    const { page, complaints, close } = await open("/incidents", { answers: answers({ incidents: [] }) });
    await page.waitForSelector("text=npm run lab -- --fault enc:burn=60ms@20s");
    await page.waitForSelector("text=windows-url");
    expect(complaints).toEqual([]);
    await close();
  });

  test("an incident that is not there says it", async () => {
    const { page, close } = await open("/incidents/nothing.at-all");
    await page.waitForSelector("text=There is no such incident");
    await close();
  });

  test.each(["/incidents", "/incidents/slow"])("%s tells a stranger how to get in", async (path) => {
    const { page, close } = await openPage(browser, service, { path, stranger: true });
    await page.waitForSelector("text=This browser may not read here");
    await close();
  });

  test("an error is said, and the page comes back by itself or when asked", async () => {
    const broken = answers({ status: 500 });
    const { page, close } = await open("/incidents/slow", { answers: broken });
    await page.waitForSelector("text=The incident could not be loaded");
    broken.status = 200;
    await page.click("text=Try again");
    await page.waitForSelector("h1:has-text('x264enc')");
    await close();
  });

  test("a stream whose pipeline has fallen silent is shown as not known", async () => {
    const silent = streamNow({ last_window_at: new Date(Date.now() - 14_000).toISOString() });
    const { page, close } = await open("/", { answers: answers({ streams: [silent] }) });
    await page.waitForSelector("text=/last window \\d+ s ago/");
    await close();
  });

  test("a new incident is announced on the first page, and the next one ten seconds later", async () => {
    const of = answers();
    const { page, close } = await open("/", { answers: of });
    await page.waitForSelector(".streams >> text=0.74 of real time");
    const said = page.locator("[aria-live=polite].hidden-text");
    expect(await said.textContent()).toBe("");
    const times: number[] = [];
    for (const id of ["host", "source"]) {
      const latest = {
        incident_id: id,
        at: new Date().toISOString(),
        verdict: "host" as const,
        sentence: `New: ${id}.`,
      };
      of.streams = [streamNow({ latest_incident: latest })];
      await page.getByText(`Viewers of demo stalled. New: ${id}.`).waitFor({ state: "attached" });
      times.push(await page.evaluate(() => performance.now()));
    }
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(9000);
    await close();
  });
});
