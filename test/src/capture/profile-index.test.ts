// Does a capture say which of its profiles count, whichever version wrote it and wherever its writer stopped?
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCapture } from "../../../src/capture/reader.js";
import { sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

const sample = sampleCapture("pipeline0", encoders);
const index = "profiles.ndjson";
const lineOf = (dir: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(dir, index), "utf8").split("\n")[0] ?? "");

test("a capture of version 1 has its rows in capture.json and is read as before", async () => {
  const dir = await writeSample(scratch(), sample);
  const { windows: _, replaces: __, framesByType: ___, framesByRole: ____, ...row } = lineOf(dir);
  const file = JSON.parse(readFileSync(join(dir, "capture.json"), "utf8"));
  writeFileSync(join(dir, "capture.json"), JSON.stringify({ ...file, version: 1, profiles: [row] }));
  rmSync(join(dir, index));
  const capture = await readCapture(dir);
  expect(capture).toMatchObject({ complete: true, problems: [] });
  expect(capture.cpu?.rows).toMatchObject([{ ...row, windows: 1, framesByType: 0, framesByRole: 0 }]);
});

test("profiles that were merged or dropped count no more, although their files still lie there", async () => {
  const dir = await writeSample(scratch(), sample);
  const profile = (name: string): string => join(dir, "profiles", name);
  for (const name of ["cpu-2.pb.gz", "cpu-3.pb.gz", "cpu-1-2.pb.gz"]) cpSync(profile("cpu-1.pb.gz"), profile(name));
  const row = (file: string, more = {}): string => `${JSON.stringify({ ...lineOf(dir), file, ...more })}\n`;
  const [one, two, three, both] = ["1", "2", "3", "1-2"].map((n) => `profiles/cpu-${n}.pb.gz`) as [
    string,
    string,
    string,
    string,
  ];
  const listed = row(one) + row(two) + row(three);

  writeFileSync(join(dir, index), listed);
  expect((await readCapture(dir)).cpu?.totalNs).toBe(3 * sample.info.totalNs); // not yet listed: not yet merged
  const merged = listed + row(both, { windows: 2, replaces: [one, two] });
  writeFileSync(join(dir, index), merged);
  const capture = await readCapture(dir);
  expect(capture).toMatchObject({ complete: true, problems: [] });
  expect(capture.cpu?.totalNs).toBe(2 * sample.info.totalNs);
  writeFileSync(join(dir, index), `${merged}{"dropped":["${both}"]}\n`);
  expect((await readCapture(dir)).cpu?.totalNs).toBe(sample.info.totalNs);
});

test("an index that is cut off or broken says so and loses no profile", async () => {
  const dir = await writeSample(scratch(), sample);
  writeFileSync(join(dir, index), '{"file":"profi');
  const cut = await readCapture(dir);
  expect(cut.problems).toEqual(["profiles/cpu-1.pb.gz is not listed in profiles.ndjson"]);
  expect(cut.cpu?.totalNs).toBe(sample.info.totalNs);
  writeFileSync(join(dir, index), "17\n");
  expect((await readCapture(dir)).problems).toContain("profiles.ndjson: 1 of 1 lines cannot be read");
});
