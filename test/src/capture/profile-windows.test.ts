// Do windows come one after the other in time, those of a range only where one is asked for, and none that cannot be read?
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { profileWindows, type TimeRange } from "../../../src/capture/profile-windows.js";
import { readCapture } from "../../../src/capture/reader.js";
import { Stacks } from "../../../src/capture/stacks.js";
import { type ExportCapture, WINDOW_NS, writeExportCapture } from "../../helpers/export-capture.js";

let made: ExportCapture;
beforeEach(async () => {
  made = await writeExportCapture();
});

async function windows(kind: "cpu" | "wall", range?: TimeRange) {
  const { facts } = await readCapture(made.dir);
  const all = [];
  for await (const { fromNs, toNs, bytes, listed } of profileWindows(made.dir, facts, kind, range))
    all.push({ fromNs, toNs, listed, ns: new Stacks().addUnpacked(bytes) });
  return all;
}

test("all of a kind, by time, with all of its nanoseconds", async () => {
  const cpu = await windows("cpu");
  expect(cpu.map(({ fromNs, toNs }) => [fromNs, toNs])).toEqual(
    [0, 1, 2].map((i) => [i * WINDOW_NS, (i + 1) * WINDOW_NS]),
  );
  expect(cpu.reduce((sum, { ns }) => sum + ns, 0)).toBe(made.cpuNs);
  expect((await windows("wall")).reduce((sum, { ns }) => sum + ns, 0)).toBe(made.wallNs);
});

test("those that touch a range", async () => {
  const begins = (of: { fromNs: number }[]): number[] => of.map(({ fromNs }) => fromNs / WINDOW_NS);
  expect(begins(await windows("cpu", { fromNs: WINDOW_NS, toNs: 2 * WINDOW_NS }))).toEqual([1]);
  expect(begins(await windows("cpu", { fromNs: WINDOW_NS / 2, toNs: WINDOW_NS + 1 }))).toEqual([0, 1]);
  expect(begins(await windows("cpu", { fromNs: 4 * WINDOW_NS, toNs: 9 * WINDOW_NS }))).toEqual([]);
});

test("one that cannot be read is left out; one that no line lists has no time, and is in no range", async () => {
  const { length } = await windows("cpu");
  writeFileSync(join(made.dir, "profiles/cpu-1.pb.gz"), "no gzip");
  expect(await windows("cpu")).toHaveLength(length - 1);
  appendFileSync(join(made.dir, "profiles.ndjson"), `${JSON.stringify({ dropped: ["profiles/cpu-1.pb.gz"] })}\n`);
  const { facts } = await readCapture(made.dir);
  writeFileSync(join(made.dir, "profiles.ndjson"), "");
  const all = [];
  for await (const window of profileWindows(made.dir, { ...facts, complete: false }, "cpu")) all.push(window.listed);
  expect(all).toEqual([false, false]);
  expect(await windows("cpu", { fromNs: 0, toNs: 1e12 })).toEqual([]);
});
