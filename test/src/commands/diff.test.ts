// What does `diff` print and write, and what does its exit code say?
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { buildPage } from "../../../scripts/build-page.mjs";
import { CaptureWriter } from "../../../src/capture/writer.js";
import { type DiffOptions, diff } from "../../../src/commands/diff.js";
import { exitCodes } from "../../../src/commands/exit-codes.js";
import { type Behaviour, runOf, usualCpu } from "../../helpers/compared-sides.js";
import { sampleAgent, sampleCapture, sampleFacts } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { samplePprof } from "../../helpers/sample-pprof.js";
import { scratch } from "../../helpers/scratch.js";

const sample = sampleCapture("p", encoders);
const slower: Behaviour = { cpuNs: { ...usualCpu, h264: usualCpu.h264 * 1.3 }, seed: 2 };

async function captureOf(behaviour: Behaviour, dir = scratch()): Promise<string> {
  const writer = await CaptureWriter.create(dir, sampleFacts());
  await writer.addProfile(samplePprof(sample.stacks), sample.info);
  for (const window of runOf(dir, behaviour).windows) await writer.addWindow(window);
  const { topology, cells, state, modules } = sample;
  await writer.finish({ topology, cells, state, agent: sampleAgent(40), modules });
  writer.close();
  return dir;
}

let [before, after] = ["", ""];
beforeAll(async () => {
  await buildPage();
  [before, after] = [await captureOf({}), await captureOf(slower)];
});

async function run(a: string, b: string, options: DiffOptions = {}) {
  const said = { out: "", errors: [] as string[] };
  const terminal = {
    out: (text: string) => {
      said.out += text;
    },
    error: (line: string) => void said.errors.push(line),
    columns: 100,
    colour: false,
  };
  return { code: await diff(a, b, options, terminal), ...said };
}

it("a change is printed, and is no failure without a condition", async () => {
  const { code, out, errors } = await run(before, after);
  expect([code, errors]).toEqual([exitCodes.ok.code, []]);
  expect(out).toMatch(/^h264 takes \d+ % more CPU time per buffer/);
});

it("a condition that holds is exit code 14, one that does not 0, one that cannot be judged 15", async () => {
  const codeOf = async (...failIf: string[]) => (await run(before, after, { failIf })).code;
  expect(await codeOf("cpu.perBuffer(h264) > +10%")).toBe(14);
  expect(await codeOf("cpu.perBuffer(h264) > +80%", "cpu.perBuffer(conv) > +5%")).toBe(0);
  expect(await codeOf("cpu.perBuffer(nothing) > +10%")).toBe(15);
  expect(await codeOf("cpu.perBuffer(nothing) > +10%", "cpu.total > 0%")).toBe(14);
});

it("--json has all of it", async () => {
  const { code, out } = await run(before, after, { json: true, failIf: ["cpu.perBuffer(h264) > +10%"] });
  const said = JSON.parse(out);
  expect(code).toBe(14);
  expect(Object.keys(said)).toEqual([
    "version",
    "a",
    "b",
    "level",
    "onlyA",
    "onlyB",
    "problem",
    "units",
    "load",
    "changes",
    "failIf",
  ]);
  expect(said.failIf).toEqual([
    {
      condition: "cpu.perBuffer(h264) > +10%",
      outcome: "fires",
      reason: "",
      figures: [{ figure: "cpu.perBuffer", path: "p/h264" }],
    },
  ]);
  expect(Object.keys(said.changes[0])).toEqual([
    "figure",
    "path",
    "before",
    "after",
    "change",
    "low",
    "high",
    "p",
    "verdict",
  ]);
});

it("runs side by side are compared as runs", async () => {
  const runs = async (behaviour: Behaviour, seed: number) => {
    const dir = scratch("runs");
    for (let n = 1; n <= 5; n++) await captureOf({ ...behaviour, seconds: 8, seed: seed + n }, join(dir, `run-${n}`));
    return dir;
  };
  const { out } = await run(await runs({}, 1), await runs(slower, 50), { json: true });
  expect(JSON.parse(out).units).toEqual({ kind: "runs", a: 5, b: 5 });
});

it("--html writes one page, and prints nothing then, unless there are conditions to answer", async () => {
  const html = join(scratch(), "..", "diff.html");
  const { code, out } = await run(before, after, { html });
  expect([code, out]).toEqual([0, ""]);
  expect(readFileSync(html, "utf8")).toContain("h264 takes");
  const gated = await run(before, after, { html, failIf: ["cpu.perBuffer(h264) > +10%"] });
  expect([gated.code, gated.out]).toEqual([
    14,
    expect.stringMatching(/^fires: cpu\.perBuffer\(h264\) > \+10%: h264 \+/m),
  ]);
  const nowhere = await run(before, after, { html: join(scratch(), "no/folder/x.html") });
  expect(nowhere.code).toBe(exitCodes.captureUnreadable.code);
});

