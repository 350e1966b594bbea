// Does what the agent said come back from disk, at every instant and after every accident?
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { encodeCell } from "../../../src/capture/cells.js";
import { captureFields } from "../../../src/capture/field-table.js";
import { readCapture } from "../../../src/capture/reader.js";
import { CaptureWriter } from "../../../src/capture/writer.js";
import type { CellSnapshot } from "../../../src/model/batch.js";
import { addHistogram } from "../../../src/model/histogram.js";
import { cellOf } from "../../helpers/cells.js";
import { PERIOD_NS, sampleAgent, sampleCapture, sampleFacts, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { samplePprof } from "../../helpers/sample-pprof.js";
import { scratch } from "../../helpers/scratch.js";

const sample = sampleCapture("pipeline0", encoders);
const byPad = (a: CellSnapshot, b: CellSnapshot): number => a.pad - b.pad || a.peer - b.peer;
const finish = (writer: CaptureWriter): Promise<void> => writer.finish({ ...sample, agent: sampleAgent(10) });

/** As a killed writer leaves it: its claim names a process that is gone. */
function abandon(dir: string): void {
  const { pid } = spawnSync("true");
  writeFileSync(join(dir, ".writer"), `${pid} 1\n`);
}

describe("a finished capture", () => {
  test("gives back every count, every bucket and every nanosecond", async () => {
    const capture = await readCapture(await writeSample(scratch(), sample));
    expect(capture).toMatchObject({ complete: true, problems: [], topology: sample.topology, otherProcesses: [] });
    expect(capture.cells.sort(byPad)).toEqual([...sample.cells].sort(byPad));
    expect(capture.cpu?.totalNs).toBe(sample.info.totalNs);
    expect(capture.cpu?.rows).toMatchObject([{ ...sample.info, startUnixNs: String(sample.info.startUnixNs) }]);
    expect(capture.facts.target).toMatchObject({ pid: 4242, durationNs: 10e9, processCpuNs: sample.info.totalNs });
    expect(capture.facts.overhead).toMatchObject({ perBufferNs: 31.5, agentCpuNs: 120e6, agentRssBytes: 71e6 });
    expect(capture.facts.modules).toEqual(sample.modules);
  });

  test("holds instants that a JSON number could not", async () => {
    const capture = await readCapture(await writeSample(scratch(), sample));
    expect(capture.cells[0]?.startUnixNs).toBe(sample.cells[0]?.startUnixNs);
    expect(Number.isSafeInteger(Number(capture.cells[0]?.startUnixNs))).toBe(false);
  });

  test("holds each stack with its labels, root first", async () => {
    const capture = await readCapture(await writeSample(scratch(), sample));
    const { frames = [], samples = [] } = capture.cpu?.stacks ?? {};
    const read = samples.map((s) => [
      s.path,
      s.thread,
      s.ns,
      s.stack.map((id) => `${frames[id]?.module}!${frames[id]?.name}`),
    ]);
    const written = sample.stacks.map((s) => [s.labels.path, s.labels.thread, s.ns, s.stack]);
    expect(read).toEqual(written);
  });

  test("has profiles that go tool pprof reads", async ({ skip }) => {
    const dir = await writeSample(scratch(), sample);
    const go = spawnSync("go", ["tool", "pprof", "-raw", join(dir, "profiles/cpu-1.pb.gz")], { encoding: "utf8" });
    if (go.error !== undefined) skip("go is not installed");
    expect(go.status, go.stderr).toBe(0);
    expect(go.stdout).toContain("cpu/nanoseconds");
    expect(go.stdout).toContain("path:[pipeline0/encoder/x264enc0]");
  });

  test("has exactly the fields that the table lists", async () => {
    const dir = await writeSample(scratch(), sample);
    const listed = (file: string): string[] =>
      captureFields.filter((f) => f.file === file).flatMap((f) => f.field.split(", "));
    const keys = (file: string): string[] =>
      Object.keys(
        JSON.parse(readFileSync(join(dir, file), "utf8").split("\n}\n")[0] + (file === "capture.json" ? "\n}" : "")),
      );
    expect(listed("capture.json")).toEqual(keys("capture.json"));
    expect(listed("topology.json")).toEqual(keys("topology.json"));
    const line = readFileSync(join(dir, "metrics.ndjson"), "utf8").split("\n")[0] ?? "";
    const ofQueue = Object.keys(encodeCell(cellOf(1, [1000], { kind: "queue" }), { timeUnixNs: 0n, atNs: 0 }));
    expect(listed("metrics.ndjson")).toEqual(ofQueue);
    expect(
      listed("metrics.ndjson").filter((field) => !["dropped", "level", "highestLevel", "flushed"].includes(field)),
    ).toEqual(Object.keys(JSON.parse(line)));
    const capture = JSON.parse(readFileSync(join(dir, "capture.json"), "utf8"));
    const help = (field: string): string =>
      captureFields.find((f) => f.file === "capture.json" && f.field === field)?.help ?? "";
    for (const field of ["target", "overhead"])
      for (const key of Object.keys(capture[field])) expect(help(field)).toContain(key);
    expect(listed("profiles.ndjson")).toEqual(
      Object.keys(JSON.parse(readFileSync(join(dir, "profiles.ndjson"), "utf8"))),
    );
  });
});

describe("an unfinished capture", () => {
  test("is readable after every call and says that it is not complete", async () => {
    const writer = await CaptureWriter.create(scratch(), sampleFacts());
    expect(await readCapture(writer.dir)).toMatchObject({ complete: false, problems: [], cells: [], cpu: null });
    await writer.addProfile(samplePprof(sample.stacks), sample.info);
    expect((await readCapture(writer.dir)).cpu?.totalNs).toBe(sample.info.totalNs);
    await writer.snapshot(sample.topology, sample.cells, sample.state, sampleAgent(3));
    const capture = await readCapture(writer.dir);
    expect(capture).toMatchObject({ complete: false, problems: [] });
    expect(capture.cells).toHaveLength(sample.cells.length);
    expect(capture.facts.target.durationNs).toBe(3e9);
  });

  test("holds the last state of a hop, and a hop that rests takes no more room", async () => {
    const writer = await CaptureWriter.create(scratch(), sampleFacts());
    const [first, second] = sample.cells as [CellSnapshot, CellSnapshot];
    const later = { ...first, buffers: first.buffers + 7 };
    await writer.snapshot(sample.topology, [first, second], sample.state, sampleAgent(1));
    await writer.snapshot(sample.topology, [later, second], sample.state, sampleAgent(2));
    expect((await readCapture(writer.dir)).cells.map((cell) => cell.buffers)).toEqual([later.buffers, second.buffers]);
    expect(readFileSync(join(writer.dir, "metrics.ndjson"), "utf8").split("\n")).toHaveLength(4);
  });

  test("adds up cells of one hop", async () => {
    const writer = await CaptureWriter.create(scratch(), sampleFacts());
    const [cell] = sample.cells as [CellSnapshot];
    await writer.snapshot(sample.topology, [cell, cell], sample.state, sampleAgent(1));
    const [read] = (await readCapture(writer.dir)).cells as [CellSnapshot];
    const twice = { ...cell.inclusive, counts: cell.inclusive.counts.slice() };
    addHistogram(twice, cell.inclusive);
    expect(read).toMatchObject({ buffers: 2 * cell.buffers, bytes: 2 * cell.bytes });
    expect(read.inclusive).toEqual(twice);
  });

  test("is continued by the next writer of the same process, losing nothing", async () => {
    const dir = scratch();
    const dead = await CaptureWriter.create(dir, sampleFacts());
    await dead.addProfile(samplePprof(sample.stacks), sample.info);
    await dead.snapshot(sample.topology, sample.cells, sample.state, sampleAgent(4));
    writeFileSync(join(dir, "profiles/cpu-2.pb.gz"), readFileSync(join(dir, "profiles/cpu-1.pb.gz")));
    writeFileSync(join(dir, "metrics.ndjson"), '{"pad":1,"cut off', { flag: "a" });
    abandon(dir);

    const next = await CaptureWriter.create(dir, sampleFacts());
    expect(next.dir).toBe(dir);
    expect(await next.addProfile(samplePprof(sample.stacks), sample.info)).toBe("profiles/cpu-3.pb.gz");
    await next.snapshot(sample.topology, sample.cells, sample.state, sampleAgent(8, { cpuNs: 30e6 }));
    const capture = await readCapture(dir);
    expect(capture).toMatchObject({ complete: false, problems: [] });
    expect(capture.cpu?.totalNs).toBe(3 * sample.info.totalNs);
    expect(capture.cells.sort(byPad)).toEqual([...sample.cells].sort(byPad));
    expect(capture.facts.overhead.agentCpuNs).toBe(150e6);
  });
});

describe("the directory", () => {
  test("of somebody else is refused and left alone", async () => {
    const dir = scratch();
    mkdirSync(dir);
    writeFileSync(join(dir, "report.html"), "mine");
    await expect(CaptureWriter.create(dir, sampleFacts())).rejects.toMatchObject({ code: "ERR_CAPTURE_OCCUPIED" });
    expect(readdirSync(dir)).toEqual(["report.html"]);
    expect(readFileSync(join(dir, "report.html"), "utf8")).toBe("mine");
  });

  test("that is a file, or below one, is refused", async () => {
    const file = scratch("file");
    writeFileSync(file, "");
    for (const dir of [file, join(file, "below")]) {
      await expect(CaptureWriter.create(dir, sampleFacts())).rejects.toMatchObject({
        code: "ERR_CAPTURE_NOT_A_DIRECTORY",
      });
    }
  });

  test("with an older capture is taken over, other files in it stay", async () => {
    const dir = await writeSample(scratch(), sample);
    writeFileSync(join(dir, "notes.txt"), "mine");
    writeFileSync(join(dir, "report.html"), "old");
    const writer = await CaptureWriter.create(dir, sampleFacts({ pid: 5, startTicks: 6 }));
    expect(writer.dir).toBe(dir);
    expect(await readCapture(dir)).toMatchObject({ complete: false, problems: [], cells: [], cpu: null });
    expect(readdirSync(dir).sort()).toEqual([".writer", "capture.json", "notes.txt", "profiles"]);
  });

  test("takes each process into a folder of its own while others write", async () => {
    const dir = scratch();
    const facts = [1, 2, 3].map((pid) => sampleFacts({ pid }));
    const writers = await Promise.all(facts.map((fact) => CaptureWriter.create(dir, fact)));
    expect(writers.map((writer) => writer.dir).sort()).toEqual([dir, join(dir, "process-2"), join(dir, "process-3")]);
    await Promise.all(writers.map(finish));
    const capture = await readCapture(dir);
    expect(capture).toMatchObject({ complete: true, otherProcesses: ["process-2", "process-3"] });
    for (const folder of capture.otherProcesses) expect((await readCapture(join(dir, folder))).complete).toBe(true);

    const later = await CaptureWriter.create(dir, sampleFacts({ pid: 9 }));
    expect(later.dir).toBe(dir);
    expect((await readCapture(dir)).otherProcesses).toEqual([]);
  });

  test("gives each a folder of its own however many begin at the same instant", async () => {
    for (let round = 0; round < 30; round++) {
      const dir = scratch();
      const facts = [1, 2, 3, 4, 5, 6].map((pid) => sampleFacts({ pid }));
      const writers = await Promise.all(facts.map((fact) => CaptureWriter.create(dir, fact)));
      expect(new Set(writers.map((writer) => writer.dir)).size).toBe(6);
      for (const writer of writers) writer.close();
    }
  });

  test("takes the n-th process of a run where the run says", async () => {
    const dir = scratch();
    const first = await CaptureWriter.create(dir, sampleFacts(), { process: 1 });
    await finish(first);
    const second = await CaptureWriter.create(dir, sampleFacts({ pid: 2 }), { process: 2 });
    expect(second.dir).toBe(join(dir, "process-2"));
    expect((await readCapture(dir)).complete).toBe(true);
    await expect(CaptureWriter.create(dir, sampleFacts({ pid: 3 }), { process: 2 })).rejects.toMatchObject({
      code: "ERR_CAPTURE_BUSY",
    });
  });

  test("of a dead writer is free", async () => {
    const dir = scratch();
    await CaptureWriter.create(dir, sampleFacts());
    abandon(dir);
    const writer = await CaptureWriter.create(dir, sampleFacts({ pid: 77 }));
    expect(writer.dir).toBe(dir);
    expect((await readCapture(dir)).facts.target.pid).toBe(77);
  });
});

describe("the writer", () => {
  test("carries calls out in their order, also when nobody waits", async () => {
    const writer = await CaptureWriter.create(scratch(), sampleFacts());
    const calls = [1, 2, 3, 4].map((n) =>
      writer.addProfile(samplePprof([{ stack: ["a!b"], ns: n * PERIOD_NS, labels: {} }]), sample.info),
    );
    expect(await Promise.all([...calls, finish(writer)])).toEqual(
      [1, 2, 3, 4].map((n) => `profiles/cpu-${n}.pb.gz`).concat([undefined as never]),
    );
    expect((await readCapture(writer.dir)).cpu?.totalNs).toBe(10 * PERIOD_NS);
  });

  test("keeps gzipped profiles as they are and zips others", async () => {
    const writer = await CaptureWriter.create(scratch(), sampleFacts());
    const raw = samplePprof(sample.stacks);
    const name = await writer.addProfile(raw, sample.info);
    const zipped = readFileSync(join(writer.dir, name));
    expect(gunzipSync(zipped).equals(raw)).toBe(true);
    expect(readFileSync(join(writer.dir, await writer.addProfile(zipped, sample.info))).equals(zipped)).toBe(true);
  });

  test("rejects a call that cannot be carried out, and goes on when it can", async () => {
    const writer = await CaptureWriter.create(scratch(), sampleFacts());
    const blocked = join(writer.dir, "capture.json");
    const before = readFileSync(blocked);
    rmSync(blocked);
    mkdirSync(blocked);
    await expect(finish(writer)).rejects.toMatchObject({ code: "ERR_CAPTURE_WRITE" });
    rmdirSync(blocked);
    writeFileSync(blocked, before);
    expect(await readCapture(writer.dir)).toMatchObject({ complete: false });
    await finish(writer);
    const capture = await readCapture(writer.dir);
    expect(capture).toMatchObject({ complete: true, problems: [] });
    expect(capture.cells).toHaveLength(sample.cells.length);
    expect(existsSync(join(writer.dir, ".writer"))).toBe(false);
  });

  test("says that it is finished, and that its directory is gone", async () => {
    const writer = await CaptureWriter.create(scratch(), sampleFacts());
    const gone = await CaptureWriter.create(scratch(), sampleFacts());
    await finish(writer);
    await expect(writer.addProfile(new Uint8Array(), sample.info)).rejects.toMatchObject({ code: "ERR_CAPTURE_WRITE" });
    rmSync(gone.dir, { recursive: true });
    await expect(finish(gone)).rejects.toMatchObject({ code: "ERR_CAPTURE_WRITE" });
  });
});
