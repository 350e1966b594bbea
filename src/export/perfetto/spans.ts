// How are the spans of traced buffers drawn? Each in its thread, inside of the one that called it, with an arrow from the thread that it came from.
// SPDX-License-Identifier: MPL-2.0

import { join } from "node:path";
import { count } from "../../analysis/units.js";
import { captureFiles } from "../../capture/format.js";
import { eachLine } from "../../capture/lines.js";
import type { TimeRange } from "../../capture/profile-windows.js";
import { parseSpan, type TimedSpan } from "../../capture/traces.js";
import type { RecordedTopology } from "../../model/recording.js";
import type { ExportSource } from "../source.js";
import { helps, type Tracks } from "./tracks.js";

/** Held in memory, to be put in order; a span takes some hundred bytes. */
const MOST_SPANS = 500_000;
/** Spans that overlap in a thread without one inside of the other have tracks of their own. */
const MOST_LANES = 8;

export interface DrawnSpan
  extends Pick<TimedSpan, "id" | "parent" | "pad" | "thread" | "tid" | "bytes" | "flow" | "slow"> {
  trace: string;
  fromNs: number;
  toNs: number;
}

/** In the order in which they began, what contains others first. */
export async function spansOf({ dir, capture, range, note }: ExportSource, most = MOST_SPANS): Promise<DrawnSpan[]> {
  if (capture.traces === null) return [];
  const spans: DrawnSpan[] = [];
  let more = 0;
  const began = BigInt(capture.facts.clock.unixNs);
  await eachLine(join(dir, captureFiles.spans), ({ text }) => {
    const read = parseSpan(text);
    if (read === null) return;
    const span = drawn(read.trace, read.span, began);
    if (range !== null && !touches(span, range)) return;
    if (spans.length < most) spans.push(span);
    else more++;
  });
  if (more > 0)
    note(`perfetto: more than ${count(most)} spans; ${count(more)} were left out: --from and --to choose others`);
  return spans.sort((a, b) => a.fromNs - b.fromNs || b.toNs - a.toNs);
}

const touches = (a: TimeRange, b: TimeRange): boolean => a.fromNs < b.toNs && a.toNs >= b.fromNs;

/** Lines of an older version have the wall clock's time alone. */
function drawn(trace: string, { at, unix, durationNs, ...span }: TimedSpan, began: bigint): DrawnSpan {
  const fromNs = Math.max(0, Number(at === unix ? unix - began : at));
  const { id, parent, pad, thread, tid, bytes, flow, slow } = span;
  return { id, parent, pad, thread, tid, bytes, flow, slow, trace, fromNs, toNs: fromNs + durationNs };
}

/** Names of threads that had one number only. */
export function tidsOf(spans: readonly DrawnSpan[]): Map<string, number> {
  const tids = new Map<string, number>();
  const several = new Set<string>();
  for (const { thread, tid } of spans) {
    if ((tids.get(thread) ?? tid) !== tid) several.add(thread);
    tids.set(thread, tid);
  }
  for (const name of several) tids.delete(name);
  return tids;
}

/** Yields after each span, so that what was written can be taken. */
export function* drawSpans(spans: readonly DrawnSpan[], tracks: Tracks, topology: RecordedTopology): Generator<void> {
  const names = padNames(topology);
  const arrows = arrowsOf(spans);
  const threads = new Map<number, Lane[]>();
  for (const span of spans) {
    const thread = tracks.thread(span.thread, span.tid);
    const lanes = threads.get(thread) ?? [];
    threads.set(thread, lanes);
    const lane = laneFor(lanes, span, (n) =>
      n === 0 ? thread : tracks.below(thread, `overlapping spans ${n}`, { description: helps.spans }),
    );
    closeUntil(lane, span.fromNs, tracks);
    lane.open.push(span.toNs);
    tracks.writer.event({
      type: "begin",
      track: lane.track,
      atNs: span.fromNs,
      name: names.get(span.pad) ?? `pad ${span.pad}`,
      category: "span",
      ...arrows.get(span.id),
      notes: { trace: span.trace, bytes: span.bytes, flow: span.flow, slow: span.slow },
    });
    yield;
  }
  for (const lane of [...threads.values()].flat()) closeUntil(lane, Number.POSITIVE_INFINITY, tracks);
}

/** Spans that are open, outermost first: their ends. */
interface Lane {
  track: number;
  open: number[];
}

/** The first one where the span lies between others, or inside of one. */
function laneFor(lanes: Lane[], { fromNs, toNs }: DrawnSpan, track: (n: number) => number): Lane {
  for (const lane of lanes) {
    const around = lane.open.findLast((end) => end > fromNs);
    if (around === undefined || toNs <= around) return lane;
  }
  const last = lanes.at(-1);
  if (last !== undefined && lanes.length >= MOST_LANES) return last;
  const lane = { track: track(lanes.length), open: [] };
  lanes.push(lane);
  return lane;
}

function closeUntil({ track, open }: Lane, atNs: number, { writer }: Tracks): void {
  for (let end = open.at(-1); end !== undefined && end <= atNs; end = open.at(-1)) {
    open.pop();
    writer.event({ type: "end", track, atNs: end });
  }
}

interface Arrows {
  flows?: bigint[];
  endsFlows?: bigint[];
}

/** From a span to those in other threads that came of it. */
function arrowsOf(spans: readonly DrawnSpan[]): Map<string, Arrows> {
  const byId = new Map(spans.map((span) => [span.id, span]));
  const arrows = new Map<string, Arrows>();
  for (const { id, parent, tid } of spans) {
    const from = parent === null ? undefined : byId.get(parent);
    if (from === undefined || from.tid === tid || !/^[0-9a-f]{1,16}$/.test(id)) continue;
    const flow = BigInt(`0x${id}`);
    arrows.set(from.id, { ...arrows.get(from.id), flows: [...(arrows.get(from.id)?.flows ?? []), flow] });
    arrows.set(id, { ...arrows.get(id), endsFlows: [flow] });
  }
  return arrows;
}

/** "x264enc0.sink" */
function padNames({ elements, pads }: RecordedTopology): Map<number, string> {
  const owners = new Map(elements.map(({ id, name }) => [id, name]));
  return new Map(pads.map(({ id, element, name }) => [id, `${owners.get(element) ?? "(no element)"}.${name}`]));
}
