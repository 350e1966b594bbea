// Does a capture that lies on disk get the names that are known by now, all of it or none, and the same ones the second time?
import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Symbolized, symbolizeCapture } from "../../../../src/agent/symbolize/symbolize.js";
import { readCapture } from "../../../../src/capture/reader.js";
import { CaptureWriter } from "../../../../src/capture/writer.js";
import { resolveConfig } from "../../../../src/config/config.js";
import { silentLog } from "../../../../src/log.js";
import type { ModuleNames } from "../../../../src/model/recording.js";
import type { SymbolAnswer, SymbolQuery } from "../../../../src/model/symbol.js";
import { type RawFrame, rawProfile, stacksOf } from "../../../helpers/raw-profile.js";
import { SECOND, sampleAgent, sampleCapture, sampleFacts } from "../../../helpers/sample-capture.js";
import { encoders } from "../../../helpers/sample-elements.js";
import { scratch } from "../../../helpers/scratch.js";

const work = { path: "/usr/lib/libwork.so", buildId: "abcd" };
const frames: RawFrame[] = [
  { ...work, address: 0x1010, name: "libwork.so+fn@0x1000" },
  { ...work, address: 0x1120, name: "GstWork::chain", systemName: "type libwork.so+fn@0x1100" },
  { ...work, address: 0x1340, name: "work" },
  { path: "/usr/lib/libother.so", buildId: "ef01", address: 0x20, name: "libother.so+fn@0x10" },
];
const module = (path: string, buildId: string, byType: number): ModuleNames => ({
  ...{
    path,
    buildId,
    frames: 3,
    unnamed: 1,
    byType,
    byRole: 0,
    problem: "",
    source: ".dynsym",
    lines: false,
    debuginfod: "",
  },
});

/** Several windows: some have frames to name, the last one has none. */
async function written(dir: string, profiles = 5): Promise<string> {
  const sample = sampleCapture("pipeline0", encoders);
  const writer = await CaptureWriter.create(dir, sampleFacts());
  for (let i = 0; i < profiles; i++) {
    const stacks =
      i === profiles - 1
        ? [{ stack: [2], ns: 4 }]
        : [
            { stack: [0, 2], ns: 3 },
            { stack: [1, 3, 2], ns: 10 + i },
          ];
    const counts = {
      samples: 2,
      totalNs: 13 + i,
      frames: 50,
      framesNamed: 20,
      framesByType: 14,
      framesByRole: 0,
      reachedRoot: 1,
      inferred: 1,
    };
    const time = { startUnixNs: BigInt(i), atNs: i * SECOND, durationNs: SECOND };
    await writer.addProfile(rawProfile(frames, stacks), { kind: "cpu", ...time, ...counts });
  }
  const modules = [module(work.path, work.buildId, 1), module("/usr/lib/libother.so", "ef01", 0)];
  await writer.finish({ ...sample, modules, agent: sampleAgent(10) });
  writer.close();
  return dir;
}

/** Knows the functions of one build: "fn_1000" of 0x1010. */
function answering(buildId: string, problem = "") {
  const queries: SymbolQuery[] = [];
  const symbolize = async (query: SymbolQuery): Promise<SymbolAnswer> => {
    queries.push(query);
    const offsets = [...query.offsets];
    const knows = query.buildId === buildId;
    const names = offsets.map((offset) => (knows ? `fn_${(offset & ~0xff).toString(16)}` : ""));
    return {
      names,
      starts: Float64Array.from(offsets, (offset) => offset & ~0xff),
      inFunction: Uint8Array.from(offsets, () => 1),
      lineCounts: Uint8Array.from(offsets, () => (knows ? 1 : 0)),
      lines: Uint32Array.from(knows ? offsets.flatMap((offset, i) => [i, offsets.length, offset & 0xff]) : []),
      texts: [...names, "work.c"],
      problem,
      source: knows ? "build-id" : "",
      hasLines: knows,
    };
  };
  return { native: { symbolize, inspect: async () => [] }, queries };
}

function symbolize(dir: string, native = answering("abcd").native, progress = () => {}): Promise<Symbolized> {
  const { config } = resolveConfig({ environment: { DEBUGINFOD_CACHE_PATH: join(dir, "..", "cache") } });
  return symbolizeCapture({ dir, from: "", config, native, log: silentLog, progress });
}

