// What comes of a debug file when the server has it, has it not, is away, slow, lying or endless? Nobody waits for it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createLog } from "../../../src/log.js";
import { loadNative } from "../../../src/native.js";
import { Debuginfod, type Progress } from "../../../src/symbols/debuginfod.js";
import type { FetchLimits } from "../../../src/symbols/debuginfod-fetch.js";
import { slowness } from "../../helpers/busy-machine.js";
import { until } from "../../helpers/until.js";

const native = loadNative();
let dir = "";
let cache = "";
let buildId = "";
let good: Buffer;
let other: Buffer;
const servers: Server[] = [];
const open: Debuginfod[] = [];
const lines: string[] = [];
let now = 0;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "debuginfod-"));
  const build = (name: string, text: string): Buffer => {
    writeFileSync(join(dir, `${name}.c`), text);
    const [source, whole, debug] = [`${name}.c`, `${name}.so`, `${name}.debug`].map((file) => join(dir, file));
    execFileSync("cc", ["-g", "-shared", "-fPIC", "-Wl,--build-id=sha1", source ?? "", "-o", whole ?? ""]);
    execFileSync("objcopy", ["--only-keep-debug", whole ?? "", debug ?? ""]);
    return readFileSync(debug ?? "");
  };
  good = build("good", "int good(int x) { return x * 3; }");
  other = build("other", "int other(int x) { return x * 5; }");
  buildId =
    /Build ID: (\w+)/.exec(execFileSync("readelf", ["-n", join(dir, "good.so")], { encoding: "utf8" }))?.[1] ?? "";
});
beforeEach(() => {
  cache = mkdtempSync(join(dir, "cache-"));
  lines.length = now = 0;
});
afterEach(async () => {
  for (const each of open.splice(0)) each.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
afterAll(() => rmSync(dir, { recursive: true }));

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function client(urls: string[], limits: Partial<FetchLimits> = {}, progress: Progress = () => {}) {
  const files = new Debuginfod({
    urls,
    cache,
    limits: { timeoutMs: 5000, maxTimeMs: 10_000, maxBytes: 1 << 20, ...limits },
    log: createLog("warn", (line) => lines.push(line)),
    check: async (path, id) =>
      (await native.symbolize({ path, buildId: id, root: "", offsets: new Float64Array() })).problem === "",
    now: () => now,
    progress,
  });
  open.push(files);
  return files;
}

async function ended(files: Debuginfod, id = buildId): Promise<string> {
  files.want(id);
  await until("what is asked for ends", () => !["", "asked for"].includes(files.outcome(id)));
  return files.outcome(id);
}
const left = () => readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());

describe("a server that has the file", () => {
  it("is asked by build-id, and the file lies where gdb looks for it", async () => {
    const { url, asked } = await serve((_, response) => response.end(good));
    const files = client([`${url}/`]);
    expect(files.file(buildId)).toBe("");
    expect(await ended(files)).toBe("found");
    expect(asked).toEqual([`/buildid/${buildId}/debuginfo`]);
    expect(files.file(buildId)).toBe(join(cache, buildId, "debuginfo"));
    expect(readFileSync(files.file(buildId)).equals(good)).toBe(true);
    expect(left()).toHaveLength(1);
    files.want(buildId);
    expect(asked).toHaveLength(1);
    expect(lines).toEqual([]);
  });

  it("is not needed when the file is in the cache, nor is any server", async () => {
    mkdirSync(join(cache, buildId));
    writeFileSync(join(cache, buildId, "debuginfo"), good);
    const files = client([]);
    expect(files.file(buildId)).toBe(join(cache, buildId, "debuginfo"));
    expect(files.outcome(buildId)).toBe("cached");
  });

  it("is asked in spite of an empty file in the cache, which says that it was missing once", async () => {
    mkdirSync(join(cache, buildId));
    writeFileSync(join(cache, buildId, "debuginfo"), "");
    const { url } = await serve((_, response) => response.end(good));
    expect(await ended(client([url]))).toBe("found");
    expect(readFileSync(join(cache, buildId, "debuginfo")).equals(good)).toBe(true);
  });

  it("is asked for two files at a time at most", async () => {
    const waiting: ServerResponse[] = [];
    const { url, asked } = await serve((_, response) => waiting.push(response));
    const files = client([url]);
    const ids = Array.from({ length: 6 }, (_, i) => `00${i}${i}aabb`);
    for (const id of ids) files.want(id);
    for (let i = 0; i < ids.length; i++) {
      await until("what is asked for ends", () => waiting.length > 0);
      expect(asked.length - i).toBeLessThanOrEqual(2);
      waiting.shift()?.writeHead(404).end();
      await until(
        "what is asked for ends",
        () => ids.filter((id) => files.outcome(id) === "not found").length === i + 1,
      );
    }
    expect(asked).toHaveLength(6);
  });
});

describe("a server that has it not", () => {
  it("is asked again after ten minutes, and the next one is asked at once", async () => {
    const first = await serve((_, response) => response.writeHead(404).end());
    const second = await serve((_, response) => response.writeHead(404).end());
    const files = client([first.url, second.url]);
    expect(await ended(files)).toBe("not found");
    now = 599_000;
    files.want(buildId);
    expect([first.asked.length, second.asked.length]).toEqual([1, 1]);
    now = 601_000;
    files.want(buildId);
    await until("what is asked for ends", () => second.asked.length === 2);
    expect(lines).toEqual([]);
  });
});

describe("nothing is believed, stored or waited for", () => {
  const cases: [string, string, (response: ServerResponse) => void][] = [
    ["another file", "of another build", (response) => response.end(other)],
    ["garbage", "of another build", (response) => response.end("<html>sign in first</html>")],
    ["nothing", "of another build", (response) => response.end()],
    ["half of the file", "of another build", (response) => response.end(good.subarray(0, 500))],
    [
      "less than it said",
      "no answer",
      (response) => {
        response.writeHead(200, { "content-length": good.length });
        response.write(good.subarray(0, good.length / 2), () => response.destroy());
      },
    ],
    [
      "a size that is too large",
      "too large",
      (response) => response.writeHead(200, { "content-length": 1 << 30 }).write("x"),
    ],
    [
      "bytes without end",
      "too large",
      (response) => {
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536)));
        };
        response.on("drain", more);
        more();
      },
    ],
    ["a redirect", "refused", (response) => response.writeHead(302, { location: "http://192.0.2.1/" }).end()],
    ["an error", "refused", (response) => response.writeHead(500).end()],
  ];
  it.each(cases)("of a server that sends %s", async (_, outcome, answer) => {
    const { url, asked } = await serve((_, response) => answer(response));
    const files = client([url]);
    expect(await ended(files)).toBe(outcome);
    expect(files.file(buildId)).toBe("");
    expect(left()).toEqual([]);
    files.want(buildId);
    expect(asked).toHaveLength(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`debuginfod: ${outcome}`);
  });

  it.each([
    ["drips", (response: ServerResponse) => setInterval(() => response.write("x"), 20).unref()],
    ["says nothing", () => undefined],
  ])("of a server that %s", async (_, answer) => {
    const { url } = await serve((_, response) => answer(response));
    const files = client([url], { timeoutMs: 300 });
    const [begin, slow] = [performance.now(), slowness()];
    expect(await ended(files)).toBe("too slow");
    const took = performance.now() - begin;
    expect(took).toBeLessThan(5000 * (await slow));
    expect(left()).toEqual([]);
  });

  it("of a server that is away; it is not asked for each file, and the next one answers", async () => {
    const away = await serve(() => undefined);
    const [server] = servers;
    await new Promise((resolve) => server?.close(resolve));
    const { url } = await serve((request, response) =>
      request.url?.includes(buildId) ? response.end(good) : response.writeHead(404).end(),
    );
    const files = client([away.url, url]);
    expect(await ended(files)).toBe("found");
    expect(await ended(files, "0011223344")).toBe("not found");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("no answer");
  });

  it("where the cache cannot be written", async () => {
    const { url } = await serve((_, response) => response.end(good));
    rmSync(cache, { recursive: true });
    writeFileSync(cache, "a file");
    expect(await ended(client([url]))).toBe("cannot be stored");
  });

  it("after the end: what is under way ends at once", async () => {
    const { url, asked } = await serve(() => undefined);
    const files = client([url]);
    files.want(buildId);
    await until("what is asked for ends", () => asked.length === 1);
    files.close();
    await until("what is asked for ends", () => files.outcome(buildId) !== "asked for");
    expect(left()).toEqual([]);
    files.want("aabbccdd");
    expect(files.outcome("aabbccdd")).toBe("");
  });
});

