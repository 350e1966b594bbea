// Does a comparison call a change what is one, and nothing else? Windows that were really recorded, on a machine with ten tasks for
// each CPU, dealt out anew: 200 comparisons of a pipeline with itself, 100 with 20 % more CPU time planted in one element, and 5 %.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { decodeWindow } from "../../../src/capture/window-line.js";
import { type Change, type Comparison, compare } from "../../../src/compare/comparison.js";
import { judgeGate, parseGate } from "../../../src/compare/gates.js";
import { isChanged } from "../../../src/compare/words.js";
import type { RecordedWindow } from "../../../src/model/recorded-windows.js";
import { random } from "../../helpers/sample-capture.js";

/** videotestsrc ! videoconvert ! cpuburn name=filter ! x264enc, at 100 samples a second; 1 ms a buffer, and 1.2 ms. */
const [base, planted] = ["base", "planted"].map(recorded) as [RecordedWindow[], RecordedWindow[]];
const FILTER = "pipeline0/filter";
/** Windows that follow each other stay together: they are alike. */
const LENGTH = 3;
const next = random(11);

function recorded(name: string): RecordedWindow[] {
  const file = new URL(`../../fixtures/windows/${name}.ndjson.gz`, import.meta.url);
  const lines = gunzipSync(readFileSync(file)).toString().trim().split("\n");
  // Without begin and end, as of any recording.
  return lines.flatMap((line) => decodeWindow(line) ?? []).slice(1, -1);
}

function dealt(windows: readonly RecordedWindow[]): RecordedWindow[][] {
  const blocks = Array.from({ length: Math.floor(windows.length / LENGTH) }, (_, i) =>
    windows.slice(i * LENGTH, (i + 1) * LENGTH),
  );
  for (let i = blocks.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [blocks[i], blocks[j]] = [blocks[j] ?? [], blocks[i] ?? []];
  }
  return blocks;
}

/** The first and the last window are left out of a comparison. */
function side(dir: string, blocks: readonly RecordedWindow[][]) {
  const windows = blocks.flat();
  const [first] = windows as [RecordedWindow];
  return { dir, runs: [{ dir, windows: [first, ...windows, first], periodNs: 10_000_000, hasReady: true }] };
}

/** No window is on both sides. */
function withItself(): Comparison {
  const blocks = dealt(base);
  const half = Math.floor(blocks.length / 2);
  return compare(side("a", blocks.slice(0, half)), side("b", blocks.slice(half, 2 * half)));
}

const withPlanted = (after: readonly RecordedWindow[]): Comparison =>
  compare(side("a", dealt(base).slice(0, 10)), side("b", dealt(after).slice(0, 10)));

const called = ({ changes }: Comparison): Change[] =>
  changes.filter((change) => isChanged(change) && change.figure !== "ready.share");
const filterOf = ({ changes }: Comparison): Change | undefined =>
  changes.find(({ figure, path }) => figure === "cpu.perBuffer" && path === FILTER);
const fires = (comparison: Comparison, condition: string): boolean =>
  judgeGate(parseGate(condition), comparison).outcome === "fires";
const scaled = (by: number): RecordedWindow[] =>
  base.map((window) => ({
    ...window,
    elements: window.elements.map((row) => (row.path === FILTER ? { ...row, cpuNs: row.cpuNs * by } : row)),
  }));

it("of 200 comparisons of a pipeline with itself at most one in twenty calls any figure changed", () => {
  const all = Array.from({ length: 200 }, withItself);
  expect(all.map(({ problem }) => problem).filter(Boolean)).toEqual([]);
  const wrong = all.filter((comparison) => called(comparison).length > 0);
  console.log(`${wrong.length} of ${all.length} comparisons of a pipeline with itself fire`);
  expect(wrong.length).toBeLessThanOrEqual(10);
});

it("20 % more CPU time in one element is found and named in at least 95 of 100, and a condition holds", () => {
  const all = Array.from({ length: 100 }, () => withPlanted(planted));
  const found = all.filter((comparison) => filterOf(comparison)?.verdict === "more");
  const others = all.flatMap(called).filter(({ path }) => path !== FILTER && path !== "");
  console.log(`20 %: found and named in ${found.length} of ${all.length}, others named ${others.length} times`);
  expect(found.length).toBeGreaterThanOrEqual(95);
  expect(all.filter((comparison) => fires(comparison, "cpu.perBuffer(filter) > +10%")).length).toBeGreaterThanOrEqual(
    95,
  );
  expect(others.length).toBeLessThanOrEqual(5);
});

it("5 % more is never called 20", () => {
  const all = Array.from({ length: 100 }, () => withPlanted(scaled(1.05)));
  expect(all.filter((comparison) => fires(comparison, "cpu.perBuffer(filter) > +20%"))).toEqual([]);
});

it("with another load elapsed times are not comparable, and CPU time is", () => {
  const busy = planted.map((window) => ({
    ...window,
    elements: window.elements.map((row) => ({ ...row, readyNs: row.readyNs / 1.5 })),
  }));
  const comparison = compare(side("a", dealt(base)), side("b", dealt(busy)));
  expect(comparison.load?.differs).toBe(true);
  for (const { figure, verdict } of comparison.changes)
    if (/elapsed|latency|throughput/.test(figure)) expect(verdict).toBe("not comparable");
  expect(comparison.changes.filter(({ verdict }) => verdict === "not comparable").length).toBeGreaterThan(5);
  expect(filterOf(comparison)?.verdict).toBe("more");
});