/** What each file holds, by its name; of profiles what is packed into them, for that is what is promised. */
function contents(dir: string): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(dir, name)).isFile(),
  );
  return Object.fromEntries(
    files.sort().map((name) => [
      name,
      createHash("sha1")
        .update(readFileSync(join(dir, name)))
        .digest("hex"),
    ]),
  );
}
const profile = (dir: string, n: number) => stacksOf(gunzipSync(readFileSync(join(dir, `profiles/cpu-${n}.pb.gz`))));
const rows = async (dir: string) => (await readCapture(dir)).cpu?.rows ?? [];

describe("a capture", () => {
  it("gets names and lines, and counts, modules and page say so", async () => {
    const dir = await written(scratch());
    expect(await symbolize(dir)).toEqual({ before: 3, after: 1, lines: 3, open: 1, refused: [] });
    const [first, second] = profile(dir, 1);
    expect(first?.stack).toEqual(["fn_1000 at work.c:16", "work at work.c:64"]);
    expect(second?.stack).toEqual(["fn_1100 at work.c:32", "libother.so+fn@0x10", "work at work.c:64"]);
    const capture = await readCapture(dir);
    expect([capture.complete, capture.problems]).toEqual([true, []]);
    expect(capture.facts.modules).toMatchObject([
      { path: work.path, unnamed: 0, byType: 0, source: "build-id", lines: true, frames: 3 },
      { path: "/usr/lib/libother.so", unnamed: 1, source: ".dynsym", lines: false },
    ]);
    // Of the 36 ns of frames in the first profile, 10 are left.
    expect(await rows(dir)).toMatchObject([
      { framesNamed: 36, framesByType: 0, frames: 50 },
      {},
      {},
      {},
      { framesNamed: 50 },
    ]);
    const page = readFileSync(join(dir, "report.html"), "utf8");
    expect(page).toContain("fn_1000");
    expect(page).not.toContain("libwork.so+fn@");
  });

  it("is the same, byte for byte, after a second time", async () => {
    const dir = await written(scratch());
    await symbolize(dir);
    const once = contents(dir);
    expect(await symbolize(dir)).toMatchObject({ before: 1, after: 1, lines: 0 });
    expect(contents(dir)).toEqual(once);
  });

  it("is left as it was where no file knows any of its frames", async () => {
    const dir = await written(scratch());
    const before = contents(dir);
    expect(await symbolize(dir, answering("beef").native)).toMatchObject({ before: 3, after: 3, lines: 0, open: 2 });
    expect(contents(dir)).toEqual(before);
  });

  it("of the first version, whose rows stand in capture.json, gets names too", async () => {
    const dir = await written(scratch());
    const file = JSON.parse(readFileSync(join(dir, "capture.json"), "utf8"));
    const index = readFileSync(join(dir, "profiles.ndjson"), "utf8").trim().split("\n");
    const old = { ...file, version: 1, profiles: index.map((line) => JSON.parse(line)) };
    writeFileSync(join(dir, "capture.json"), JSON.stringify(old));
    rmSync(join(dir, "profiles.ndjson"));
    expect(await symbolize(dir)).toMatchObject({ before: 3, after: 1 });
    expect((await readCapture(dir)).facts.version).toBe(1);
    expect(await rows(dir)).toMatchObject([{ framesNamed: 36 }, {}, {}, {}, {}]);
    const once = contents(dir);
    await symbolize(dir);
    expect(contents(dir)).toEqual(once);
  });

  it("of a run of several processes gets names in each of its folders", async () => {
    const dir = await written(scratch());
    const second = await written(join(dir, "process-2"));
    mkdirSync(join(dir, "process-3")); // its process ended before it wrote anything
    expect(await symbolize(dir)).toMatchObject({ before: 6, after: 2 });
    expect(profile(second, 1)[0]?.stack[0]).toBe("fn_1000 at work.c:16");
    expect(existsSync(join(second, "report.html"))).toBe(true);
  });

  it("whose writer died gets names as far as it goes, and says as before that it is not finished", async () => {
    const dir = scratch();
    const writer = await CaptureWriter.create(dir, sampleFacts());
    const counts = {
      samples: 1,
      totalNs: 3,
      frames: 2,
      framesNamed: 0,
      framesByType: 0,
      framesByRole: 0,
      reachedRoot: 1,
      inferred: 0,
      durationNs: 1,
    };
    await writer.addProfile(rawProfile(frames, [{ stack: [0, 2], ns: 3 }]), {
      kind: "cpu",
      startUnixNs: 1n,
      ...counts,
    });
    writer.close();
    writeFileSync(join(dir, ".writer"), "4194305 1\n");
    appendFileSync(join(dir, "profiles.ndjson"), '{"file":"profiles/cpu-2');
    expect(await symbolize(dir)).toMatchObject({ before: 3, after: 1 });
    expect(profile(dir, 1)[0]?.stack[0]).toBe("fn_1000 at work.c:16");
    expect(await readCapture(dir)).toMatchObject({ complete: false, problems: [] });
    expect(await rows(dir)).toMatchObject([{ framesNamed: 2 }]);
  });

  it("asks for each place once a profile, with the build-id that names its file", async () => {
    const dir = await written(scratch());
    const { native, queries } = answering("abcd");
    await symbolize(dir, native);
    expect(new Set(queries.map(({ path, buildId, root }) => `${root}${path} ${buildId}`))).toEqual(
      new Set(["/usr/lib/libwork.so abcd", "/usr/lib/libother.so ef01"]),
    );
  });

  it("names the module whose own file is another build here", async () => {
    const dir = await written(scratch());
    const { refused } = await symbolize(dir, answering("beef", "build-id differs").native);
    expect(refused).toEqual([
      expect.stringMatching(
        /^\/usr\/lib\/libwork\.so is not used: it is another build here, and the capture's is abcd/,
      ),
      expect.stringMatching(/^\/usr\/lib\/libother\.so is not used/),
    ]);
  });
});

