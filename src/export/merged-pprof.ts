// How do the profiles of a capture become one pprof? Equal stacks of equal labels add up; addresses, lines and build-ids stay.
// SPDX-License-Identifier: MPL-2.0

import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Profile } from "pprof-format";
import { count } from "../analysis/units.js";
import { Pprof } from "../capture/pprof.js";
import { MergedProfile } from "../capture/profile-merge.js";
import { profileWindows } from "../capture/profile-windows.js";
import { attempt } from "../model/attempt.js";
import { type Chunks, type ExportSource, isWanted, noTime, shown } from "./source.js";

const zip = promisify(gzip);

/** Stacks that are held, with their labels: about a kilobyte each. Beyond, the lightest half becomes one stack for each label set. */
const MOST_STACKS = 300_000;

export async function mergedPprof(source: ExportSource, most = MOST_STACKS): Promise<Chunks> {
  const { dir, capture, kind, range, note } = source;
  const { durationNs } = capture.facts.target;
  const ofRange = range === null ? durationNs : Math.min(range.toNs, durationNs) - Math.max(0, range.fromNs);
  const wants = source.elements === null ? {} : { wants: (path: string) => isWanted(source, { path }) };
  let merged = new MergedProfile({ durationNs: Math.max(0, ofRange), text: (text) => shown(text), ...wants });
  let folded = false;
  for await (const { bytes } of profileWindows(dir, capture.facts, kind, range ?? undefined)) {
    if (!isReadable(bytes)) continue;
    merged.add(Profile.decode(bytes));
    if (merged.samples <= most) continue;
    merged = merged.folded(most / 2);
    folded = true;
  }
  if (merged.samples === 0) throw noTime(kind);
  if (folded)
    note(`pprof: more than ${count(most)} different stacks; the lightest are "(other stacks)" of their element`);
  return [await zip(merged.encode(most))];
}

/** As reading the capture sees it: what that leaves out is left out here. */
const isReadable = (bytes: Buffer): boolean =>
  attempt(() => {
    new Pprof(bytes).nanosecondValue();
    return true;
  }, false);
