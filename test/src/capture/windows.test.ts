// Are windows read in the order of their time, and is what cannot be read counted and no obstacle?
import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readCapture } from "../../../src/capture/reader.js";
import { encodeWindow } from "../../../src/capture/window-line.js";
import { readWindows } from "../../../src/capture/windows.js";
import { CaptureWriter } from "../../../src/capture/writer.js";
import { elementOf, windowAt } from "../../helpers/recorded-windows.js";
import { sampleAgent, sampleCapture, sampleFacts } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

const sample = sampleCapture("pipeline0", encoders);
const windows = [0, 1, 2].map((n) => windowAt(n, { elements: [elementOf("pipeline0/a", { cpuNs: n + 1 })] }));

async function written(): Promise<string> {
  const writer = await CaptureWriter.create(scratch("windows"), sampleFacts());
  for (const window of windows) await writer.addWindow(window);
  const { topology, cells, state, modules } = sample;
  await writer.finish({ topology, cells, state, agent: sampleAgent(3), modules });
  writer.close();
  return writer.dir;
}

it("a capture has the windows that its writer got", async () => {
  expect(await readCapture(await written())).toMatchObject({ windows, complete: true, problems: [] });
});

it("a capture of an older version has none, and nothing is wrong with it", async () => {
  const dir = await written();
  rmSync(join(dir, "windows.ndjson"));
  const facts = join(dir, "capture.json");
  writeFileSync(facts, readFileSync(facts, "utf8").replace(/"windowsEndNs": *\d+/, '"fewer": 0'));
  expect(await readCapture(dir)).toMatchObject({ windows: [], complete: true, problems: [] });
});

it("lines that cannot be read are counted, and the others are there", async () => {
  const dir = await written();
  appendFileSync(join(dir, "windows.ndjson"), '{"atNs":\nnothing\n{"atNs":9');
  expect(await readCapture(dir)).toMatchObject({
    windows,
    complete: false,
    problems: ["windows.ndjson: 2 of 5 lines cannot be read", "windows.ndjson is cut off"],
  });
});

it("a finished capture without the end of its last line is damaged; one that is being written is not", async () => {
  const dir = await written();
  const file = join(dir, "windows.ndjson");
  truncateSync(file, statSync(file).size - 1);
  const cut = { windows: windows.slice(0, 2), complete: false };
  expect(await readCapture(dir)).toMatchObject({ ...cut, problems: ["windows.ndjson is cut off"] });
  const facts = join(dir, "capture.json");
  writeFileSync(facts, readFileSync(facts, "utf8").replace(/"complete":\s*true/, '"complete":false'));
  expect(await readCapture(dir)).toMatchObject({ ...cut, problems: [] });
});

it("whole lines that are missing at the end are told, by what the capture knows of its windows", async () => {
  const dir = await written();
  const file = join(dir, "windows.ndjson");
  const lines = readFileSync(file, "utf8").split("\n");
  writeFileSync(file, `${lines[0]}\n`);
  const problems = ["windows.ndjson is cut off: 1.0 of 3.0 s"];
  expect(await readCapture(dir)).toMatchObject({ windows: windows.slice(0, 1), complete: false, problems });
  writeFileSync(file, "");
  expect((await readCapture(dir)).problems).toEqual(["windows.ndjson is cut off: 0.0 of 3.0 s"]);
  rmSync(file);
  expect(await readCapture(dir)).toMatchObject({
    windows: [],
    complete: false,
    problems: ["windows.ndjson is missing"],
  });
});

it("a capture knows of no windows but those that are in the file already", async () => {
  const writer = await CaptureWriter.create(scratch("windows"), sampleFacts());
  const { topology, cells, state } = sample;
  for (const window of windows.slice(0, 2)) await writer.addWindow(window);
  await writer.snapshot(topology, cells, state, sampleAgent(2));
  await writer.addWindow(windows[2] as (typeof windows)[2]);
  expect(await readCapture(writer.dir)).toMatchObject({ windows, problems: [], facts: { windowsEndNs: 2e9 } });
});

it("windows are in the order of their time, whatever that of the lines is", async () => {
  const file = scratch("windows.ndjson");
  writeFileSync(file, `${[2, 0, 1].map((n) => encodeWindow(windowAt(n))).join("\n")}\n`);
  expect((await readWindows(file)).windows.map(({ atNs }) => atNs)).toEqual([0, 1e9, 2e9]);
});

it("a window that is there twice, or begins within another one, is counted as a line that cannot be read", async () => {
  const file = scratch("windows.ndjson");
  const within = windowAt(1, { atNs: 1.5e9 });
  writeFileSync(
    file,
    `${[windowAt(0), windowAt(1), windowAt(1), within, windowAt(2)].map((one) => encodeWindow(one)).join("\n")}\n`,
  );
  const read = await readWindows(file);
  expect(read.windows.map(({ atNs }) => atNs)).toEqual([0, 1e9, 2e9]);
  expect([read.lines, read.broken]).toEqual([5, 2]);
});