describe("an interruption", () => {
  class Interrupted extends Error {}

  /** As if the process were killed before its n-th profile: the claim of one that is gone stays. */
  async function interruptedAt(n: number): Promise<string> {
    const dir = await written(scratch());
    let naming = 0;
    const progress = (step: { doing: string }) => {
      if (step.doing === "naming" && ++naming === n) throw new Interrupted();
    };
    await expect(symbolize(dir, answering("abcd").native, progress as () => void)).rejects.toThrow(Interrupted);
    writeFileSync(join(dir, ".writer"), "4194305 1\n");
    writeFileSync(join(dir, "profiles", ".part-x"), "half a profile");
    return dir;
  }

  it.each([1, 2, 3, 4, 5])("before profile %d leaves a capture that reads, and a second time finishes", async (n) => {
    const whole = await written(scratch());
    await symbolize(whole);
    const dir = await interruptedAt(n);
    expect((await readCapture(dir)).problems).toEqual([]);
    await symbolize(dir);
    expect(contents(dir)).toEqual(contents(whole));
  });

  it("between the index and the profile counts nothing twice", async () => {
    const whole = await written(scratch());
    const dir = await written(scratch());
    const original = readFileSync(join(dir, "profiles/cpu-1.pb.gz"));
    for (const each of [whole, dir]) await symbolize(each);
    writeFileSync(join(dir, "profiles/cpu-1.pb.gz"), original);
    await symbolize(dir);
    expect(contents(dir)).toEqual(contents(whole));
  });
});

describe("nothing is changed in a capture that", () => {
  it("is being written", async () => {
    const dir = scratch();
    const writer = await CaptureWriter.create(dir, sampleFacts());
    await expect(symbolize(dir)).rejects.toThrow("another process is writing a capture here");
    await writer.finish({ ...sampleCapture("pipeline0", encoders), agent: sampleAgent(10) });
    writer.close();
  });

  it("is damaged", async () => {
    const dir = await written(scratch());
    writeFileSync(join(dir, "profiles/cpu-2.pb.gz"), gzipSync("no pprof"));
    const before = contents(dir);
    await expect(symbolize(dir)).rejects.toMatchObject({ code: "ERR_CAPTURE_TRUNCATED" });
    await expect(symbolize(dir)).rejects.toThrow(/cpu-2\.pb\.gz cannot be read; nothing was changed/);
    expect(contents(dir)).toEqual(before);
  });

  it("has one damaged process among whole ones", async () => {
    const dir = await written(scratch());
    const second = await written(join(dir, "process-2"));
    rmSync(join(second, "profiles/cpu-2.pb.gz"));
    const before = contents(dir);
    await expect(symbolize(dir)).rejects.toThrow(/process-2: .*cpu-2\.pb\.gz is missing/);
    expect(contents(dir)).toEqual(before);
  });

  it.each([
    ["is not there", "ERR_CAPTURE_MISSING", () => {}],
    ["is empty", "ERR_CAPTURE_EMPTY", (dir: string) => mkdirSync(dir)],
    [
      "is none",
      "ERR_CAPTURE_FOREIGN",
      (dir: string) => {
        mkdirSync(dir);
        writeFileSync(join(dir, "x"), "");
      },
    ],
  ])("%s, and nothing is made", async (_, code, make) => {
    const dir = scratch();
    make(dir);
    const there = existsSync(dir);
    await expect(symbolize(dir)).rejects.toMatchObject({ code });
    expect(existsSync(dir)).toBe(there);
  });
});
