// Do stripped modules get names, lines and inlined functions while the program runs, from a real debuginfod server?
// SPDX-License-Identifier: MPL-2.0

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { slowness } from "../helpers/busy-machine.js";
import { cli, pluginEnvironment, root, runToEnd, scratch } from "../helpers/pipelines.js";
import { hasDebuginfod, startDebuginfod } from "../helpers/real-debuginfod.js";

const place = scratch();
const { dir } = place;
const served = join(dir, "served");
let buildId = "";

beforeAll(() => {
  const fixtures = `${root}test/fixtures/names`;
  mkdirSync(served);
  const cc = (line: string) => execFileSync("sh", ["-ec", `cc -O2 -g -Wall -Wextra -Werror ${line}`], { cwd: dir });
  cc(`-shared -fPIC -fvisibility=hidden -Wl,--build-id=sha1 ${fixtures}/work.c -o libwork.so`);
  cc(`${fixtures}/host.c -o host -L. -lwork -Wl,-rpath,${dir} $(pkg-config --cflags --libs gstreamer-1.0)`);
  execFileSync("objcopy", ["--only-keep-debug", "libwork.so", "libwork.debug"], { cwd: dir });
  execFileSync("strip", ["-s", "libwork.so"], { cwd: dir });
  renameSync(join(dir, "libwork.debug"), join(served, "libwork.debug"));
  const notes = execFileSync("readelf", ["-n", "libwork.so"], { cwd: dir, encoding: "utf8" });
  buildId = /Build ID: (\w+)/.exec(notes)?.[1] ?? "";
});
afterAll(() => place.dispose());

async function captured(name: string, seconds: number, variables: Record<string, string>) {
  const capture = join(dir, name);
  const env = pluginEnvironment({ DEBUGINFOD_CACHE_PATH: join(dir, `cache-${name}`), ...variables });
  const flags = ["--capture", capture, "--upload-interval", "1s", "--wall-rate", "0"];
  const run = await runToEnd(
    process.execPath,
    [cli, "run", ...flags, "--", join(dir, "host"), String(seconds)],
    env,
    120_000,
  );
  expect(run.code).toBe(0);
  const profiles = readdirSync(join(capture, "profiles")).sort();
  const { modules } = JSON.parse(readFileSync(join(capture, "capture.json"), "utf8"));
  const work = (modules as { path: string; debuginfod: string; lines: boolean; source: string }[]).find(({ path }) =>
    path.endsWith("libwork.so"),
  );
  return { run, work, windows: profiles.map((file) => framesOf(readFileSync(join(capture, "profiles", file)))) };
}

/** Frames of the library in one profile, weighted by nanoseconds: all of them, with names, with lines, several lines. */
function framesOf(file: Buffer) {
  const profile = Profile.decode(gunzipSync(file));
  const text = (index: number | bigint) => profile.stringTable.strings[Number(index)] ?? "";
  const mine = new Set(profile.mapping.filter((m) => text(m.filename).endsWith("libwork.so")).map((m) => Number(m.id)));
  const functions = new Map(
    profile.function.map((f) => [Number(f.id), { name: text(f.name), file: text(f.filename) }]),
  );
  const locations = new Map(profile.location.map((l) => [Number(l.id), l]));
  const sums = { all: 0, named: 0, lined: 0, inlined: 0, names: new Set<string>() };
  for (const sample of profile.sample) {
    for (const id of sample.locationId) {
      const location = locations.get(Number(id));
      if (location === undefined || !mine.has(Number(location.mappingId))) continue;
      const ns = Number(sample.value[0]);
      const lines = location.line.map((line) => ({
        ...functions.get(Number(line.functionId)),
        line: Number(line.line),
      }));
      for (const { name } of lines) sums.names.add(name ?? "");
      sums.all += ns;
      if (lines.every(({ name }) => name !== undefined && !name.includes("+fn@"))) sums.named += ns;
      if (lines.every(({ file, line }) => file?.endsWith("work.c") && line > 0)) sums.lined += ns;
      if (lines.length > 1) sums.inlined += ns;
    }
  }
  return sums;
}

describe.skipIf(!hasDebuginfod)("a debuginfod server", () => {
  let server: Awaited<ReturnType<typeof startDebuginfod>>;
  beforeAll(async () => {
    server = await startDebuginfod(served, buildId);
  });
  afterAll(() => server?.stop());

  it("names the frames of a stripped library, with lines and inlined functions, from the next window on", async () => {
    const { windows, work, run } = await captured("real", 9, { DEBUGINFOD_URLS: server.url });
    expect(work).toMatchObject({ debuginfod: "found", lines: true, source: "debuginfod" });
    expect([...(windows[0]?.names ?? [])].some((name) => name.startsWith("libwork.so+fn@"))).toBe(true);
    const healed = windows.slice(2); // the first is without, the second was perhaps named before the file was here
    expect(healed.length).toBeGreaterThanOrEqual(3);
    const sum = (key: "all" | "named" | "lined" | "inlined") =>
      healed.reduce((total, window) => total + window[key], 0);
    console.log(
      `${healed.length} windows: named ${sum("named") / sum("all")}, lines ${sum("lined") / sum("all")}, inlined ${sum("inlined") / sum("all")}`,
    );
    expect(sum("all")).toBeGreaterThan(0.1e9);
    expect(sum("named") / sum("all")).toBeGreaterThanOrEqual(0.98);
    expect(sum("lined") / sum("all")).toBeGreaterThanOrEqual(0.98);
    expect(sum("inlined") / sum("all")).toBeGreaterThan(0.2);
    const names = new Set(healed.flatMap((window) => [...window.names]));
    for (const name of ["work", "hidden_high", "round_of", "mixed"]) expect(names).toContain(name);
    expect(run.stderr).not.toContain("debuginfod");
  });

  it("is not needed any more once the cache has the file: the first window has all names", async () => {
    const { windows, work } = await captured("cached", 2, { DEBUGINFOD_CACHE_PATH: join(dir, "cache-real") });
    expect(work).toMatchObject({ debuginfod: "cached", lines: true });
    expect((windows[0]?.lined ?? 0) / (windows[0]?.all ?? 1)).toBeGreaterThanOrEqual(0.98);
  });
});

describe("a server that never answers", () => {
  let silent: Server;
  let asked = 0;
  beforeAll(async () => {
    silent = createServer(() => asked++);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => {
    silent.closeAllConnections();
    silent.close();
  });

  it("delays neither a window nor the end, and frames keep module and function start", async () => {
    const { port } = silent.address() as AddressInfo;
    const begin = performance.now();
    const slow = slowness();
    const { windows, work } = await captured("silent", 3, { DEBUGINFOD_URLS: `http://127.0.0.1:${port}` });
    expect(performance.now() - begin).toBeLessThan(20_000 * (await slow));
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(2);
    expect(work?.debuginfod).toBe("asked for");
    expect(windows.length).toBeGreaterThanOrEqual(1);
    const names = new Set(windows.flatMap((window) => [...window.names]));
    for (const name of names) expect(name).toMatch(/^libwork\.so\+fn@0x|^work$/);
  });
});

describe("without a server in the environment", () => {
  it("nobody is asked and nothing is stored", async () => {
    const { work } = await captured("none", 1, {});
    expect(work).toMatchObject({ debuginfod: "", lines: false });
    expect(existsSync(join(dir, "cache-none"))).toBe(false);
  });
});
