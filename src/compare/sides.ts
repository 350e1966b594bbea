// What is compared: which units does each side have? Its runs, or blocks of windows of a single one. Pure.
// SPDX-License-Identifier: MPL-2.0

import { mergeWindows, type RecordedWindow } from "../model/recorded-windows.js";

/** One recorded run of the program. */
export interface Run {
  /** As it was named, for messages. */
  dir: string;
  windows: readonly RecordedWindow[];
  /** Nanoseconds of CPU time that a sample stands for. */
  periodNs: number;
  /** Off-CPU samples were taken, so that ready time is known. */
  hasReady: boolean;
}

export interface Side {
  /** The directory that was named. */
  dir: string;
  runs: readonly Run[];
}

export type UnitKind = "runs" | "blocks";

/** Equally long pieces that are exchanged between the sides, to see what chance alone does. */
export interface Units {
  kind: UnitKind;
  a: readonly RecordedWindow[];
  b: readonly RecordedWindow[];
}

/** With fewer of them chance cannot be told from a change. */
export const FEWEST = 5;
/** Below this the first and the last window are as good as any. */
const FEWEST_TO_TRIM = 8;

/** A sentence where there are too few. */
export function unitsOf(a: Side, b: Side): Units | string {
  const none = [a, b].flatMap(({ runs }) => runs).find(({ windows }) => windows.length === 0);
  if (none !== undefined) return withoutWindows(none.dir);
  if (a.runs.length >= FEWEST && b.runs.length >= FEWEST) return { kind: "runs", a: whole(a), b: whole(b) };
  const [ofA, ofB] = [blocks(a), blocks(b)];
  const [few, n] = ofA.length < ofB.length ? ([a, ofA.length] as const) : ([b, ofB.length] as const);
  if (n < FEWEST) return tooShort(few);
  return { kind: "blocks", a: ofA, b: ofB };
}

/** Windows are longer than a second where there is much to look at, or where they were merged. */
function tooShort({ dir, runs }: Side): string {
  const windows = runs.flatMap((run) => run.windows);
  const lengthS = windows.reduce((sum, { durationNs }) => sum + durationNs, 0) / windows.length / 1e9;
  const seconds = Math.max(10, Math.ceil(10 * lengthS));
  return `${dir} is too short to tell a change from noise: record ${seconds} s or longer, or five runs each (run --repeat 5)`;
}

export const withoutWindows = (dir: string): string =>
  `${dir} has no windows of a second, since an older version wrote it or nothing was recorded: record it again with gst-pyroscope run --capture DIR -- COMMAND`;

const merged = (windows: readonly RecordedWindow[]): RecordedWindow => windows.reduce(mergeWindows);

const whole = ({ runs }: Side): RecordedWindow[] => runs.map(({ windows }) => merged(steady(even(windows))));

/** As good as equal: those that a live page merged begin and end with tens of seconds. */
const EQUAL = 0.75;

/** All about as long as the longest, where a live page had merged older ones; the last one may be shorter. */
export function even(windows: readonly RecordedWindow[]): readonly RecordedWindow[] {
  const longest = windows.reduce((most, { merged: seconds }) => Math.max(most, seconds), 1);
  if (longest === 1) return windows;
  const all: RecordedWindow[] = [];
  let isOpen = false;
  for (const window of windows) {
    const last: RecordedWindow | undefined = isOpen ? all.pop() : undefined;
    const next: RecordedWindow = last === undefined ? window : mergeWindows(last, window);
    isOpen = next.merged < EQUAL * longest;
    all.push(next);
  }
  return all;
}

/** Without the begin, when caches are cold and queues empty, and without the last piece of a second. */
export function steady(windows: readonly RecordedWindow[]): readonly RecordedWindow[] {
  return windows.length < FEWEST_TO_TRIM ? windows : windows.slice(1, -1);
}

/**
 * Windows that follow each other are alike, so that several of them are one unit: about the cube root of their number, which is
 * the usual choice for a block bootstrap. No block has windows of two runs.
 */
function blocks({ runs }: Side): RecordedWindow[] {
  const all = runs.map(({ windows }) => steady(even(windows)));
  const count = all.reduce((sum, { length }) => sum + length, 0);
  const blocksOf = (length: number): number =>
    all.reduce((sum, windows) => sum + Math.max(1, Math.floor(windows.length / length)), 0);
  let length = Math.max(1, Math.min(Math.ceil(Math.cbrt(count)), Math.floor(count / FEWEST)));
  // Each run leaves a rest, so that some short ones have fewer blocks than one as long as all of them.
  while (length > 1 && blocksOf(length) < FEWEST) length--;
  return all.flatMap((windows) => {
    const whole = Math.max(1, Math.floor(windows.length / length));
    return Array.from({ length: whole }, (_, i) =>
      merged(windows.slice(i * length, i === whole - 1 ? undefined : (i + 1) * length)),
    );
  });
}
