// How does a window become pprof? Names and labels are found here; the addon encodes, and splits what is too large for a server.
// SPDX-License-Identifier: MPL-2.0

import { OVERFLOW } from "../model/label-policy.js";
import { type Label, sanitizeLabels } from "../model/labels.js";
import type { ProfileCounts } from "../model/recorded-profiles.js";
import { FOLDED_FRAME } from "../model/symbol.js";
import { LEAF_FRAMES, WAIT_CPU } from "../model/wire.js";
import type { PprofRows } from "../native.js";
import { type Locations, LocationTable, namedBy } from "./location-table.js";
import { NameColumns } from "./name-columns.js";
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
const PART_GAP_NS = 1_000_000;

/** The profiles of one kind of a window, none when it is empty. Sums over all parts equal the window's. */
export function encodeProfiles(window: Window, request: ProfileRequest): EncodedProfile[] {
  const limits = request.limits ?? profileLimits;
  const { kind, durationNs, timeNanos, sampleRate, markInferred = false } = request;
  const head = { wall: kind === "wall", timeNanos, ...times(durationNs, sampleRate), markInferred };
  const names = new NameColumns();
  const table = new LocationTable(window, request, names);
  const rows = rowsOf(window, request, table, names);
  const most = { mostBytes: limits.bytes, mostSamples: limits.samples, partGapNs: PART_GAP_NS };
  return request
    .encode(
      { ...head, ...most },
      rows,
      names.columns((location) => table.namedBy(location)),
    )
    .map(({ frames, ...part }) => ({ ...part, kind, durationNs, ...framesBy(frames) }));
}

/** As whole nanoseconds. */
export const times = (durationNs: number, sampleRate: number) => ({
  durationNs: Math.max(0, Math.round(durationNs)),
  periodNs: Math.round(1e9 / Math.max(sampleRate, 1)),
});

/** Those that this kind of profile has. */
function rowsOf(window: Window, request: ProfileRequest, table: LocationTable, names: NameColumns): PprofRows {
  const rows = window.rows.filter(({ wait }) => request.kind === "wall" || wait === ON_CPU);
  const locations = rows.map((row) => locationsOf(row, table, names));
  const column = (of: (row: Row) => number): Float64Array => Float64Array.from(rows, of);
  const labelSet = labelSetsOf(rows, request, names);
  const waitedIn = ({ wait }: Row): number => (wait === ON_CPU ? 0 : names.text(request.wait(wait)));
  return {
    ...joined(locations),
    labelSet,
    span: BigUint64Array.from(rows, ({ span }) => span),
    wait: Int32Array.from(rows, ({ wait }) => wait),
    waitedIn: Uint32Array.from(rows, waitedIn),
    weightNs: column(({ weightNs }) => weightNs),
    samples: column(({ samples }) => samples),
    reachedRoot: column(({ reachedRoot }) => reachedRoot),
    inferred: column(({ inferred }) => inferred),
  };
}

/** One behind the other. */
export function joined(stacks: readonly ArrayLike<number>[]): Pick<PprofRows, "locations" | "locationEnd"> {
  let end = 0;
  const locationEnd = Uint32Array.from(stacks, ({ length }) => {
    end += length;
    return end;
  });
  const locations = new Uint32Array(end);
  stacks.forEach((stack, i) => {
    locations.set(stack, (locationEnd[i] ?? 0) - stack.length);
  });
  return { locations, locationEnd };
}

/** By row; in the order of the window's own numbers. */
function labelSetsOf(rows: readonly Row[], request: ProfileRequest, names: NameColumns): Uint32Array {
  const numbers = [...new Set(rows.map(({ labelSet }) => labelSet))].sort((a, b) => a - b);
  const known = new Map(numbers.map((set) => [set, names.labelSet(sanitizeLabels(labelsOf(set, request)))]));
  return Uint32Array.from(rows, ({ labelSet }) => known.get(labelSet) ?? 0);
}

/** Of frames counted by the numbers of `namedBy`. */
export function framesBy(frames: Float64Array) {
  const of = (by: keyof typeof namedBy): number => frames[namedBy[by]] ?? 0;
  const [framesNamed, framesByType, framesByRole] = [of("symbol"), of("type"), of("role")];
  return { frames: frames.reduce((sum, n) => sum + n, 0), framesNamed, framesByType, framesByRole };
}

export function labelsOf(labelSet: number, request: Pick<ProfileRequest, "labels">): Iterable<Label> {
  return labelSet === OTHER_LABELS ? [["element", OVERFLOW]] : request.labels(labelSet);
}

/** Leaf first. */
export function locationsOf(row: Row, table: LocationTable, places: Locations): ArrayLike<number> {
  if (row.folded) return [places.synthetic(FOLDED_FRAME)];
  if (row.stack.length === 0) return [places.synthetic(row.wait === WAIT_CPU ? RUNNABLE_FRAME : EMPTY_FRAME)];
  const locations = new Uint32Array(row.stack.length);
  for (let i = 0; i < locations.length; i++) locations[i] = table.id(row.stack, i);
  if (!row.truncated) return locations;
  const marked = Array.from(locations);
  marked.splice(LEAF_FRAMES, 0, places.synthetic(TRUNCATED_FRAME));
  return marked;
}
