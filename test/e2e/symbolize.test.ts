// Does a capture of a stripped plugin get the names of debug files that turn up later, as if they had been there, wherever they lie?
// SPDX-License-Identifier: MPL-2.0

import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { symbolizeCapture } from "../../src/agent/symbolize/symbolize.js";
import { CaptureWriter } from "../../src/capture/writer.js";
import { symbolize } from "../../src/commands/symbolize.js";
import { loadNative } from "../../src/native.js";
import { cli, pluginEnvironment, root, runToEnd, scratch, summaryOf } from "../helpers/pipelines.js";
import { rawProfile } from "../helpers/raw-profile.js";
import { hasDebuginfod, startDebuginfod } from "../helpers/real-debuginfod.js";
import { SECOND, sampleAgent, sampleCapture, sampleFacts } from "../helpers/sample-capture.js";
import { encoders } from "../helpers/sample-elements.js";

const place = scratch();
const { dir } = place;
const library = join(dir, "libwork.so");
/** In a layout of nobody's, under a name that says nothing. */
const kept = join(dir, "kept/2026/some-file.bin");
const beside = join(dir, ".debug/libwork.debug");
let buildId = "";
let bare = "";
let present = "";

beforeAll(async () => {
  const fixtures = `${root}test/fixtures/names`;
  for (const folder of ["kept/2026", "others", ".debug"]) mkdirSync(join(dir, folder), { recursive: true });
  const cc = (line: string) => execFileSync("sh", ["-ec", `cc -g -Wall -Wextra -Werror ${line}`], { cwd: dir });
  const build = "-shared -fPIC -fvisibility=hidden -Wl,--build-id=sha1";
  cc(`-O2 ${build} ${fixtures}/work.c -o libwork.so`);
  cc(`-O1 ${build} ${fixtures}/work.c -o others/libwork.so.debug`);
  cc(`-O2 ${fixtures}/host.c -o host -L. -lwork -Wl,-rpath,${dir} $(pkg-config --cflags --libs gstreamer-1.0)`);
  const objcopy = (...args: string[]) => execFileSync("objcopy", args, { cwd: dir });
  objcopy("--only-keep-debug", "libwork.so", "libwork.debug");
  objcopy("--strip-all", "--add-gnu-debuglink=libwork.debug", "libwork.so");
  renameSync(join(dir, "libwork.debug"), kept);
  buildId = buildIdOf(library);
  bare = await captured("bare");
  await symbolized(bare); // what this machine has of other modules has no part in it
  cpSync(kept, beside);
  present = await captured("present");
  rmSync(beside);
});
afterAll(() => place.dispose());

const buildIdOf = (file: string): string =>
  /Build ID: (\w+)/.exec(execFileSync("readelf", ["-n", file], { encoding: "utf8" }))?.[1] ?? "";

/** Its own cache: what this machine has fetched for others names nothing here. */
const environment = (cache: string) => pluginEnvironment({ DEBUGINFOD_CACHE_PATH: join(dir, cache) });

async function captured(name: string): Promise<string> {
  const capture = join(dir, name);
  const flags = ["--capture", capture, "--upload-interval", "1s"];
  const args = [cli, "run", ...flags, "--", join(dir, "host"), "3"];
  expect((await runToEnd(process.execPath, args, environment("cache-run"), 120_000)).code).toBe(0);
  return capture;
}

let copies = 0;
/** The capture that was made without debug files, once more. */
function copy(): string {
  const to = join(dir, `copy-${copies++}`);
  cpSync(bare, to, { recursive: true });
  return to;
}

const symbolized = (capture: string, ...more: string[]) =>
  runToEnd(process.execPath, [cli, "symbolize", capture, ...more], environment("cache-cli"), 120_000);

/** What each address of the library is called: "mixed work.c:7 < round_of work.c:13 < hidden_low work.c:17". */
function namesIn(capture: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const file of readdirSync(join(capture, "profiles"))) {
    const profile = Profile.decode(gunzipSync(readFileSync(join(capture, "profiles", file))));
    const text = (index: number | bigint) => profile.stringTable.strings[Number(index)] ?? "";
    const mine = new Set(profile.mapping.filter((m) => text(m.buildId) === buildId).map((m) => Number(m.id)));
    const functions = new Map(profile.function.map((f) => [Number(f.id), `${text(f.name)} ${text(f.filename)}`]));
    for (const { mappingId, address, line } of profile.location)
      if (mine.has(Number(mappingId)))
        names.set(Number(address), line.map((l) => `${functions.get(Number(l.functionId))}:${l.line}`).join(" < "));
  }
  return names;
}

