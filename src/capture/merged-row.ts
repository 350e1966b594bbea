// What does the index say of a profile that several became? Pure.
// SPDX-License-Identifier: MPL-2.0

import { countNames } from "../model/profile-counts.js";
import { captureFiles, type ProfileRow } from "./format.js";

/** So many become one. Each merge writes an eighth again; of two it would be as much as came. */
export const FAN = 8;

/** How often it was merged: profiles of one grade are equally coarse. */
export const gradeOf = ({ windows }: ProfileRow): number => Math.round(Math.log(windows) / Math.log(FAN));

/** Nanoseconds since the capture's begin on CLOCK_MONOTONIC; of an older version, Unix time. */
export const beginNs = (row: ProfileRow): number => row.atNs ?? Number(row.startUnixNs);

/** From the first one's begin to the last one's end. */
export function wholeNs(rows: readonly ProfileRow[]): number {
  const even = rows.every(({ atNs }) => atNs !== undefined);
  const of = even ? beginNs : (row: ProfileRow): number => Number(row.startUnixNs);
  return Math.max(...rows.map((row) => of(row) + row.durationNs)) - Math.min(...rows.map(of));
}

const [samples, ...otherCounts] = countNames;
/** In the order in which a row has them. */
const summed = [samples, "totalNs", ...otherCounts, "windows"] as const;

/** What the index says of profiles that became one: the sums of what it said of each. */
export function mergedRow(rows: readonly ProfileRow[]): ProfileRow {
  const [first, last] = [rows[0], rows.at(-1)] as [ProfileRow, ProfileRow];
  const sum = (name: (typeof summed)[number]): number => rows.reduce((total, row) => total + row[name], 0);
  const numbers = `${/\d+/.exec(first.file)?.[0]}-${/(\d+)\.pb/.exec(last.file)?.[1]}`;
  return {
    file: `${captureFiles.profiles}/${first.kind}-${numbers}.pb.gz`,
    kind: first.kind,
    startUnixNs: first.startUnixNs,
    ...(first.atNs !== undefined && { atNs: first.atNs }),
    durationNs: wholeNs(rows),
    ...(Object.fromEntries(summed.map((name) => [name, sum(name)])) as Pick<ProfileRow, (typeof summed)[number]>),
    replaces: rows.map((row) => row.file),
  };
}
