// Does the agent send a profile of itself where somebody asks for it, and only there?
// SPDX-License-Identifier: MPL-2.0

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SelfProfile } from "../../src/agent/self-profile.js";
import { resolveConfig } from "../../src/config/config.js";
import { slowness } from "../helpers/busy-machine.js";
import { cli, pluginEnvironment, runToEnd, scratch, words } from "../helpers/pipelines.js";

interface Seen {
  url: URL;
  body: Buffer;
}

let place: ReturnType<typeof scratch>;
let server: Server;
let seen: Seen[];
let hang: boolean;
beforeEach(async () => {
  place = scratch();
  seen = [];
  hang = false;
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push({ url: new URL(request.url ?? "", "http://x"), body: Buffer.concat(chunks) });
    if (!hang) response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  place.dispose();
});

const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const pipeline = "fakesrc num-buffers=200 ! identity sleep-time=8000 ! fakesink";

async function run(...flags: string[]): Promise<{ code: number | null; stderr: string; took: number }> {
  const begin = performance.now();
  const args = ["run", "--capture", `${place.dir}/c`, "--server-url", url(), "--upload-interval", "1s", ...flags, "--"];
  const end = await runToEnd(
    process.execPath,
    [cli, ...args, "gst-launch-1.0", "-q", ...words(pipeline)],
    pluginEnvironment(),
  );
  return { code: end.code, stderr: end.stderr, took: performance.now() - begin };
}

const own = (): Seen[] => seen.filter(({ url: { pathname } }) => pathname === "/ingest");

describe("the agent's own profile", () => {
  it("goes to the server under a name of its own, with JavaScript's functions in it", async () => {
    const { code, stderr } = await run("--self-profile");
    expect({ code, stderr: stderr.match(/warn.*/) }).toEqual({ code: 0, stderr: null });
    expect(own().length).toBeGreaterThan(0);
    for (const { url: sent } of own()) expect(sent.searchParams.get("name")).toMatch(/^gst\.pyroscope\.agent/);
    const { body } = own().at(-1) ?? expect.fail("nothing came");
    const profile = Profile.decode(gunzipSync(body));
    expect(profile.sample.length).toBeGreaterThan(0);
    expect(profile.stringTable.strings.join("\n")).toMatch(/\.js/);
    expect(seen.some(({ url: { pathname } }) => pathname.endsWith("/Push"))).toBe(true);
  });

  it("is not there unless asked for, nor is its package loaded", async () => {
    expect((await run()).code).toBe(0);
    expect(own()).toEqual([]);
  });

  it("keeps nobody waiting when the server never answers", async () => {
    hang = true;
    const [{ code, took }, slow] = await Promise.all([run("--self-profile"), slowness()]);
    expect(code).toBe(0);
    expect(took).toBeLessThan(15_000 * slow);
  });

  it("is given up with one line where the package or a server is missing", async () => {
    const lines: string[] = [];
    const log = { warn: (line: string) => void lines.push(line), error: () => {}, info: () => {}, debug: () => {} };
    const of = (flags: Record<string, string>) => resolveConfig({ flags: { "self-profile": "true", ...flags } }).config;
    const missing = () => Promise.reject(new Error("Cannot find package"));
    await new SelfProfile(missing).start(of({ "server-url": "http://localhost:4040" }), log as never)();
    await new SelfProfile(missing).start(of({ "server-url": "none" }), log as never)();
    expect(lines).toEqual(["self-profile: not possible here", "self-profile: there is no server to send it to"]);
  });
});