/** Each address that both captures have seen is called the same in both. */
function expectAsIfPresent(capture: string): void {
  const [now, then] = [namesIn(capture), namesIn(present)];
  // Few on a busy machine: each capture samples its own of the loops' addresses.
  const both = [...now.keys()].filter((address) => then.has(address));
  expect(both.length).toBeGreaterThan(2);
  expect(both.map((address) => now.get(address))).toEqual(both.map((address) => then.get(address)));
  for (const name of now.values()) expect(name).toMatch(/work\.c:[1-9]/);
  expect([...now.values()].join("\n")).toMatch(/mixed .*< round_of .*< hidden_(high|low) /);
}

/** Digests of the files that frames' names stand in. */
function digests(capture: string): Record<string, string> {
  const profiles = readdirSync(join(capture, "profiles")).map((name) => join("profiles", name));
  const files = [...profiles.sort(), "profiles.ndjson", "capture.json", "report.html"];
  const of = (name: string) =>
    createHash("sha1")
      .update(readFileSync(join(capture, name)))
      .digest("hex");
  return Object.fromEntries(files.filter((name) => existsSync(join(capture, name))).map((name) => [name, of(name)]));
}

describe("a folder of debug files", () => {
  it("names frames as if the files had been there, also where the target's own files are not", async () => {
    const capture = copy();
    expect([...namesIn(capture).values()].join("\n")).toContain("libwork.so+fn@0x");
    const before = (await summaryOf(capture)).profile.cpu?.framesNamed ?? 0;
    renameSync(library, `${library}.away`);
    try {
      const run = await symbolized(capture, "--from", join(dir, "kept"));
      expect(run).toMatchObject({ code: 0, stderr: "" });
      expect(run.stdout).toMatch(/^\d+ of \d+ frames without a symbol got one, \d+ a source line; left: .*\n$/);
    } finally {
      renameSync(`${library}.away`, library);
    }
    expectAsIfPresent(capture);
    const summary = await summaryOf(capture);
    expect(summary.complete).toBe(true);
    expect(summary.profile.cpu?.framesNamed).toBeGreaterThan(before);
    expect(readFileSync(join(capture, "report.html"), "utf8")).toContain("hidden_high");
    const { modules } = JSON.parse(readFileSync(join(capture, "capture.json"), "utf8"));
    const work = modules.find(({ path }: { path: string }) => path === library);
    expect(work).toMatchObject({ unnamed: 0, lines: true, source: "--from" });
  });

  it("changes nothing the second time", async () => {
    const capture = copy();
    await symbolized(capture, "--from", join(dir, "kept"));
    const once = digests(capture);
    await symbolized(capture, "--from", join(dir, "kept"));
    expect(digests(capture)).toEqual(once);
  });

  it("of another build is refused by name, and nothing is changed", async () => {
    const capture = copy();
    const before = digests(capture);
    const { code, stdout, stderr } = await symbolized(capture, "--from", join(dir, "others"));
    const other = join(dir, "others/libwork.so.debug");
    const [refused, nothing, ...rest] = stderr.trimEnd().split("\n");
    expect({ code, stdout, rest }).toEqual({ code: 11, stdout: "", rest: [] });
    expect(refused).toContain(`${other} is not used: it is of build ${buildIdOf(other).slice(0, 12)}…`);
    expect(refused).toContain(`the capture's ${library} of build ${buildId.slice(0, 12)}…`);
    expect(nothing).toMatch(
      /^gst-pyroscope: nothing was named: no file of the same build has symbols for the \d+ frames/,
    );
    expect(digests(capture)).toEqual(before);
  });

  it("that is not there is a sentence", async () => {
    const { code, stderr } = await symbolized(copy(), "--from", join(dir, "nosuch"));
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `gst-pyroscope: --from: ${join(dir, "nosuch")} cannot be read (ENOENT); give a folder of debug files\n`,
    });
  });
});

it("debug files that were installed meanwhile name the frames without any option", async () => {
  const capture = copy();
  cpSync(kept, beside);
  try {
    expect(await symbolized(capture)).toMatchObject({ code: 0, stderr: "" });
  } finally {
    rmSync(beside);
  }
  expectAsIfPresent(capture);
});

it("report names the command while there is something to name", async () => {
  const capture = copy();
  const { stdout } = await runToEnd(process.execPath, [cli, "report", capture], environment("cache-cli"));
  expect(stdout.replaceAll("\n", " ")).toContain(`gst-pyroscope symbolize ${capture}`);
});

