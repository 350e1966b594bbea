// Is a person who named the wrong directory, or no file, told what to type?
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CaptureError } from "../../../src/capture/errors.js";
import { adviceOn, pageProblem } from "../../../src/commands/capture-advice.js";
import { sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

const advice = (error: CaptureError): string => adviceOn(error, (dir) => `read ${dir}`, "read takes a directory");

test("of a folder of runs the first one, of a file of a capture its directory, else what is taken", async () => {
  const runs = scratch("runs");
  const run = await writeSample(join(runs, "run-1"), sampleCapture("pipeline0", encoders));
  expect(advice(new CaptureError("ERR_CAPTURE_FOREIGN", runs))).toBe(`, but a folder of several runs: read ${run}`);
  expect(advice(new CaptureError("ERR_CAPTURE_FOREIGN", run))).toBe("");
  const file = new CaptureError("ERR_CAPTURE_NOT_A_DIRECTORY", join(run, "capture.json"));
  expect(advice(file)).toBe(`, but a file of a capture: read ${run}`);
  const alone = new CaptureError("ERR_CAPTURE_NOT_A_DIRECTORY", join(runs, "notes.txt"));
  expect(advice(alone)).toBe("; read takes a directory");
  expect(advice(new CaptureError("ERR_CAPTURE_EMPTY", runs))).toBe("");
});

test("a page goes into a file: neither to the standard output, nor over a directory", () => {
  const dir = scratch("pages");
  mkdirSync(dir);
  writeFileSync(join(dir, "old.html"), "");
  for (const fine of [undefined, join(dir, "old.html"), join(dir, "new.html"), join(dir, "no/folder.html")])
    expect(pageProblem(fine, "x.html")).toBe("");
  expect(pageProblem("-", "x.html")).toMatch(/--html x\.html$/);
  expect(pageProblem("", "x.html")).toMatch(/--html x\.html$/);
  expect(pageProblem(dir, "x.html")).toBe(
    `--html ${dir}: this is a directory; name a file in it: --html ${join(dir, "x.html")}`,
  );
});
