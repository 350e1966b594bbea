// What is left of a capture when some of it is missing, cut off or wrong? Never an exception, never a silent gap.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { summarize } from "../../../src/analysis/summary.js";
import { CaptureError } from "../../../src/capture/errors.js";
import { readCapture } from "../../../src/capture/reader.js";
import { CaptureWriter } from "../../../src/capture/writer.js";
import { pageData } from "../../../src/page/page-model.js";
import { wideText } from "../../../src/terminal/text.js";
import { random, sampleAgent, sampleCapture, sampleFacts, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { samplePprof } from "../../helpers/sample-pprof.js";
import { scratch } from "../../helpers/scratch.js";
import { taste } from "../../helpers/whole.js";

const sample = sampleCapture("pipeline0", encoders);
let whole = "";

beforeAll(async () => {
  whole = await writeSample(scratch(), sample);
});

function damaged(change: (dir: string) => void): string {
  const dir = scratch();
  cpSync(whole, dir, { recursive: true });
  change(dir);
  return dir;
}

describe("a finished capture whose", () => {
  test("counters end in the middle of any line says so and keeps the lines before", async () => {
    const content = readFileSync(join(whole, "metrics.ndjson"));
    const ends = [...content.keys()].filter((i) => content[i] === 0x0a);
    for (const [line, end] of ends.entries()) {
      for (const cut of [end, end - 40, (ends[line - 1] ?? -1) + 1]) {
        const dir = damaged((d) => truncateSync(join(d, "metrics.ndjson"), cut));
        const capture = await readCapture(dir);
        expect(capture.complete).toBe(false);
        expect(capture.problems).toEqual([`metrics.ndjson is cut off: ${line} of ${ends.length} lines`]);
        expect(capture.cpu?.totalNs).toBe(sample.info.totalNs);
        rmSync(dir, { recursive: true });
      }
    }
  });

  test("counters hold a broken line says how many", async () => {
    const dir = damaged((d) => {
      const lines = readFileSync(join(d, "metrics.ndjson"), "utf8").split("\n");
      lines[3] = "{]";
      lines[5] = "17";
      writeFileSync(join(d, "metrics.ndjson"), lines.join("\n"));
    });
    expect((await readCapture(dir)).problems).toEqual([
      `metrics.ndjson: 2 of ${sample.cells.length} lines cannot be read`,
    ]);
  });

  test.each(["topology.json", "metrics.ndjson", "profiles/cpu-1.pb.gz", "capture.json"])(
    "%s is missing says so",
    async (name) => {
      const dir = damaged((d) => rmSync(join(d, name)));
      const capture = await readCapture(dir);
      expect(capture.complete).toBe(false);
      expect(capture.problems.join()).toContain(name);
      expect(() => summarize(capture)).not.toThrow();
    },
  );

  test("profile is cut anywhere names it and keeps the counts", async () => {
    const file = "profiles/cpu-1.pb.gz";
    const size = statSync(join(whole, file)).size;
    for (let cut = 0; cut < size; cut += Math.ceil(size / 40)) {
      const capture = await readCapture(damaged((d) => truncateSync(join(d, file), cut)));
      expect(capture.problems).toEqual([`${file} cannot be read`]);
      expect(summarize(capture).profile.cpu).toMatchObject({ samples: 0, totalNs: 0 });
      expect(capture.cells).toHaveLength(sample.cells.length);
    }
  });

  test("capture.json is cut anywhere still shows its counts", async () => {
    const size = statSync(join(whole, "capture.json")).size;
    for (let cut = 0; cut < size - 2; cut += Math.ceil(size / 60)) {
      const capture = await readCapture(damaged((d) => truncateSync(join(d, "capture.json"), cut)));
      expect(capture.problems).toEqual(["capture.json is cut off"]);
      expect(capture.cells).toHaveLength(sample.cells.length);
      expect(summarize(capture).profile.cpu?.totalNs).toBe(sample.info.totalNs);
    }
  });
});

test("an unfinished capture with a line cut off in the middle is no damage", async () => {
  const writer = await CaptureWriter.create(scratch(), sampleFacts());
  await writer.snapshot(sample.topology, sample.cells, sample.state, sampleAgent(1));
  writeFileSync(join(writer.dir, "metrics.ndjson"), '{"timeUnixNs":"17', { flag: "a" });
  writeFileSync(join(writer.dir, "profiles/cpu-1.pb.gz.tmp"), "half");
  const capture = await readCapture(writer.dir);
  expect(capture).toMatchObject({ complete: false, problems: [] });
  expect(capture.cells).toHaveLength(sample.cells.length);
});

describe("it refuses with a code of its own", () => {
  const make = (files: Record<string, string>): string => {
    const dir = scratch();
    mkdirSync(dir);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
    return dir;
  };
  test.each([
    ["a directory that does not exist", () => join(scratch(), "no"), "ERR_CAPTURE_MISSING"],
    ["a file", () => join(make({ a: "" }), "a"), "ERR_CAPTURE_NOT_A_DIRECTORY"],
    ["a path through a file", () => join(make({ a: "" }), "a", "b"), "ERR_CAPTURE_NOT_A_DIRECTORY"],
    ["an empty directory", () => make({}), "ERR_CAPTURE_EMPTY"],
    ["a directory with other files", () => make({ "a.txt": "hello" }), "ERR_CAPTURE_FOREIGN"],
    ["somebody else's capture.json", () => make({ "capture.json": '{"format":"perf"}' }), "ERR_CAPTURE_FOREIGN"],
    ["a capture.json that is no JSON", () => make({ "capture.json": "<html>" }), "ERR_CAPTURE_FOREIGN"],
    [
      "a capture.json that is cut off, alone",
      () => make({ "capture.json": '{\n "format": "gst-pyro' }),
      "ERR_CAPTURE_TRUNCATED",
    ],
    [
      "a capture of a later version",
      () => make({ "capture.json": '{"format":"gst-pyroscope-capture","version":99}' }),
      "ERR_CAPTURE_VERSION",
    ],
  ])("%s", async (_, dir, code) => {
    const error = await readCapture(dir()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CaptureError);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).not.toContain("\n");
  });
});

