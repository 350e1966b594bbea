// What does the index say of a profile that several became? Pure.
// SPDX-License-Identifier: MPL-2.0

import { captureFiles, type ProfileRow } from "./format.js";

/** So many become one. Each merge writes an eighth again; of two it would be as much as came. */
export const FAN = 8;

/** How often it was merged: profiles of one grade are equally coarse. */
export const gradeOf = ({ windows }: ProfileRow): number => Math.round(Math.log(windows) / Math.log(FAN));

/** Since the capture's begin, on a clock that nobody sets; of an older version by the wall clock. */
export const beginNs = (row: ProfileRow): number => row.atNs ?? Number(row.startUnixNs);

/** From the first one's begin to the last one's end. */
export function wholeNs(rows: readonly ProfileRow[]): number {
  const even = rows.every(({ atNs }) => atNs !== undefined);
  const of = even ? beginNs : (row: ProfileRow): number => Number(row.startUnixNs);
  return Math.max(...rows.map((row) => of(row) + row.durationNs)) - Math.min(...rows.map(of));
}

/** What the index says of profiles that became one: the sums of what it said of each. */
export function mergedRow(rows: readonly ProfileRow[]): ProfileRow {
  const [first, last] = [rows[0], rows.at(-1)] as [ProfileRow, ProfileRow];
  const sum = (of: (row: ProfileRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const numbers = `${/\d+/.exec(first.file)?.[0]}-${/(\d+)\.pb/.exec(last.file)?.[1]}`;
  return {
    file: `${captureFiles.profiles}/${first.kind}-${numbers}.pb.gz`,
    kind: first.kind,
    startUnixNs: first.startUnixNs,
    ...(first.atNs !== undefined && { atNs: first.atNs }),
    durationNs: wholeNs(rows),
    samples: sum((row) => row.samples),
    totalNs: sum((row) => row.totalNs),
    reachedRoot: sum((row) => row.reachedRoot),
    inferred: sum((row) => row.inferred),
    frames: sum((row) => row.frames),
    framesNamed: sum((row) => row.framesNamed),
    windows: sum((row) => row.windows),
    replaces: rows.map((row) => row.file),
  };
}
