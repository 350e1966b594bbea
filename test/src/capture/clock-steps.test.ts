// Does a capture keep its lengths and its order when the wall clock was set in between?
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Profile } from "pprof-format";
import { expect, test } from "vitest";
import { mergedRow, wholeNs } from "../../../src/capture/merged-row.js";
import { mergeProfiles } from "../../../src/capture/profile-merge.js";
import { readCapture } from "../../../src/capture/reader.js";
import { SlowTraces } from "../../../src/capture/traces.js";
import { CaptureWriter } from "../../../src/capture/writer.js";
import { SECOND, START_UNIX_NS, sampleAgent, sampleCapture, sampleFacts } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { samplePprof } from "../../helpers/sample-pprof.js";
import { scratch } from "../../helpers/scratch.js";

const sample = sampleCapture("pipeline0", encoders);
const BOOT = 40n * 1_000_000_000n; // of 1970: no battery, no network yet
const facts = () => sampleFacts({ clock: { monoNs: 5_000_000_000, unixNs: BOOT } });
/** The network comes up after three windows. */
const unixAt = (second: number): bigint => (second < 30 ? BOOT : START_UNIX_NS) + BigInt(second * SECOND);
const agent = (second: number) => sampleAgent(second, { timeUnixNs: unixAt(second) });

async function captured(limits: { maxBytes: number; maxAgeMs: number }, windows: number) {
  const dir = scratch();
  const writer = await CaptureWriter.create(dir, facts(), { limits });
  for (let second = 0; second < windows * 10; second += 10) {
    const info = { ...sample.info, startUnixNs: unixAt(second), atNs: second * SECOND };
    await writer.addProfile(samplePprof(sample.stacks, info.startUnixNs), info);
    await writer.addSpans(
      `{"trace":"ab","span":"${second}","startUnixNs":"${info.startUnixNs}","atNs":${info.atNs}}\n`,
    );
    const cells = sample.cells.map((cell) => ({ ...cell, startUnixNs: BOOT, buffers: cell.buffers + second }));
    await writer.snapshot(sample.topology, cells, sample.state, agent(second + 10));
  }
  await writer.finish({ ...sample, agent: agent(windows * 10) });
  return { dir, capture: await readCapture(dir) };
}

test("it lasts as long as it lasted, and each of its lines says both times", async () => {
  const { dir, capture } = await captured({ maxBytes: 1e9, maxAgeMs: 0 }, 6);
  expect(capture.problems).toEqual([]);
  expect(capture.facts.target.durationNs).toBe(60 * SECOND);
  const lines = readFileSync(join(dir, "metrics.ndjson"), "utf8").trim().split("\n");
  const times = lines.map((line) => JSON.parse(line) as { timeUnixNs: string; atNs: number });
  for (const { timeUnixNs, atNs } of times) expect(timeUnixNs).toBe(String(unixAt(atNs / SECOND)));
  expect(capture.history.moments).toBeGreaterThanOrEqual(6);
  const rows = capture.cpu?.rows ?? [];
  expect(rows.map((row) => row.atNs)).toEqual([0, 10, 20, 30, 40, 50].map((second) => second * SECOND));
});

test("what is older than permitted is told by the time that passed, not by the step", async () => {
  const { capture } = await captured({ maxBytes: 1e9, maxAgeMs: 60_000 }, 9);
  const kept = (capture.cpu?.rows ?? []).map((row) => (row.atNs ?? 0) / SECOND).sort((a, b) => a - b);
  expect(kept).toEqual([20, 30, 40, 50, 60, 70, 80]);
});

test("profiles that are merged across the step last as long as their windows", () => {
  const windows = [0, 10, 20, 30, 40].map((second) => {
    const info = { ...sample.info, startUnixNs: String(unixAt(second)), atNs: second * SECOND };
    return { ...info, file: `profiles/cpu-${second + 1}.pb.gz`, windows: 1, replaces: [] };
  });
  const row = mergedRow(windows);
  expect(row).toMatchObject({ durationNs: 50 * SECOND, atNs: 0, startUnixNs: String(unixAt(0)), windows: 5 });
  const parts = windows.map(({ startUnixNs }) => samplePprof(sample.stacks, BigInt(startUnixNs)));
  expect(Number(Profile.decode(mergeProfiles(parts, wholeNs(windows))).durationNanos)).toBe(row.durationNs);
  // Rows of an older version have the wall clock alone.
  const older = windows.slice(3).map(({ atNs: _, ...info }) => info);
  expect(mergedRow(older).durationNs).toBe(20 * SECOND);
});

test("a trace that the step went through is as long as its spans say", () => {
  const traces = new SlowTraces();
  const span = (id: string, parent: string | null, second: number, ms: number) =>
    traces.add(
      JSON.stringify({
        trace: "ab",
        span: id,
        parent,
        startUnixNs: String(unixAt(second)),
        atNs: second * SECOND,
        durationNs: ms * 1e6,
        pad: 1,
      }),
    );
  span("2", "1", 30, 100); // written first: it ended first
  span("1", null, 29, 1500);
  const [slow] = traces.end().slowest;
  expect(slow).toMatchObject({ durationNs: 1.5e9, startUnixNs: unixAt(29), atNs: 29 * SECOND });
  expect(slow?.spans.map(({ startNs }) => startNs)).toEqual([0, SECOND]);
});