test("wrong types everywhere are read as nothing, not as an exception", async () => {
  const values = ["null", '"x"', "-5", "1e999", "[]", "{}", "true", '[{"id":"a"},7,null,[1]]'];
  for (const value of values) {
    const dir = damaged((d) => {
      const replace = (name: string): void => {
        const json = JSON.parse(readFileSync(join(d, name), "utf8"));
        const fields = Object.keys(json).filter((key) => key !== "format");
        const text = fields.map((key) => `${JSON.stringify(key)}:${value}`).join();
        writeFileSync(join(d, name), `{"format":"gst-pyroscope-capture",${text}}`);
      };
      replace("topology.json");
      replace("capture.json");
      writeFileSync(
        join(d, "metrics.ndjson"),
        `{"kind":"chain","pad":${value},"peer":${value},"flow":${value},"inclusive":${value},"exclusive":{"counts":${value}}}\n`,
      );
    });
    const capture = await readCapture(dir).catch((error: unknown) => error);
    if (capture instanceof CaptureError) continue;
    expect(capture).not.toBeInstanceOf(Error);
    expect(() => JSON.stringify(summarize(capture as never))).not.toThrow();
  }
});

const rounds = taste(100, 300);

test("random damage in any file never gets past the reader as anything but a CaptureError or a report", async () => {
  const next = random(7);
  const files = ["capture.json", "topology.json", "metrics.ndjson", "profiles/cpu-1.pb.gz"];
  const raw = samplePprof(sample.stacks);
  let reports = 0;
  for (let round = 0; round < rounds; round++) {
    const name = files[round % files.length] ?? "";
    const dir = damaged((d) => {
      // Beneath the checksum of gzip, too: the decoder itself has to stand it.
      const bytes = name.endsWith("gz") && round % 8 > 3 ? Buffer.from(raw) : readFileSync(join(d, name));
      for (let i = 0; i < 1 + round / 30; i++) bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
      writeFileSync(join(d, name), bytes);
    });
    const capture = await readCapture(dir).catch((error: unknown) => error);
    rmSync(dir, { recursive: true });
    if (capture instanceof CaptureError) continue;
    if (capture instanceof Error) throw capture;
    wideText(capture as never, { columns: 80, colour: false });
    pageData(capture as never, { nodes: 500, elements: 50, heats: 50 }, new Map());
    reports++;
  }
  expect(reports).toBeGreaterThan(rounds / 2);
});

test("nothing is written by reading", async () => {
  const before = readdirSync(whole, { recursive: true });
  await readCapture(whole);
  expect(readdirSync(whole, { recursive: true })).toEqual(before);
});

test("a capture of the version before is read: what it does not say is unknown, and all else is as it was", async () => {
  const dir = damaged((d) => {
    const file = JSON.parse(readFileSync(join(d, "capture.json"), "utf8"));
    const { cpuTracerNs, cpuRefusedNs, cpuMaskedNs, cpuUnseenNs, cpuBeforeNs, ...target } = file.target;
    writeFileSync(join(d, "capture.json"), JSON.stringify({ ...file, version: 1, target }));
  });
  const [old, now] = [await readCapture(dir), await readCapture(whole)];
  expect(old).toMatchObject({ complete: true, problems: [], facts: { version: 1 } });
  expect(old.cells).toEqual(now.cells);
  expect(old.cpu?.totalNs).toBe(now.cpu?.totalNs);
  expect(summarize(old).pipelines).toEqual(summarize(now).pipelines);
});
