// What lies in a directory that is to be compared? One capture, or those of several runs; whole ones only.
// SPDX-License-Identifier: MPL-2.0

import { join } from "node:path";
import { CaptureError } from "../capture/errors.js";
import { type Capture, readCapture } from "../capture/reader.js";
import { runsIn } from "../capture/runs.js";
import type { Run, Side } from "../compare/sides.js";
import type { ChangedSide } from "../page/changed-tree.js";

export interface ComparedSide {
  side: Side;
  captures: Capture[];
}

/** Throws a CaptureError: nothing is decided on what is damaged. */
export async function readSide(dir: string): Promise<ComparedSide> {
  const runs = await runsIn(dir).catch(() => []);
  const dirs = runs.length === 0 ? [dir] : runs.map((run) => join(dir, run));
  const captures: Capture[] = [];
  for (const one of dirs) captures.push(await wholeCapture(one));
  return { side: { dir, runs: captures.map(runOf) }, captures };
}

async function wholeCapture(dir: string): Promise<Capture> {
  const capture = await readCapture(dir);
  const [problem] = capture.problems;
  if (problem !== undefined) throw new CaptureError("ERR_CAPTURE_TRUNCATED", dir, problem);
  return capture;
}

function runOf({ dir, windows = [], facts }: Capture): Run {
  const { sampleRate, wallRate } = facts.settings;
  return { dir, windows, periodNs: sampleRate > 0 ? 1e9 / sampleRate : 0, hasReady: wallRate > 0 };
}

/** For a flame graph: per buffer at the sinks, by whole recordings. `shown`: paths as the other side has them. */
export function changedSide({ captures, side }: ComparedSide, shown: ReadonlyMap<string, string>): ChangedSide {
  const profiles = captures.flatMap(({ cpu }) => cpu ?? []);
  const periodNs = Math.max(...side.runs.map((run) => run.periodNs));
  return { profiles, periodNs, buffers: buffersAtSinks(captures), shown };
}

function buffersAtSinks(captures: readonly Capture[]): number {
  const rows = captures.flatMap(({ windows = [] }) => windows.flatMap(({ elements }) => elements));
  const sending = new Set(rows.filter(({ buffersOut }) => buffersOut > 0).map(({ path }) => path));
  return rows.reduce((sum, { path, buffersIn }) => (sending.has(path) ? sum : sum + buffersIn), 0);
}
