// Which files does the origin hand out, which addresses lead nowhere, and which faults can its lab be told?
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { originApp } from "../../src/http/origin-routes.js";
import { type Fault, hostLine, readFault } from "../../src/origin/faults.js";
import type { FaultProblem } from "../../src/origin/parent-lab.js";

const base = mkdtempSync(join(tmpdir(), "origin-test-"));
const folder = join(base, "hls");
const sent: Fault[] = [];
/** What the lab says to a fault. */
let problem: FaultProblem | null = null;
const reports: [string, string][] = [];
const app = originApp({
  folder,
  lab: {
    send: async (fault) => {
      sent.push(fault);
      return problem;
    },
  },
  cmcd: (value, name) => reports.push([value, name]),
});

beforeAll(() => {
  mkdirSync(join(folder, "720p"), { recursive: true });
  writeFileSync(join(base, "secret.ts"), "secret");
  writeFileSync(join(folder, "a.ts"), "media of a");
  writeFileSync(join(folder, "notes.txt"), "no media");
  writeFileSync(join(folder, ".hidden.ts"), "hidden");
  writeFileSync(join(folder, "720p/b.ts"), "media of b");
  symlinkSync(join(base, "secret.ts"), join(folder, "link.ts"));
  utimesSync(join(folder, "a.ts"), 1_790_000_002, 1_790_000_002);
  writeFileSync(join(folder, "playlist.m3u8"), "#EXTM3U\n\n#EXTINF:2,\na.ts\n");
});
afterAll(() => rmSync(base, { recursive: true }));

describe("files", () => {
  test("segments with their type, playlists with program time, never cached", async () => {
    const segment = await app.request("/live/720p/b.ts");
    expect([segment.status, segment.headers.get("content-type"), await segment.text()]).toEqual([
      ...[200, "video/mp2t", "media of b"],
    ]);
    const playlist = await app.request("/live/playlist.m3u8");
    expect(playlist.headers.get("cache-control")).toBe("no-store");
    expect(await playlist.text()).toContain(
      `#EXT-X-PROGRAM-DATE-TIME:${new Date(1_790_000_000_000).toISOString()}\na.ts`,
    );
  });

  test.each([
    ...["/live/..%2fsecret.ts", "/live/%2e%2e/secret.ts", "/live/720p/..%2f..%2fsecret.ts", "/live/link.ts"],
    ...["/live/.hidden.ts", "/live/notes.txt", "/live/720p", "/live/", "/live/a.ts%00.ts", "/live/%", "/live/none.ts"],
    ...["/live//a.ts", `/live/${"a".repeat(3000)}.ts`, "/live/..%5csecret.ts", "/live/a.ts/b.ts"],
  ])("%s is not there", async (path) => {
    const answer = await app.request(path);
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain("secret");
  });

  test("CMCD of a request goes to its receiver", async () => {
    await app.request(`/live/a.ts?CMCD=${encodeURIComponent('bl=2000,sid="s"')}`);
    expect(reports).toEqual([['bl=2000,sid="s"', "a.ts"]]);
  });
});

const post = (body: unknown, headers: Record<string, string> = { "Content-Type": "application/json" }) =>
  app.request("http://lab/lab/fault", {
    method: "POST",
    headers: { Host: "lab", ...headers },
    body: JSON.stringify(body),
  });

describe("faults", () => {
  test("a slow network is the origin's own, all are handed on", async () => {
    expect((await post({ fault: "net:rate=100B/s" })).status).toBe(200);
    const began = performance.now();
    expect(await (await app.request("/live/a.ts")).text()).toBe("media of a");
    expect(performance.now() - began).toBeGreaterThan(50); // 10 bytes, 5 each 50 ms
    expect((await post({ fault: "none" })).status).toBe(200);
    expect(sent).toEqual([{ kind: "rate", bytesPerSecond: 100 }, { kind: "none" }]);
  });

  test("an origin that answers with errors, one that adds no program time, and both healed", async () => {
    for (const fault of ["net:status=503", "net:program-time=off"]) expect((await post({ fault })).status).toBe(200);
    expect((await app.request("/live/a.ts")).status).toBe(503);
    await post({ fault: "none" });
    expect(await (await app.request("/live/playlist.m3u8")).text()).not.toContain("PROGRAM-DATE-TIME");
    await post({ fault: "net:program-time=on" });
    expect(await (await app.request("/live/playlist.m3u8")).text()).toContain("PROGRAM-DATE-TIME");
  });

  test("an origin that is stopped closes the connection without an answer", async () => {
    const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
      const made = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () => resolve(made));
    });
    const { port } = server.address() as { port: number };
    const segment = `http://127.0.0.1:${port}/live/a.ts`;
    await post({ fault: "net:stop" });
    await expect(fetch(segment)).rejects.toThrow("fetch failed");
    await post({ fault: "none" });
    expect((await fetch(segment)).status).toBe(200);
    await new Promise((closed) => server.close(closed));
  });

  test.each([
    [404, "place_unknown"],
    [503, "lab_silent"],
  ] as const)("one that is not made is answered with %i and the lab's reason", async (status, error) => {
    problem = { status, reason: "there are enc, source" };
    const answer = await post({ fault: "none" });
    problem = null;
    expect([answer.status, await answer.json()]).toEqual([status, { error, reason: "there are enc, source" }]);
  });

  test("what cannot be read is refused with how it is written; another site's page is refused", async () => {
    const refused = await post({ fault: "enc:melt=1s" });
    expect([refused.status, JSON.stringify(await refused.json())]).toEqual([
      422,
      expect.stringContaining("enc:burn=60ms"),
    ]);
    expect((await post({ fault: "none" }, { "Content-Type": "text/plain" })).status).toBe(403);
    expect((await post("none", { "Content-Type": "application/json", Origin: "http://evil.example" })).status).toBe(
      403,
    );
    expect((await post(null)).status).toBe(422);
  });

  test.each([
    ["enc:burn=60ms", "burn enc 60"],
    ["cap:sleep=1.5s", "sleep cap 1500"],
    ["source:gap=5s", "gap source 5000"],
    ["enc-high:lock=1.5x", "lock enc-high 1.5x"],
    ["disk:rate=25kB/s", "disk 25000"],
    ["disk:rate=3x", "disk 3x"],
    ["x264:content=snow", "set vsrc pattern snow"],
    ["net:rate=25kB/s", null],
    ["net:stop", null],
    ["net:status=500", null],
    ["host:burners=4", null],
    ["pipeline:kill", null],
    ["none", "none"],
  ])("%s tells the pipeline %s", (text, line) => {
    const fault = readFault(text);
    expect(fault === null ? "unreadable" : hostLine(fault)).toBe(line);
  });

  test.each([
    "",
    "enc:burn=60",
    "enc:burn=0ms",
    "enc:burn=61s",
    "net:burn=1s",
    "enc:rate=1kB/s",
    "enc:gap=1s",
    "net:rate=0B/s",
    "enc\nx:burn=1s",
    "source:burn=1s",
    "enc:lock=0x",
    "enc:lock=101x",
    "net:status=200",
    "host:burners=0",
    "host:burners=65",
    "disk:burn=1s",
    "constructor:burn",
    "x264:content=rain",
  ])("%j cannot be read", (text) => expect(readFault(text)).toBeNull());
});
