// Which profiles of a capture were taken when? One window after the other, each in memory only while it is looked at.
// SPDX-License-Identifier: MPL-2.0

import { join } from "node:path";
import type { CaptureFile, ProfileRow } from "./format.js";
import { readWhole } from "./open.js";
import { MAX_PROFILE_BYTES, MAX_TOTAL_BYTES, presentProfiles } from "./profiles.js";
import { unpacked } from "./stacks.js";

/** Nanoseconds since the capture's begin. */
export interface TimeRange {
  fromNs: number;
  toNs: number;
}

export interface ProfileWindow extends TimeRange {
  kind: ProfileRow["kind"];
  /** pprof, unpacked. */
  bytes: Buffer;
  /** Several windows may have been merged into it. */
  windows: number;
  /** False: no line of the index has it, so its time is not known. */
  listed: boolean;
}

const always: TimeRange = { fromNs: Number.NEGATIVE_INFINITY, toNs: Number.POSITIVE_INFINITY };

/**
 * By begin; the windows of a `kind` that touch `range`. One that cannot be read is left out: reading the capture has told of it. The
 * bytes of all together have the limit that a capture has.
 */
export async function* profileWindows(
  dir: string,
  file: CaptureFile,
  kind: ProfileRow["kind"],
  range = always,
): AsyncGenerator<ProfileWindow> {
  const places = (await presentProfiles(dir, file, []))
    .filter(({ name }) => name.includes(`/${kind}-`))
    .map(({ name, row }) => ({ name, windows: row?.windows ?? 1, listed: row !== undefined, ...timeOf(row, file) }))
    .filter(({ fromNs, toNs, listed }) => (listed ? fromNs < range.toNs && toNs > range.fromNs : range === always))
    .sort((a, b) => a.fromNs - b.fromNs);
  let left = MAX_TOTAL_BYTES;
  for (const { name, ...place } of places) {
    if (left <= 0) return;
    const bytes = await unpackedFile(join(dir, name));
    if (bytes === null) continue;
    left -= bytes.length;
    yield { kind, bytes, ...place };
  }
}

async function unpackedFile(path: string): Promise<Buffer | null> {
  try {
    return unpacked(await readWhole(path, MAX_PROFILE_BYTES));
  } catch {
    return null;
  }
}

/** Of an older capture, whose rows have the wall clock's time alone, by that. */
function timeOf(row: ProfileRow | undefined, { clock, target }: CaptureFile): TimeRange {
  if (row === undefined) return { fromNs: target.durationNs, toNs: target.durationNs };
  const fromNs = row.atNs ?? Math.max(0, Number(BigInt(row.startUnixNs) - BigInt(clock.unixNs)));
  return { fromNs, toNs: fromNs + row.durationNs };
}