it("what is not compared of a capture is said beside it", async () => {
  const part = await captureOf({});
  mkdirSync(join(part, "process-2"));
  const facts = join(part, "capture.json");
  writeFileSync(facts, readFileSync(facts, "utf8").replace(/"complete":\s*true/, '"complete":false'));
  const { code, errors, out } = await run(part, after);
  expect([code, errors]).toEqual([
    exitCodes.ok.code,
    [
      `${part}: other processes of the same run are not compared: ${join(part, "process-2")}`,
      `${part}: the capture is not finished; what it holds so far was compared`,
    ],
  ]);
  expect(out).toMatch(/^h264 takes/);
});

describe("one sentence says what is wrong", () => {
  it.each([
    [{ failIf: ["h264 > 3"] }, /--fail-if h264 > 3: there is no figure h264|are meant, as in/],
    [{ map: ["a"] }, /--map a: old=new is meant/],
  ])("with wrong arguments %o", async (options, sentence) => {
    const { code, errors, out } = await run(before, after, options);
    expect([code, errors.length, out]).toEqual([exitCodes.usage.code, 1, ""]);
    expect(errors[0]).toMatch(sentence);
  });

  it.each([
    ["-", /^--html writes a file, not to the standard output: --html diff\.html$/],
    ["", /^--html: no file is named: --html diff\.html$/],
    ["/tmp", /^--html \/tmp: this is a directory; name a file in it: --html \/tmp\/diff\.html$/],
  ])("with a page that has no place: --html '%s'", async (html, sentence) => {
    const { code, errors, out } = await run(before, after, { html });
    expect([code, errors.length, out]).toEqual([exitCodes.usage.code, 1, ""]);
    expect(errors[0]).toMatch(sentence);
  });

  it("with a capture of an older version", async () => {
    const old = await captureOf({});
    rmSync(join(old, "windows.ndjson"));
    const facts = join(old, "capture.json");
    writeFileSync(facts, readFileSync(facts, "utf8").replace(/"windowsEndNs": *\d+/, '"fewer": 0'));
    const { code, out } = await run(old, after);
    expect(code).toBe(exitCodes.notComparable.code);
    expect(out.replaceAll("\n", " ")).toMatch(
      /^Not comparable: .* has no windows of a second, .* gst-pyroscope run --capture DIR -- COMMAND\. $/,
    );
  });

  it("with a damaged one, of which nothing is compared", async () => {
    const broken = await captureOf({});
    writeFileSync(join(broken, "windows.ndjson"), "no window\n", { flag: "a" });
    const { code, errors, out } = await run(broken, after);
    expect([code, out]).toEqual([exitCodes.captureTruncated.code, ""]);
    expect(errors).toEqual([`${broken}: the capture is cut off (windows.ndjson: 1 of 41 lines cannot be read)`]);
    const cut = await captureOf({});
    const lines = readFileSync(join(cut, "windows.ndjson"), "utf8").split("\n");
    writeFileSync(join(cut, "windows.ndjson"), `${lines.slice(0, 30).join("\n")}\n`);
    const told = await run(before, cut);
    expect([told.code, told.out]).toEqual([exitCodes.captureTruncated.code, ""]);
    expect(told.errors).toEqual([`${cut}: the capture is cut off (windows.ndjson is cut off: 30.0 of 40.0 s)`]);
    truncateSync(join(broken, "capture.json"), 30);
    expect((await run(before, broken)).code).toBe(exitCodes.captureTruncated.code);
  });

  it.each([
    ["none", () => scratch("nowhere"), "captureMissing"],
    ["an empty one", () => made(scratch("empty")), "captureEmpty"],
    ["another one", () => foreign(made(scratch("foreign"))), "captureForeign"],
  ] as const)("with a directory that is %s", async (_, dir, exit) => {
    const { code, errors } = await run(dir(), after);
    expect([code, errors.length]).toEqual([exitCodes[exit].code, 1]);
  });
});

function made(dir: string): string {
  mkdirSync(dir, { recursive: true });
  return dir;
}

function foreign(dir: string): string {
  writeFileSync(join(dir, "letter.txt"), "mine");
  return dir;
}
