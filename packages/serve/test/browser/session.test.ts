// On a session's page: can one choose a range, look for events, read charts as tables, and delete the session with the right to?
import { execFileSync } from "node:child_process";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium, launch } from "../../../../test/helpers/browser.js";
import { purgeCommand, tokenCommand } from "../../src/ui/removal-commands.js";
import { batch, event, program, removeFolder, type Started, start, until } from "../helpers/service.js";
import { openContext, openIn } from "./open-page.js";

const STRANGE = `--it's "strange" $(id)`;
let service: Started;
let browser: Browser;
let context: BrowserContext;
beforeAll(async () => {
  if (!hasChromium) return;
  [service, browser] = await Promise.all([start(), launch()]);
  context = await openContext(browser, service);
  const began = Date.now() - 40_000;
  const lived = Array.from({ length: 40 }, (_, sequence_number) =>
    event({
      ...{ session_id: "viewer", sequence_number },
      event_name: sequence_number === 20 ? "rebuffer_started" : sequence_number === 22 ? "rebuffer_ended" : "sampled",
      client_timestamp: new Date(began + sequence_number * 1000).toISOString(),
      meta: { stream_id: "demo", buffer_ms: 1000 + sequence_number, bitrate: 2_000_000 },
    }),
  );
  for (const events of [lived, [event({ session_id: STRANGE })]])
    expect((await service.post(batch(events))).status).toBe(202);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
  if (service !== undefined) removeFolder(service.dataDir);
});

const rows = (page: Page): Promise<number> => page.locator("table.events tbody tr").count();
const rowsAre = (page: Page, count: number) =>
  page.waitForFunction((wanted) => document.querySelectorAll("table.events tbody tr").length === wanted, count);

describe.skipIf(!hasChromium)("the page of a session", () => {
  test("shows the range that is dragged across a chart, keeps it in the address, and gives it up on the way back", async () => {
    const { page, complaints, close } = await openIn(context, service, "/session?id=viewer");
    await rowsAre(page, 40);
    const chart = await page.locator(".chart .u-over").first().boundingBox();
    if (chart === null) throw new Error("there is no chart");
    await page.mouse.move(chart.x + chart.width * 0.25, chart.y + 20);
    await page.mouse.down();
    await page.mouse.move(chart.x + chart.width * 0.75, chart.y + 20, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/from=.*until=/);
    const chosen = await rows(page);
    expect(chosen).toBeGreaterThan(10);
    expect(chosen).toBeLessThan(30);
    const address = page.url();
    await page.goBack();
    await rowsAre(page, 40);
    expect(page.url()).not.toContain("from=");
    await page.goForward();
    await rowsAre(page, chosen);
    await page.click("text=whole session");
    await rowsAre(page, 40);
    await page.goto(address);
    await rowsAre(page, chosen);
    expect(complaints).toEqual([]);
    await close();
  });

  test("finds events by a text with the keyboard alone, and problems", async () => {
    const { page, complaints, close } = await openIn(context, service, "/session?id=viewer");
    await rowsAre(page, 40);
    await page.focus("text=problems");
    await page.keyboard.press("Tab");
    await page.keyboard.type("rebuffer", { delay: 320 }); // slower than the field takes it
    await rowsAre(page, 2);
    expect(await page.inputValue("[type=search]")).toBe("rebuffer");
    expect(new URL(page.url()).searchParams.get("q")).toBe("rebuffer");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await rowsAre(page, 1);
    await page.goBack();
    await rowsAre(page, 2);
    expect(complaints).toEqual([]);
    await close();
  });

  test("has the numbers of each chart as a table", async () => {
    const { page, close } = await openIn(context, service, "/session?id=viewer");
    await rowsAre(page, 40);
    expect(await page.locator(".lanes .chart").count()).toBe(2);
    await page.waitForSelector("p:has-text('Latency is not reported'):has-text('com.gstpyroscope-pdt')");
    await page.waitForSelector("h3:has-text('Bitrate') >> text=/^2.0 Mbit.s$/");
    const table = (await page.locator("table.events").textContent()) ?? "";
    expect([table.includes("buffer_ms"), table.includes("stream_id")]).toEqual([true, false]);
    for (const [name, values] of [
      ["Buffer", Array.from({ length: 40 }, (_, index) => ((1000 + index) / 1000).toFixed(3))],
      ["Bitrate", Array.from({ length: 40 }, () => "2.000")],
    ] as const) {
      await page.click(`summary:text-is("${name} as a table")`);
      const cells = page.locator(`section[aria-label="${name} as a table"] td:last-child`);
      await cells.first().waitFor();
      expect(await cells.allTextContents()).toEqual(values);
    }
    await page.click('summary:text-is("Player state as a table")');
    const states = page.locator('section[aria-label="Player state as a table"] td:first-child');
    await states.first().waitFor();
    expect(await states.allTextContents()).toEqual(["stalled", "playing"]);
    await close();
  });

  test("deletes it with an admin token after a question, and says how to get one", async () => {
    const { page, complaints, close } = await openIn(context, service, "/session?id=viewer");
    await page.click("text=Delete this session");
    const command = (await page.locator("code.command").first().textContent()) ?? "";
    expect(command).toBe(tokenCommand("demo", service.dataDir));
    const admin = asTyped(command);
    await page.fill("[aria-label='Admin token']", "demo-token");
    await page.click("text=Delete …");
    await page.click("text=Delete for ever");
    await page.waitForSelector("text=The session was not deleted");
    expect(complaints.filter((text) => !text.includes("403"))).toEqual([]);
    const asAdmin = { "X-MTrace-Token": admin.trim() };
    await until("the running service knows the token", async () => (await service.get("/api/status", asAdmin)).ok);
    await page.fill("[aria-label='Admin token']", admin.trim());
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=with its 40 events");
    await page.keyboard.press("Enter"); // the focus is on “Keep it”
    await page.waitForSelector("text=with its 40 events", { state: "detached" });
    expect((await service.get("/api/stream-sessions/viewer")).status).toBe(200);
    await page.click("text=Delete …");
    await page.click("text=Delete for ever");
    await page.waitForSelector("h1:text-is('Sessions')");
    expect((await service.get("/api/stream-sessions/viewer")).status).toBe(404);
    await close();
  });

  test("shows the command that deletes it while the service is away, whatever its name holds", async () => {
    const query = new URLSearchParams({ id: STRANGE });
    const { page, close } = await openIn(context, service, `/session?${query}`);
    await page.click("text=Delete this session");
    const command = (await page.locator("code.command").nth(1).textContent()) ?? "";
    expect(command).toBe(purgeCommand({ session_id: STRANGE, project_id: "demo" }, service.dataDir));
    await close();
    await service.stop();
    expect(asTyped(command)).toBe("removed: 1 sessions, 1 events\n");
  });
});

/** In a shell, where the program's name stands for the built one. */
function asTyped(command: string): string {
  const built = command.replace(/^npx gst-pyroscope serve/, '"$NODE" "$PROGRAM"');
  return execFileSync("sh", ["-c", built], {
    encoding: "utf8",
    env: { ...process.env, NODE: process.execPath, PROGRAM: program },
  });
}
