// Which buffers took longest? One pass over spans.ndjson, whatever its size: a trace is held while it is under way, and of those
// that are over only the slowest of each pad that they began at.
// SPDX-License-Identifier: MPL-2.0

import type { RecordedSpan, RecordedTrace, RecordedTraces } from "../model/recorded-traces.js";
import { amount, flag, instant, parseObject, text } from "./fields.js";
import { eachLine } from "./lines.js";

const SLOWEST = 10;
/** One pad must not fill the list. */
const OF_ONE_PAD = 2;
const MAX_PADS = 1000;
const MAX_SPANS = 400;
/** Traces under way and their spans; when there are more, the older half is over. */
const MAX_OPEN = 4000;
const MAX_HELD = 200_000;

/** `at`: since the capture's begin, where that is known, for the wall clock may have been set within a trace; else Unix time. */
export type TimedSpan = RecordedSpan & { at: bigint; unix: bigint };

interface Open {
  start: bigint;
  end: bigint;
  unix: bigint;
  rootPad: number;
  spans: TimedSpan[];
  more: number;
}

export async function readTraces(path: string): Promise<RecordedTraces> {
  const slow = new SlowTraces();
  await eachLine(path, ({ text: line, whole }) => {
    if (!slow.add(line) && whole) slow.broken++;
  });
  return slow.end();
}

export class SlowTraces {
  broken = 0;
  #traces = 0;
  #spans = 0;
  /** Of the open ones. */
  #held = 0;
  readonly #open = new Map<string, Open>();
  /** By the pad that they began at. */
  readonly #best = new Map<number, RecordedTrace[]>();

  /** False: no span. */
  add(line: string): boolean {
    const read = parseSpan(line);
    if (read === null) return false;
    const { trace, span } = read;
    this.#spans++;
    const known = this.#open.get(trace);
    if (known === undefined) this.#begin(trace, span);
    else extend(known, span);
    this.#held++;
    if (this.#held >= MAX_HELD) this.#close(Math.ceil(this.#open.size / 2));
    return true;
  }

  end(): RecordedTraces {
    this.#close(this.#open.size);
    const slowest = [...this.#best.values()].flat().sort((a, b) => b.durationNs - a.durationNs);
    return { traces: this.#traces, spans: this.#spans, broken: this.broken, slowest: slowest.slice(0, SLOWEST) };
  }

  #begin(trace: string, span: TimedSpan): void {
    if (this.#open.size >= MAX_OPEN) this.#close(MAX_OPEN / 2);
    this.#traces++;
    const end = span.at + BigInt(span.durationNs);
    this.#open.set(trace, { start: span.at, end, unix: span.unix, rootPad: span.pad, spans: [span], more: 0 });
  }

  #close(most: number): void {
    let left = most;
    for (const [id, open] of this.#open) {
      if (left-- <= 0) return;
      this.#open.delete(id);
      this.#held -= open.spans.length + open.more;
      this.#keep(id, open);
    }
  }

  #keep(id: string, { start, end, unix, rootPad, spans, more }: Open): void {
    const durationNs = Number(end - start);
    const pad = this.#best.has(rootPad) || this.#best.size < MAX_PADS ? rootPad : 0;
    const best = this.#best.get(pad) ?? [];
    if (best.length === OF_ONE_PAD && (best.at(-1)?.durationNs ?? 0) >= durationNs) return;
    const relative = spans.map(({ at, unix: _, ...span }) => ({ ...span, startNs: Number(at - start) }));
    relative.sort((a, b) => a.startNs - b.startNs || b.durationNs - a.durationNs);
    const atNs = start === unix ? null : Number(start);
    best.push({ id, startUnixNs: unix, atNs, durationNs, spans: relative, more });
    best.sort((a, b) => b.durationNs - a.durationNs);
    this.#best.set(pad, best.slice(0, OF_ONE_PAD));
  }
}

function extend(open: Open, span: TimedSpan): void {
  const end = span.at + BigInt(span.durationNs);
  if (end > open.end) open.end = end;
  if (span.at < open.start) [open.start, open.unix] = [span.at, span.unix];
  // Written when they end: what holds the others comes last.
  if (span.parent === null) open.rootPad = span.pad;
  if (open.spans.length >= MAX_SPANS) {
    open.more++;
    open.spans.shift();
  }
  open.spans.push(span);
}

/** One line of spans.ndjson; null when it is none. */
export function parseSpan(line: string): { trace: string; span: TimedSpan } | null {
  const json = parseObject(line) ?? {};
  const [trace, id, parent] = [text(json.trace), text(json.span), text(json.parent)];
  if (trace === "" || id === "") return null;
  const unix = instant(json.startUnixNs);
  const span = {
    id,
    parent: parent === "" ? null : parent,
    at: typeof json.atNs === "number" ? BigInt(Math.round(amount(json.atNs))) : unix,
    unix,
    startNs: 0,
    durationNs: Math.round(amount(json.durationNs)),
    pad: amount(json.pad),
    thread: text(json.thread),
    tid: amount(json.tid),
    bytes: amount(json.bytes),
    flow: text(json.flow),
    slow: flag(json.slow),
  };
  return { trace, span };
}