describe("who waits", () => {
  it("is told whose file is asked for, what came, and what became of each, until all are settled", async () => {
    const { url } = await serve((request, response) =>
      request.url?.includes(buildId) ? response.end(good) : response.writeHead(404).end(),
    );
    const told: string[] = [];
    const files = client([url], {}, ({ asked, ended, bytes, module }, outcome) =>
      told.push(`${ended}/${asked} ${bytes > 0} ${module} ${outcome}`),
    );
    files.want(buildId, "/usr/lib/libgood.so.1 (deleted)");
    files.want("0011223344");
    await files.settled();
    expect([files.outcome(buildId), files.outcome("0011223344")]).toEqual(["found", "not found"]);
    expect(told[0]).toBe("0/1 false libgood.so.1 ");
    expect(told).toContainEqual(expect.stringMatching(/^\d\/2 true libgood\.so\.1 $/));
    const ends = told.filter((line) => /found$/.test(line)).map((line) => line.replace(/^\d\/2 (true|false) /, ""));
    expect(ends.sort()).toEqual(["0011223344 not found", "libgood.so.1 found"]);
    expect(files.state).toMatchObject({ asked: 2, ended: 2, bytes: good.length });
  });

  it("waits for nothing where nothing was asked for, or no server is named", async () => {
    const files = client([]);
    files.want(buildId);
    await files.settled();
    expect(files.state).toEqual({ asked: 0, ended: 0, bytes: 0, module: "" });
  });
});

describe("nobody is asked", () => {
  it("without a server in the configuration, or for what is no build-id", async () => {
    const { url, asked } = await serve((_, response) => response.end(good));
    const none = client([]);
    none.want(buildId);
    expect(none.outcome(buildId)).toBe("");
    const files = client([url]);
    for (const id of ["", "ab", "../../etc/passwd", "ABCDEF", "abc", "zz00", `${"a".repeat(130)}`]) {
      files.want(id);
      expect(files.file(id)).toBe("");
    }
    expect(asked).toEqual([]);
    expect(existsSync(cache)).toBe(true);
    expect(left()).toEqual([]);
  });
});
