// How does a window become pprof that every server and `go tool pprof` takes? Pure; splits what is too large for a server.
// SPDX-License-Identifier: MPL-2.0

import { type LabelName, OVERFLOW } from "../model/label-policy.js";
import { type Label, sanitizeLabels } from "../model/labels.js";
import { hex64 } from "../model/spans.js";
import { FOLDED_FRAME } from "../model/symbol.js";
import { LEAF_FRAMES } from "../model/wire.js";
import { LocationTable } from "./location-table.js";
import { PprofBuilder } from "./pprof-builder.js";
import { type ProfileKind, type ProfileRequest, profileLimits } from "./request.js";
import { ON_CPU, OTHER_LABELS, type Row, type Window } from "./window.js";

/** One profile with what pprof has no place for. */
export interface EncodedProfile {
  kind: ProfileKind;
  /** Not compressed. */
  bytes: Uint8Array;
  timeNanos: bigint;
  durationNs: number;
  samples: number;
  /** Of these samples, those that the window's other profiles do not have. */
  uniqueSamples: number;
  totalNs: number;
  reachedRoot: number;
  inferred: number;
  /** Frames of all samples, and how many of them have a name. */
  frames: number;
  framesNamed: number;
}

export const EMPTY_FRAME = "(no stack)";
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
  const sums = { samples: 0, uniqueSamples: 0, totalNs: 0, reachedRoot: 0, inferred: 0, frames: 0, framesNamed: 0 };
  const labels = new Map<number, Uint8Array>();
  const table = new LocationTable(window, request, builder);
  for (const row of rows) {
    let set = labels.get(row.labelSet);
    if (set === undefined) {
      set = builder.labels(sanitizeLabels(labelsOf(row.labelSet, request)));
      labels.set(row.labelSet, set);
    }
    const locations = locationsOf(row, table, builder, sums);
    builder.sample(locations, row.weightNs, set, builder.labels(ownLabels(row, request)));
    sums.samples += row.samples;
    if (kind === "cpu" || row.wait !== ON_CPU) sums.uniqueSamples += row.samples;
    sums.totalNs += row.weightNs;
    sums.reachedRoot += row.reachedRoot;
    sums.inferred += row.inferred;
  }
  return { builder, sums };
}

/** What a row has besides its label set. */
function ownLabels({ span, wait, inferred }: Row, request: ProfileRequest): (Label & readonly [LabelName, string])[] {
  const labels: (Label & readonly [LabelName, string])[] = [];
  if (span !== 0n) labels.push(["span_id", hex64(span)]);
  if (wait !== ON_CPU) labels.push(["blocked_on", request.wait(wait)]);
  if (request.markInferred && inferred > 0) labels.push(["inferred", "1"]);
  return labels;
}

function labelsOf(labelSet: number, request: ProfileRequest): Iterable<Label> {
  return labelSet === OTHER_LABELS ? [["element", OVERFLOW]] : request.labels(labelSet);
}

function locationsOf(
  row: Row,
  table: LocationTable,
  builder: PprofBuilder,
  sums: { frames: number; framesNamed: number },
): ArrayLike<number> {
  if (row.folded) return [builder.synthetic(FOLDED_FRAME)];
  if (row.stack.length === 0) return [builder.synthetic(EMPTY_FRAME)];
  const locations = new Uint32Array(row.stack.length);
  for (let i = 0; i < locations.length; i++) {
    locations[i] = table.id(row.stack, i);
    sums.framesNamed += row.samples * table.named(locations[i] ?? 0);
  }
  sums.frames += row.samples * row.stack.length;
  if (!row.truncated) return locations;
  const marked = Array.from(locations);
  marked.splice(LEAF_FRAMES, 0, builder.synthetic(TRUNCATED_FRAME));
  return marked;
}
