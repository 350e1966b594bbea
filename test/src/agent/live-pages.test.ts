// Is the live page served when an option says so, or while a command wants it, and never else?
import type { Hono } from "hono";
import { afterEach, describe, expect, it } from "vitest";
import { LivePages } from "../../../src/agent/live-pages.js";
import { resolveConfig } from "../../../src/config/config.js";
import { leaseRoute } from "../../../src/live/lease-route.js";
import { liveRoutes } from "../../../src/live/routes.js";
import { createLog } from "../../../src/log.js";
import { freePort } from "../../helpers/real-server.js";
import { until } from "../../helpers/until.js";

const open: LivePages[] = [];
afterEach(() => {
  for (const pages of open.splice(0)) pages.close();
});

function livePages(flags: Record<string, string> = {}, environment: Record<string, string> = {}) {
  const lines: string[] = [];
  const pages = new LivePages(async () => liveRoutes(() => [], "1.2.3"));
  open.push(pages);
  pages.configure(
    resolveConfig({ environment, flags }).config,
    createLog("info", (line) => lines.push(line)),
  );
  return { pages, lines };
}

const answers = (url: string | undefined): Promise<boolean> =>
  fetch(url ?? "", { redirect: "manual" }).then(
    ({ status }) => status === 303,
    () => false,
  );

describe("the live page of a process", () => {
  it("is not there unless it was asked for", async () => {
    const { pages, lines } = livePages();
    expect([await pages.url(), lines]).toEqual([undefined, []]);
  });

  it("is at a free port, or at the one that was asked for, until the end", async () => {
    const port = await freePort();
    for (const [asked, shown] of [
      ["auto", /^http:\/\/127\.0\.0\.1:\d+\/\?token=/],
      [`${port}`, new RegExp(`:${port}/`)],
    ] as const) {
      const { pages } = livePages({ "live-port": asked });
      const url = await pages.url();
      expect(url).toMatch(shown);
      expect(await answers(url)).toBe(true);
      (await pages.lease()).release();
      expect(await answers(url)).toBe(true);
      pages.close();
      await until("its end", async () => !(await answers(url)) || undefined);
    }
  });

  it("is off where it would be open to a network, which is said, and the rest goes on", async () => {
    const { pages, lines } = livePages({ "live-port": "auto", "live-address": "0.0.0.0" });
    expect(await pages.url()).toBeUndefined();
    await until("why", () => lines.length > 0 || undefined);
    expect(lines.join()).toContain(
      "there is no live page: live-address=0.0.0.0 lets everybody in that network look in: it needs live-password, or live-tls-cert and live-tls-key",
    );
    await expect(pages.lease()).rejects.toThrow("live-password");
  });

  it("with a password may listen elsewhere", async () => {
    const { pages } = livePages(
      { "live-port": "auto", "live-address": "0.0.0.0" },
      { GST_PYROSCOPE_LIVE_PASSWORD: "sesame" },
    );
    expect(await pages.url()).toMatch(/^http:\/\/localhost:\d+\//);
  });

  it("that commands asked for is the same for all of them, and ends with the last one", async () => {
    const { pages } = livePages();
    const [one, other] = [await pages.lease(), await pages.lease()];
    expect(one.url).toBe(other.url);
    one.release();
    expect(await answers(one.url)).toBe(true);
    other.release();
    await until("its end", async () => !(await answers(one.url)) || undefined);
    const again = await pages.lease();
    expect(again.url).not.toBe(one.url);
    expect(await answers(again.url)).toBe(true);
  });
});

describe("a command that asks through the control socket", () => {
  it("gets the address, and holds the page for as long as it listens", async () => {
    const { pages } = livePages();
    const app: Hono = leaseRoute(() => pages.lease());
    const answer = await app.request("/api/live", { method: "POST" });
    const reader = answer.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    const [, data = ""] = /^event: open\ndata: (.*)\n\n$/.exec(new TextDecoder().decode(value)) ?? [];
    const { url } = JSON.parse(data) as { url: string };
    expect(await answers(url)).toBe(true);
    await reader?.cancel();
    await until("its end", async () => !(await answers(url)) || undefined);
  });

  it("hears why there is none", async () => {
    const pages = new LivePages(async () => liveRoutes(() => [], "1.2.3"));
    const answer = await leaseRoute(() => pages.lease()).request("/api/live", { method: "POST" });
    expect([answer.status, await answer.json()]).toEqual([409, { error: "this agent has no target" }]);
  });
});
