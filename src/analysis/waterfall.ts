// Where was a slow buffer, and for how long? Its spans in the order of their nesting, with what each took itself and what passed
// between two threads.
// SPDX-License-Identifier: MPL-2.0

import type { RecordedSpan, RecordedTrace } from "../model/recorded-traces.js";
import type { Recording } from "../model/recording.js";
import type { SlowBuffer, SlowBufferSpan } from "../model/summary.js";

/** Slowest first; null without spans. */
export function slowBuffers(capture: Recording): { traces: number; spans: number; slowest: SlowBuffer[] } | null {
  const { traces } = capture;
  if (traces === null || traces.spans === 0) return null;
  const place = placesOf(capture);
  const slowest = traces.slowest.map((trace) => slowBuffer(trace, place));
  return { traces: traces.traces, spans: traces.spans, slowest };
}

type PlaceOf = (pad: number) => { element: string; pipeline: string; pad: string };

function placesOf({ topology }: Recording): PlaceOf {
  const elements = new Map(topology.elements.map((e) => [e.id, e]));
  const pads = new Map(topology.pads.map((p) => [p.id, p]));
  return (id) => {
    const pad = pads.get(id);
    const element = elements.get(pad?.element ?? -1);
    return { element: element?.path ?? "", pipeline: element?.pipeline ?? "", pad: pad?.name ?? "" };
  };
}

function slowBuffer(trace: RecordedTrace, place: PlaceOf): SlowBuffer {
  const spans = nested(trace.spans).map(([span, depth]): SlowBufferSpan => {
    const { element, pad } = place(span.pad);
    const { startNs, durationNs, thread, slow } = span;
    const { ownNs, waitedNs, waitedPad } = ownAndWait(span, trace.spans);
    const waitedIn = waitedPad < 0 ? "" : place(waitedPad).element;
    return { element, pad, depth, startNs, durationNs, ownNs, waitedNs, waitedIn, thread, slow };
  });
  return {
    trace: trace.id,
    pipeline: place(trace.spans[0]?.pad ?? -1).pipeline,
    startUnixNs: String(trace.startUnixNs),
    atNs: trace.atNs,
    durationNs: trace.durationNs,
    spans,
    more: trace.more,
  };
}

/** A parent before its children, children by their begin; what has lost its parent stands outside. */
function nested(spans: readonly RecordedSpan[]): [RecordedSpan, number][] {
  const ids = new Set(spans.map(({ id }) => id));
  const children = new Map<string, RecordedSpan[]>();
  for (const span of spans) {
    const parent = span.parent !== null && ids.has(span.parent) ? span.parent : "";
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const ordered: [RecordedSpan, number][] = [];
  const seen = new Set<string>();
  const visit = (parent: string, depth: number): void => {
    for (const span of children.get(parent) ?? []) {
      if (seen.has(span.id)) continue;
      seen.add(span.id);
      ordered.push([span, depth]);
      visit(span.id, depth + 1);
    }
  };
  visit("", 0);
  // Spans of a damaged file may be parents of each other: no outermost span leads to these.
  for (const { parent } of spans) visit(parent ?? "", 0);
  return ordered;
}

/** Without what it called in its thread; and how long after its parent's end it began in another one. */
function ownAndWait(span: RecordedSpan, all: readonly RecordedSpan[]) {
  const parent = all.find(({ id }) => id === span.parent);
  const within = all.filter(({ parent: of, tid }) => of === span.id && tid === span.tid);
  const called = within.reduce((ns, { durationNs }) => ns + durationNs, 0);
  const gap = parent === undefined || parent.tid === span.tid ? 0 : span.startNs - (parent.startNs + parent.durationNs);
  const waitedPad = gap > 0 ? (parent?.pad ?? -1) : -1;
  return { ownNs: Math.max(0, span.durationNs - called), waitedNs: Math.max(0, gap), waitedPad };
}

export interface Part {
  element: string;
  ns: number;
  /** "waiting in": between two threads. */
  what: "in" | "waiting in";
}

/** What took longest, largest first. */
export function largestParts({ spans }: SlowBuffer, most: number): Part[] {
  const parts = spans.flatMap(({ element, ownNs, waitedNs, waitedIn }): Part[] => [
    { element, ns: ownNs, what: "in" },
    { element: waitedIn, ns: waitedNs, what: "waiting in" },
  ]);
  return parts
    .filter(({ ns }) => ns > 0)
    .sort((a, b) => b.ns - a.ns)
    .slice(0, most);
}
