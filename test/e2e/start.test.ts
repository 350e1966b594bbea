// Is V8's compiled code kept from run to run, used only where Node takes it, and never a reason for a word or a failure?
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readCode, writeCode } from "../../src/start/code-cache.js";
import { nowhere } from "../helpers/packages.js";
import { pluginEnvironment, root, scratch, until, words } from "../helpers/pipelines.js";

const pipeline = ["gst-launch-1.0", "-q", ...words("videotestsrc num-buffers=5 ! fakesink")];

let place: ReturnType<typeof scratch>;
let cli = "";
let program = "";
let folder = "";
beforeAll(() => {
  place = scratch();
  for (const part of ["dist", "package.json"]) cpSync(join(root, part), join(place.dir, part), { recursive: true });
  symlinkSync(join(root, "build"), join(place.dir, "build"));
  cli = join(place.dir, "dist/cli.js");
  program = join(place.dir, "dist/start/program.cjs");
  folder = join(place.dir, "dist/start/cache");
});
afterAll(() => place.dispose());
beforeEach(() => {
  chmodSync(join(place.dir, "dist/start"), 0o755);
  rmSync(folder, { recursive: true, force: true });
});

let captures = 0;
const runWords = () => [cli, "run", "--no-progress", "--capture", join(place.dir, `c${++captures}`), "--", ...pipeline];

/** A whole run; what was said but the summary is in the result. */
function run(flags: string[] = []) {
  const { status, stderr } = spawnSync(process.execPath, [...flags, ...runWords()], { encoding: "utf8" });
  return { status, complaint: /warn|error|cache|code/i.exec(stderr)?.[0], hasSummary: stderr.includes("BUFFERS") };
}
const asAlways = { status: 0, complaint: undefined, hasSummary: true };

const kept = (use: string) => (existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(use)) : []);

const programFile = () => ({ stat: statSync(program, { bigint: true }), source: readFileSync(program) });

function runsIn(name: string | undefined): number | undefined {
  return readCode(join(folder, name ?? ""), programFile())?.runs;
}

describe("run", () => {
  test("keeps what V8 compiled, adds what the second run compiles, and then leaves it alone", () => {
    expect(run()).toEqual(asAlways);
    const [file] = kept("run-");
    expect(runsIn(file)).toBe(1);
    expect(run()).toEqual(asAlways);
    expect(runsIn(file)).toBe(2);
    const { mtimeMs, ino } = statSync(join(folder, file ?? ""));
    expect(run()).toEqual(asAlways);
    expect(statSync(join(folder, file ?? ""))).toMatchObject({ mtimeMs, ino });
    expect(readdirSync(folder)).toEqual([file]);
  });

  test("with other flags of V8 has another file", () => {
    expect(run()).toEqual(asAlways);
    expect(run(["--single-threaded"])).toEqual(asAlways);
    expect(kept("run-")).toHaveLength(2);
  });

  test.each<[string, (file: string) => void]>([
    ["was cut off", (file) => writeFileSync(file, readFileSync(file).subarray(0, 5000))],
    [
      "is whole and nothing that V8 takes",
      (file) => void writeCode(file, programFile(), { code: Buffer.alloc(4096, 7), runs: 2 }),
    ],
    [
      "is of another version of the program",
      (file) => {
        const other = { ...programFile(), source: Buffer.from("x") };
        other.stat.mtimeNs += 1n;
        writeCode(file, other, { code: Buffer.alloc(4096, 7), runs: 2 });
      },
    ],
  ])("makes kept code anew that %s", (_, change) => {
    expect(run()).toEqual(asAlways);
    const [file = ""] = kept("run-");
    change(join(folder, file));
    expect(run()).toEqual(asAlways);
    expect(runsIn(file)).toBe(1);
  });

  test("in a folder that nobody may write to goes without", () => {
    chmodSync(join(place.dir, "dist/start"), 0o555);
    expect(run()).toEqual(asAlways);
    expect(existsSync(folder)).toBe(false);
  });

  test("two at once leave one whole file", async () => {
    const both = [1, 2].map(() => {
      const child = spawn(process.execPath, runWords(), { stdio: "ignore" });
      return new Promise((done) => child.once("close", done));
    });
    expect(await Promise.all(both)).toEqual([0, 0]);
    expect(readdirSync(folder)).toEqual(kept("run-"));
    expect(runsIn(kept("run-")[0])).toBeGreaterThan(0);
  });

  test("that fails keeps nothing: it knows too little", () => {
    const { status } = spawnSync(process.execPath, [cli, "run", "--no-such-flag"]);
    expect(status).not.toBe(0);
    expect(kept("")).toEqual([]);
  });
});

describe("an agent that the tracer starts", () => {
  test("keeps the code of its own flags, with which the next one starts", async () => {
    const prepared = spawnSync(process.execPath, [cli, "prepare-start"], { encoding: "utf8" });
    expect(prepared).toMatchObject({ status: 0, stdout: "", stderr: "" });
    const [[file], [ofRun]] = [kept("agent-"), kept("run-")];
    expect(runsIn(ofRun)).toBe(0);
    expect(runsIn(file)).toBe(0);
    const env = pluginEnvironment({ ...nowhere, GST_TRACERS: "pyroscope", GST_PYROSCOPE_AGENT: cli });
    for (const runs of [1, 2]) {
      const { status } = spawnSync("gst-launch-1.0", pipeline.slice(1), { env });
      expect(status).toBe(0);
      await until(`the code of ${runs} runs`, () => runsIn(file) === runs);
    }
    expect(kept("").sort()).toEqual([file, ofRun]);
  });
});

test("an error that nobody expected names functions, and lines of a file that can be read", () => {
  const broken = join(place.dir, "broken");
  mkdirSync(broken);
  for (const part of ["dist", "package.json"]) cpSync(join(place.dir, part), join(broken, part), { recursive: true });
  const file = join(broken, "dist/start/program.cjs");
  const source = readFileSync(file, "utf8");
  writeFileSync(file, source.replace(/(async function runAgent\([^)]*\) \{\n)/, '$1throw new Error("planted");\n'));
  const { status, stderr } = spawnSync(process.execPath, [join(broken, "dist/cli.js"), "agent", "--fd", "99"], {
    encoding: "utf8",
  });
  expect(status).toBe(1);
  const [, line = ""] = /at (?:async )?runAgent \(.*\/dist\/start\/program\.cjs:(\d+):\d+\)/.exec(stderr) ?? [];
  expect(readFileSync(file, "utf8").split("\n")[Number(line) - 1]).toContain("planted");
});
