// Are the dashboard's pages free of complaints: of the browser, of its security policy, of axe; in light and dark, wide and narrow?
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium, launch } from "../../../../test/helpers/browser.js";
import { batch, event, removeFolder, type Started, start } from "../helpers/service.js";
import { type OpenPage, openContext, openIn } from "./open-page.js";

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
const widths = [1280, 390];
const schemes = ["light", "dark"] as const;

interface Finding {
  id: string;
  impact: string;
  nodes: { target: string[] }[];
}

async function findings({ page }: OpenPage): Promise<string[]> {
  const { violations } = await page.evaluate<{ violations: Finding[] }>("axe.run(document)");
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

/** One page for all addresses, loaded for each width; the colours follow the system's without loading anew. */
describe.skipIf(!hasChromium).each(widths)("%d px wide", (width) => {
  let context: BrowserContext;
  let open: OpenPage;
  beforeAll(async () => {
    context = await openContext(browser, service, { width });
    open = await openIn(context, service, "");
  });
  afterAll(() => context?.close());

  test.each(pages)("%s in light and dark", async (path, shows) => {
    const { page, complaints } = open;
    await page.goto(service.url + path);
    await page.waitForSelector(`text=${shows}`);
    await page.evaluate(axe);
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate<boolean>("matchMedia('(prefers-color-scheme: dark)').matches")).toBe(
        colorScheme === "dark",
      );
      expect(await findings(open), colorScheme).toEqual([]);
      const wide = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      expect(wide).toBeLessThanOrEqual(0);
    }
    expect(await page.title()).not.toContain("pwned");
    expect(complaints.splice(0)).toEqual([]);
  });
});
