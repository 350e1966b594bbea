// Which windows does a capture hold? One line each, in the order of their time; what cannot be read is counted.
// SPDX-License-Identifier: MPL-2.0

import type { RecordedWindow } from "../model/recorded-windows.js";
import { eachLine } from "./lines.js";
import { decodeWindow } from "./window-line.js";

/** Twice as many as a writer leaves. */
const MOST_WINDOWS = 8000;

export interface ReadWindows {
  windows: RecordedWindow[];
  /** Whole lines, and those of them that are no windows of their own time. */
  lines: number;
  broken: number;
  /** There is something behind the last whole line. */
  isCut: boolean;
}

export async function readWindows(path: string): Promise<ReadWindows> {
  const read: ReadWindows = { windows: [], lines: 0, broken: 0, isCut: false };
  await eachLine(path, ({ text, whole }) => {
    if (!whole) {
      read.isCut = true; // or it is still being written
      return;
    }
    read.lines++;
    const window = read.windows.length < MOST_WINDOWS ? decodeWindow(text) : null;
    if (window !== null) read.windows.push(window);
  });
  read.windows = apart(read.windows.sort((a, b) => a.atNs - b.atNs));
  read.broken = read.lines - read.windows.length;
  return read;
}

/** Of clocks that are rounded. */
const SLACK_NS = 1e6;

/** In their order, without those that begin before the one before them has ended: what was counted would count twice. */
function apart(windows: readonly RecordedWindow[]): RecordedWindow[] {
  let endNs = Number.NEGATIVE_INFINITY;
  return windows.filter(({ atNs, durationNs }) => {
    if (atNs < endNs - SLACK_NS) return false;
    endNs = atNs + durationNs;
    return true;
  });
}
