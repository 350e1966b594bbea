// Are all buffers of a capture there, once, when most of its hops ended and have no line of their own any more?
// SPDX-License-Identifier: MPL-2.0

import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { summarize } from "../../../src/analysis/summary.js";
import { MetricsLog } from "../../../src/capture/metrics-log.js";
import { OwnFolder } from "../../../src/capture/own-folder.js";
import { readCapture } from "../../../src/capture/reader.js";
import { CaptureWriter } from "../../../src/capture/writer.js";
import type { CellSnapshot } from "../../../src/model/batch.js";
import { addCell, copyCell } from "../../../src/model/cells.js";
import { ENDED, ENDED_ID } from "../../../src/model/ended.js";
import { cellOf } from "../../helpers/cells.js";
import { sampleAgent, sampleCapture, sampleFacts } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

const sample = sampleCapture("pipeline0", encoders);
const FIRST = 10_000;

/** Hops of sessions, the last ten by name, all before them in a sum. */
function ended(sessions: number): CellSnapshot[] {
  const rest = copyCell(cellOf(ENDED_ID, []));
  const named: CellSnapshot[] = [];
  for (let n = 0; n < sessions; n++) {
    const cell = cellOf(FIRST + n, [1000, 2000]);
    if (n < sessions - 10) addCell(rest, cell);
    else named.push(cell);
  }
  return rest.buffers > 0 ? [...named, rest] : named;
}

const topology = {
  ...sample.topology,
  elements: [
    ...sample.topology.elements,
    { id: ENDED_ID, path: ENDED, pipeline: "", name: ENDED, factory: "", plugin: "", bin: false },
  ],
  pads: [...sample.topology.pads, { id: ENDED_ID, element: ENDED_ID, name: ENDED, direction: "sink" as const }],
};
const buffers = (cells: readonly CellSnapshot[]): number => cells.reduce((sum, cell) => sum + cell.buffers, 0);

test("at each instant the lines that count are those of the last look", async () => {
  const dir = scratch();
  const writer = await CaptureWriter.create(dir, sampleFacts());
  for (let sessions = 1; sessions <= 60; sessions++) {
    const cells = ended(sessions);
    await writer.snapshot(topology, cells, sample.state, sampleAgent(sessions));
    if (sessions % 15 === 0) {
      const read = await readCapture(dir);
      expect(read.problems).toEqual([]);
      expect(buffers(read.cells)).toBe(2 * sessions);
      expect(read.cells.length).toBe(cells.length);
    }
  }
  await writer.finish({ ...sample, topology, cells: ended(60), agent: sampleAgent(61) });
  writer.close();
  const summary = summarize(await readCapture(dir));
  expect(summary.ended).toEqual({ buffersIn: 100, bytesIn: 10_000, count: 100 });
  const rows = summary.pipelines.flatMap(({ elements }) => elements);
  expect(rows.find(({ path }) => path === ENDED)?.buffersIn).toBe(100);
});

test("the log stays small, and another writer goes on with what it finds", async () => {
  const dir = scratch();
  mkdirSync(dir);
  const share = 16 * 1024;
  const now = (n: number) => ({ timeUnixNs: BigInt(n) * 1_000_000_000n, atNs: n * 1e9 });
  for (let agent = 0; agent < 3; agent++) {
    const folder = OwnFolder.open(dir);
    const log = await MetricsLog.open(folder, share);
    for (let n = 1; n <= 80; n++) await log.append(ended(80 * agent + n), now(80 * agent + n), async () => {});
    log.close();
    folder.close();
  }
  const size = statSync(join(dir, "metrics.ndjson")).size;
  expect(size).toBeLessThan(3 * share);
  const last = new Map<string, number>();
  for (const line of readFileSync(join(dir, "metrics.ndjson"), "utf8").trim().split("\n")) {
    const { pad, moved, buffers: n } = JSON.parse(line) as { pad: number; moved?: boolean; buffers: number };
    if (moved) last.delete(`${pad}`);
    else last.set(`${pad}`, n);
  }
  expect([...last.values()].reduce((a, b) => a + b, 0)).toBe(480);
  expect(last.size).toBe(11);
});
