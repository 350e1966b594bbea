// What does `report` print, and what does its exit code say?
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { buildPage } from "../../../scripts/build-page.mjs";
import { CaptureWriter } from "../../../src/capture/writer.js";
import { exitCodes } from "../../../src/commands/exit-codes.js";
import { type ReportOptions, report } from "../../../src/commands/report.js";
import type { Summary } from "../../../src/model/summary.js";
import { sampleAgent, sampleCapture, sampleFacts, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

const sample = sampleCapture("pipeline0", encoders);

beforeAll(async () => {
  await buildPage();
});

async function run(dir: string, options: ReportOptions = {}): Promise<{ code: number; out: string; errors: string[] }> {
  const said = { out: "", errors: [] as string[] };
  const terminal = {
    out: (text: string) => {
      said.out += text;
    },
    error: (line: string) => void said.errors.push(line),
    columns: 120,
    colour: false,
  };
  return { code: await report(dir, options, terminal), ...said };
}

test("a finished capture is printed as a table, and nothing else is said", async () => {
  const { code, out, errors } = await run(await writeSample(scratch(), sample));
  expect([code, errors]).toEqual([0, []]);
  expect(out).toMatch(/^x264enc0 burns 62 % /);
});

test("--json prints one object with every documented field", async () => {
  const { code, out } = await run(await writeSample(scratch(), sample), { json: true });
  const summary = JSON.parse(out) as Summary;
  expect(code).toBe(0);
  expect(Object.keys(summary)).toEqual([
    "version",
    "complete",
    "target",
    "pipelines",
    "latency",
    "ended",
    "traces",
    "profile",
    "losses",
    "counters",
    "overhead",
  ]);
  expect(summary).toMatchObject({
    version: 1,
    complete: true,
    latency: [],
    profile: { wall: null },
    losses: { ring_full: 0 },
    counters: { samples_written: 984 },
  });
  expect(Object.keys(summary.target)).toEqual("pid command startTime durationNs processCpuNs standby cpu".split(" "));
  expect(Object.keys(summary.pipelines[0]?.elements[0] ?? {})).toEqual([
    ..."path name factory plugin threads buffersIn bytesIn buffersOut bytesOut flow exclusive inclusive".split(" "),
    ..."queueWait driver reported transit events queries link states drops flushed queueLevel feeds leaky sync bin cpuNs cpuInclusiveNs wallNs readyNs blockedNs blockedOn".split(
      " ",
    ),
  ]);
  expect(Object.keys(summary.profile.cpu ?? {})).toEqual(
    "samples totalNs reachedRoot inferred framesNamed framesByType framesByRole frames meanDepth byElement byThread inclusive runningNs readyNs blockedNs blockedOn".split(
      " ",
    ),
  );
  expect(Object.keys(summary.overhead)).toEqual(
    "perBufferNs handlerNsP50 handlerNsP99 agentCpuNs agentRssBytes".split(" "),
  );
});

test("--html that names no file says what to name, and nothing is read", async () => {
  for (const [html, sentence] of [
    ["-", "--html writes a file, not to the standard output: --html report.html"],
    ["/tmp", "--html /tmp: this is a directory; name a file in it: --html /tmp/report.html"],
  ] as const)
    expect(await run("nowhere", { html })).toEqual({ code: exitCodes.usage.code, out: "", errors: [sentence] });
});

test("--html writes one file and prints nothing", async () => {
  const dir = await writeSample(scratch(), sample);
  const file = join(dir, "page.html");
  expect(await run(dir, { html: file })).toEqual({ code: 0, out: "", errors: [] });
  expect(readFileSync(file, "utf8")).toContain("Content-Security-Policy");
  const nowhere = await run(dir, { html: join(dir, "no", "page.html") });
  expect(nowhere.code).toBe(exitCodes.captureUnreadable.code);
  expect(nowhere.errors).toHaveLength(1);
});

test("an unfinished capture is printed, said to be so, and no failure", async () => {
  const writer = await CaptureWriter.create(scratch(), sampleFacts());
  await writer.snapshot(sample.topology, sample.cells, sample.state, sampleAgent(1));
  const { code, out, errors } = await run(writer.dir, { json: true });
  expect(code).toBe(0);
  expect(errors).toEqual([expect.stringContaining("is not finished")]);
  expect((JSON.parse(out) as Summary).complete).toBe(false);
});

test("a damaged capture is printed as far as it goes, with one line and a code of its own", async () => {
  const dir = await writeSample(scratch(), sample);
  truncateSync(join(dir, "metrics.ndjson"), 100);
  truncateSync(join(dir, "profiles/cpu-1.pb.gz"), 100);
  const { code, out, errors } = await run(dir, { json: true });
  expect(code).toBe(exitCodes.captureTruncated.code);
  expect(errors).toEqual([expect.stringMatching(/damaged.*metrics\.ndjson is cut off.*; 1 more/)]);
  expect(JSON.parse(out)).toMatchObject({ complete: false });
});

test("each kind of wrong directory has one clear line and a code of its own", async () => {
  const [missing, empty, foreign, cut, newer] = [scratch(), scratch(), scratch(), scratch(), scratch()];
  for (const dir of [empty, foreign, cut, newer]) mkdirSync(dir);
  writeFileSync(join(foreign, "song.mp3"), "");
  writeFileSync(join(cut, "capture.json"), '{\n "format": "gst-pyroscope-capture",\n "vers');
  writeFileSync(join(newer, "capture.json"), '{"format":"gst-pyroscope-capture","version":99}');
  const codes = new Set<number>();
  for (const dir of [missing, empty, foreign, cut, newer]) {
    const { code, out, errors } = await run(dir);
    expect([out, errors.length]).toEqual(["", 1]);
    expect(errors[0]).toMatch(new RegExp(`^${dir}: [^\\n]+$`));
    codes.add(code);
  }
  expect(codes).toEqual(new Set([3, 4, 5, 6, 7]));
  rmSync(cut, { recursive: true });
});

test("no two exit codes are the same", () => {
  const codes = Object.values(exitCodes).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
});