describe("--debuginfod", () => {
  const capture = () => copy();
  let said: string[] = [];
  let cache = "";
  beforeEach(() => {
    said = [];
    cache = join(dir, `cache-${copies}`);
  });

  async function asked(target: string, url: string, more: Record<string, string> = {}): Promise<number> {
    const terminal = { out: (text: string) => said.push(text.trimEnd()), error: (line: string) => said.push(line) };
    const layers = { flags: { debuginfod: "true" }, environment: { DEBUGINFOD_CACHE_PATH: cache, ...more } };
    const parts = { symbolizeCapture, loadNative, draw: undefined, ofDistribution: () => ({ url, note: "" }) };
    return symbolize(target, { layers }, { ...parts, terminal: { ...terminal, columns: 80, colour: false } });
  }

  describe.skipIf(!hasDebuginfod)("with a real server", () => {
    let server: Awaited<ReturnType<typeof startDebuginfod>>;
    beforeAll(async () => {
      const served = join(dir, "served");
      mkdirSync(served);
      cpSync(kept, join(served, "libwork.debug"));
      server = await startDebuginfod(served, buildId);
    });
    afterAll(() => server?.stop());

    it("names the frames, and a line without a terminal says what each module's file became", async () => {
      const target = capture();
      expect(await asked(target, server.url)).toBe(0);
      expectAsIfPresent(target);
      expect(said.join("\n")).toMatch(/^debuginfod: \d+ of \d+ files, [\d.]+ kB, libwork\.so: found$/m);
      expect(said.at(-1)).toMatch(/^\d+ of \d+ frames without a symbol got one/);
    });

    it("asks the servers that are named in its place", async () => {
      const target = capture();
      expect(await asked(target, "http://127.0.0.1:9", { DEBUGINFOD_URLS: server.url })).toBe(0);
      expectAsIfPresent(target);
    });
  });

  it("is a sentence where no server answers, and the capture is unharmed", async () => {
    const target = capture();
    const before = digests(target);
    expect(await asked(target, "http://127.0.0.1:9")).toBe(11);
    expect(said.filter((line) => line.startsWith("debuginfod: no answer"))).toHaveLength(1);
    expect(digests(target)).toEqual(before);
  });
});

it("without a flag or a variable nobody is asked", async () => {
  let requests = 0;
  const server = createServer((_, response) => {
    requests++;
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    expect((await symbolized(copy())).code).toBe(11);
    expect(requests).toBe(0);
    const named = await runToEnd(
      process.execPath,
      [cli, "symbolize", copy(), "--debuginfod-urls", url],
      environment("cache-url"),
    );
    expect(named.code).toBe(11);
    expect(requests).toBeGreaterThan(0);
  } finally {
    server.close();
  }
});

describe("a kill", () => {
  const PROFILES = 60;
  const KILLS = 3;
  afterEach(() => rmSync(join(dir, "long"), { recursive: true, force: true }));

  /** Of the library's code, in many windows. */
  async function longCapture(): Promise<string> {
    const to = join(dir, "long");
    const writer = await CaptureWriter.create(to, sampleFacts());
    const addresses = [...namesIn(bare).keys()];
    const frames = addresses.map((address) => ({
      path: library,
      buildId,
      address,
      name: `libwork.so+0x${address.toString(16)}`,
    }));
    const profile = rawProfile(
      frames,
      frames.map((_, i) => ({ stack: [i, (i + 1) % frames.length], ns: 1 + i })),
    );
    const counts = {
      samples: 9,
      totalNs: 9,
      reachedRoot: 9,
      inferred: 0,
      frames: 18,
      framesNamed: 0,
      framesByType: 0,
      framesByRole: 0,
      durationNs: SECOND,
    };
    for (let i = 0; i < PROFILES; i++)
      await writer.addProfile(profile, { kind: "cpu", startUnixNs: BigInt(i), ...counts });
    await writer.finish({ ...sampleCapture("pipeline0", encoders), agent: sampleAgent(10) });
    writer.close();
    return to;
  }

  const indexLines = (capture: string): number =>
    readFileSync(join(capture, "profiles.ndjson"), "utf8").split("\n").length - 1;

  it("at any instant leaves a capture that reads, and the next try makes of it what an undisturbed one does", async () => {
    const capture = await longCapture();
    const undisturbed = join(dir, "undisturbed");
    cpSync(capture, undisturbed, { recursive: true });
    expect((await symbolized(undisturbed, "--from", join(dir, "kept"))).code).toBe(0);
    const renamed: number[] = [];
    for (let i = 1; i <= KILLS; i++) {
      // Each try gets a little further than the one before.
      const wanted = PROFILES + Math.floor(((i - Math.random()) * PROFILES) / KILLS);
      const child = spawn(process.execPath, [cli, "symbolize", capture, "--from", join(dir, "kept")], {
        env: environment("cache-cli"),
        stdio: "ignore",
      });
      const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      while (child.exitCode === null && indexLines(capture) <= wanted) await new Promise((wait) => setTimeout(wait, 1));
      child.kill("SIGKILL");
      await gone;
      renamed.push(indexLines(capture) - PROFILES);
      expect((await summaryOf(capture)).complete).toBe(true);
    }
    expect(renamed[0]).toBeGreaterThan(0);
    expect((await symbolized(capture, "--from", join(dir, "kept"))).code).toBe(0);
    console.log(`killed after ${renamed.join(", ")} of ${PROFILES} profiles`);
    expect(digests(capture)).toEqual(digests(undisturbed));
    expect(readdirSync(capture)).not.toContain(".renaming");
  });
});
