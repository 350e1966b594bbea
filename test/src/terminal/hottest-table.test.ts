// Does the text report name the hottest functions of the costliest element, five at most, and none where nothing was sampled?
import { expect, test } from "vitest";
import { summarize } from "../../../src/analysis/summary.js";
import { readCapture } from "../../../src/capture/reader.js";
import { hottestTable } from "../../../src/terminal/hottest-table.js";
import { wideText } from "../../../src/terminal/text.js";
import { sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { scratch } from "../../helpers/scratch.js";

const leaves = Array.from({ length: 7 }, (_, i) => [`libx264.so!encode`, `libx264.so!step_${i}`]);
const elements = [
  { path: "src", factory: "videotestsrc", samples: 10 },
  { path: "enc", factory: "x264enc", from: "src", samples: 100, leaves },
];
const read = async () => readCapture(await writeSample(scratch(), sampleCapture("pipeline0", elements)));

test("five functions of the costliest element, by self time, with total time and module", async () => {
  const capture = await read();
  const lines = hottestTable(capture, summarize(capture), 120);
  expect(lines).toHaveLength(6);
  expect(lines[0]).toMatch(/^HOTTEST IN enc +SELF % +SELF ms +TOTAL ms +MODULE/);
  expect(lines[1]).toMatch(/^step_0 +16\.0 +160 +160 +libx264\.so$/);
  expect(wideText(capture, { columns: 120, colour: false })).toContain(lines[1]);
});

test("none without samples; a narrow terminal has the names", async () => {
  const capture = await read();
  const nothing = { ...capture, cpu: null };
  expect(hottestTable(nothing, summarize(nothing), 80)).toEqual([]);
  const narrow = hottestTable(capture, summarize(capture), 40);
  expect(narrow[1]).toMatch(/^step_0 +16\.0/);
  for (const line of narrow) expect(line.length).toBeLessThanOrEqual(40);
});
