// How does a window become pprof that every server and `go tool pprof` takes? Pure; splits what is too large for a server.
// SPDX-License-Identifier: MPL-2.0

import { type LabelName, OVERFLOW } from "../model/label-policy.js";
import { type Label, sanitizeLabels } from "../model/labels.js";
import type { ProfileCounts } from "../model/recorded-profiles.js";
import { hex64 } from "../model/spans.js";
import { FOLDED_FRAME } from "../model/symbol.js";
import { LEAF_FRAMES, WAIT_CPU } from "../model/wire.js";
import { type Locations, LocationTable, namedBy } from "./location-table.js";
import { PprofBuilder } from "./pprof-builder.js";
import { type ProfileKind, type ProfileRequest, profileLimits } from "./request.js";
import { ON_CPU, OTHER_LABELS, type Row, type Window } from "./window.js";

/** One profile with what pprof has no place for. */
export interface EncodedProfile extends ProfileCounts {
  kind: ProfileKind;
  /** Not compressed. */
  bytes: Uint8Array;
  timeNanos: bigint;
  durationNs: number;
  /** Of its samples, those that the window's other profiles do not have. */
  uniqueSamples: number;
  totalNs: number;
}

export const EMPTY_FRAME = "(no stack)";
/** Its thread could run and waited for a CPU: where its code was is known only until it runs on. */
export const RUNNABLE_FRAME = "(runnable)";
export const TRUNCATED_FRAME = "(frames left out)";
/**
 * Servers keep one profile a series and instant. The newer Pyroscope storage compares nanoseconds, the older one milliseconds:
 * there a part that is only a nanosecond away vanishes although it was acknowledged (60 of 60 times; never at 1 ms).
 */
const PART_GAP_NS = 1_000_000n;

/** The profiles of one kind of a window, none when it is empty. Sums over all parts equal the window's. */
export function encodeProfiles(window: Window, request: ProfileRequest): EncodedProfile[] {
  const limits = request.limits ?? profileLimits;
  const parts: EncodedProfile[] = [];
  // Rows of one label set side by side: a part then has few series and few strings.
  const wanted = window.rows.filter(({ wait }) => request.kind === "wall" || wait === ON_CPU);
  const waiting = [wanted.sort((a, b) => a.labelSet - b.labelSet)];
  for (let rows = waiting.pop(); rows !== undefined; rows = waiting.pop()) {
    if (rows.length > limits.samples) {
      waiting.push(...split(rows, rows.length / limits.samples));
    } else if (rows.length > 0) {
      const { builder, sums } = build(window, rows, request, request.timeNanos + PART_GAP_NS * BigInt(parts.length));
      const bytes = builder.encode();
      if (rows.length > 1 && bytes.length > limits.bytes)
        waiting.push(...split(rows, (1.2 * bytes.length) / limits.bytes));
      else parts.push({ kind: request.kind, bytes, ...builder.head, ...sums });
    }
  }
  return parts;
}

/** The last piece first, as a stack of work wants it. */
function split(rows: Row[], pieces: number): Row[][] {
  const size = Math.ceil(rows.length / Math.ceil(Math.max(pieces, 2)));
  const parts: Row[][] = [];
  for (let at = 0; at < rows.length; at += size) parts.unshift(rows.slice(at, at + size));
  return parts;
}

function build(window: Window, rows: Row[], request: ProfileRequest, timeNanos: bigint) {
  const { kind, durationNs, sampleRate } = request;
  const builder = new PprofBuilder({ kind, timeNanos, durationNs, sampleRate });
  const sums = { samples: 0, uniqueSamples: 0, totalNs: 0, reachedRoot: 0, inferred: 0 };
  const frames = new Float64Array(Object.keys(namedBy).length);
  const labels = new Map<number, Uint8Array>();
  const table = new LocationTable(window, request, builder);
  for (const row of rows) {
    let set = labels.get(row.labelSet);
    if (set === undefined) {
      set = builder.labels(sanitizeLabels(labelsOf(row.labelSet, request)));
      labels.set(row.labelSet, set);
    }
    const locations = locationsOf(row, table, builder, frames);
    builder.sample(locations, row.weightNs, set, builder.labels(ownLabels(row, request)));
    sums.samples += row.samples;
    if (kind === "cpu" || row.wait !== ON_CPU) sums.uniqueSamples += row.samples;
    sums.totalNs += row.weightNs;
    sums.reachedRoot += row.reachedRoot;
    sums.inferred += row.inferred;
  }
  return { builder, sums: { ...sums, ...framesBy(frames) } };
}

/** Of frames counted by the numbers of `namedBy`. */
export function framesBy(frames: Float64Array) {
  const of = (by: keyof typeof namedBy): number => frames[namedBy[by]] ?? 0;
  const [framesNamed, framesByType, framesByRole] = [of("symbol"), of("type"), of("role")];
  return { frames: frames.reduce((sum, n) => sum + n, 0), framesNamed, framesByType, framesByRole };
}

/** What a row has besides its label set. */
function ownLabels({ span, wait, inferred }: Row, request: ProfileRequest): (Label & readonly [LabelName, string])[] {
  const labels: (Label & readonly [LabelName, string])[] = [];
  if (span !== 0n) labels.push(["span_id", hex64(span)]);
  if (wait !== ON_CPU) labels.push(["blocked_on", request.wait(wait)]);
  if (request.markInferred && inferred > 0) labels.push(["inferred", "1"]);
  return labels;
}

export function labelsOf(labelSet: number, request: Pick<ProfileRequest, "labels">): Iterable<Label> {
  return labelSet === OTHER_LABELS ? [["element", OVERFLOW]] : request.labels(labelSet);
}

/** Leaf first. Its frames are counted in `frames`, by what named them. */
export function locationsOf(
  row: Row,
  table: LocationTable,
  builder: Locations,
  frames: Float64Array,
): ArrayLike<number> {
  if (row.folded) return [builder.synthetic(FOLDED_FRAME)];
  if (row.stack.length === 0) return [builder.synthetic(row.wait === WAIT_CPU ? RUNNABLE_FRAME : EMPTY_FRAME)];
  const locations = new Uint32Array(row.stack.length);
  for (let i = 0; i < locations.length; i++) {
    const location = table.id(row.stack, i);
    locations[i] = location;
    const by = table.namedBy(location);
    frames[by] = (frames[by] ?? 0) + row.samples;
  }
  if (!row.truncated) return locations;
  const marked = Array.from(locations);
  marked.splice(LEAF_FRAMES, 0, builder.synthetic(TRUNCATED_FRAME));
  return marked;
}
