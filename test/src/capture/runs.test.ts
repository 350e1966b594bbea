// Which captures in a folder are runs of one command, and is nothing else taken away with them?
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { clearRunsFrom, runsIn, runsObstacle } from "../../../src/capture/runs.js";
import { CaptureWriter } from "../../../src/capture/writer.js";
import { sampleCapture, sampleFacts, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

const sample = sampleCapture("pipeline0", encoders);

async function folderOf(...numbers: number[]): Promise<string> {
  const dir = scratch("runs");
  for (const n of numbers) await writeSample(join(dir, `run-${n}`), sample);
  return dir;
}

it("runs are in the order of their numbers", async () => {
  expect(await runsIn(await folderOf(10, 2, 1))).toEqual(["run-1", "run-2", "run-10"]);
});

it("a capture has none, whatever lies beside it", async () => {
  const dir = await writeSample(scratch(), sample);
  mkdirSync(join(dir, "run-1"));
  expect(await runsIn(dir)).toEqual([]);
});

it("all from a number on are taken away whole, those before stay", async () => {
  const dir = await folderOf(1, 2, 3, 12);
  await clearRunsFrom(dir, 2);
  expect(readdirSync(dir)).toEqual(["run-1"]);
});

it("what somebody put into a run stays, and so does its folder", async () => {
  const dir = await folderOf(1, 2);
  writeFileSync(join(dir, "run-2/notes.txt"), "mine");
  await clearRunsFrom(dir, 2);
  expect(readdirSync(join(dir, "run-2"))).toEqual(["notes.txt"]);
});

it("runs can be written where there is nothing, or only runs that may go", async () => {
  expect(await runsObstacle(scratch("new"), false)).toBeNull();
  const dir = await folderOf(1);
  expect((await runsObstacle(dir, false))?.code).toBe("ERR_CAPTURE_EXISTS");
  expect(await runsObstacle(dir, true)).toBeNull();
});

it("and not where anything else is", async () => {
  const capture = await writeSample(scratch(), sample);
  expect((await runsObstacle(capture, true))?.message).toBe(
    `${capture}: the directory holds other files (a capture of its own: name another one for the runs with --capture)`,
  );
  const notes = scratch("notes");
  mkdirSync(notes);
  writeFileSync(join(notes, "notes.txt"), "mine");
  expect((await runsObstacle(notes, true))?.message).toBe(
    `${notes}: the directory holds other files (name another one for the runs with --capture)`,
  );
  const file = join(capture, "capture.json");
  expect((await runsObstacle(file, true))?.code).toBe("ERR_CAPTURE_NOT_A_DIRECTORY");
  const link = scratch("link");
  symlinkSync(await folderOf(1), link);
  expect((await runsObstacle(link, true))?.code).toBe("ERR_CAPTURE_UNSAFE");
});

it("a run that is being written is not taken away", async () => {
  const dir = scratch("runs");
  const writer = await CaptureWriter.create(join(dir, "run-1"), sampleFacts());
  await expect(clearRunsFrom(dir, 1)).rejects.toThrow(/another process is writing a capture here/);
  writer.close();
});
