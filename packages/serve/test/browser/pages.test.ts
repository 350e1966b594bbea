// Are the dashboard's pages free of complaints: of the browser, of its security policy, of axe; in light and dark, wide and narrow?
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium, launch } from "../../../../test/helpers/browser.js";
import { batch, event, removeFolder, type Started, start } from "../helpers/service.js";
import { type OpenPage, openPage } from "./open-page.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const HOSTILE = `<img src=x onerror="document.title='pwned'">.js?a=1&b="'`;

let service: Started;
let browser: Browser;
beforeAll(async () => {
  if (!hasChromium) return;
  [service, browser] = await Promise.all([start(), launch()]);
  const names = [
    "manifest_loaded",
    "playback_started",
    "rebuffer_started",
    "rebuffer_ended",
    "metrics_sampled",
    HOSTILE,
  ];
  const meta = { stream_id: "demo", buffer_ms: 3000, live_latency_ms: 5000, bitrate: 2_000_000, [HOSTILE]: HOSTILE };
  const lived = names.map((event_name, sequence_number) =>
    event({ event_name, sequence_number, session_id: "viewer", meta: { ...meta, session_sample_rate: 0.5 } }),
  );
  const again = event({ session_id: "viewer", sequence_number: 1 });
  const skewed = event({ session_id: "viewer", sequence_number: 9, client_timestamp: "2020-01-01T00:00:00Z" });
  const hostile = event({ session_id: HOSTILE, meta: { stream_id: "other" } });
  const stuck = event({ event_name: "rebuffer_started", session_id: "stuck", meta: { stream_id: "demo" } });
  for (const events of [lived, [again, skewed], [hostile, stuck]])
    expect((await service.post(batch(events))).status).toBe(202);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
  if (service !== undefined) removeFolder(service.dataDir);
});

const hostileQuery = new URLSearchParams({ id: HOSTILE }).toString();
/** Address, and what tells that the page shows what it should. */
const pages: [string, string][] = [
  ["/", "1 of 3"],
  ["/sessions", "viewer"],
  ["/session?id=viewer", "clock skew"],
  [`/session?${hostileQuery}`, "metrics_sampled"],
  ["/status", "better-sqlite3"],
  ["/demo", "No event has arrived"],
];
const looks = [
  { width: 1280, dark: false },
  { width: 1280, dark: true },
  { width: 390, dark: false },
  { width: 390, dark: true },
];

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

describe.skipIf(!hasChromium).each(looks)("$width px wide, dark: $dark", (look) => {
  test.each(pages)("%s", async (path, shows) => {
    const open = await openPage(browser, service, { path, ...look });
    await open.page.waitForSelector(`text=${shows}`);
    expect(await findings(open)).toEqual([]);
    const wide = await open.page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
    expect(wide).toBeLessThanOrEqual(0);
    expect(await open.page.title()).not.toContain("pwned");
    expect(open.complaints).toEqual([]);
    await open.close();
  });
});
