// How does a span look to OTLP? Bytes of opentelemetry.proto.trace.v1.Span; what every push of a pad says is encoded once.
// SPDX-License-Identifier: MPL-2.0

import { ProtoWriter } from "../encoding/proto-writer.js";
import { hex64, SPAN_NAME, type SpanBatch } from "../model/spans.js";
import { flowNames, SPAN_REMOTE, SPAN_SLOW, SPAN_UNDER_CAP, spanKinds } from "../model/wire.js";
import type { TraceLink } from "./trace-parent.js";

/** A value of an attribute; numbers are whole. */
export type Value = string | number | boolean;
export type Attributes = Record<string, Value>;

export interface SpanFacts {
  /** What is the same for all spans of this hop and kind. */
  hop: (pad: number, peer: number) => Attributes;
  threadName: (id: number) => string;
  /** Unix minus CLOCK_MONOTONIC, nanoseconds; another one after the wall clock was set. */
  offsetNs: bigint;
  /** CLOCK_MONOTONIC when the target began. */
  beganNs: number;
  /** `ot=th:…` of the ratio. */
  state: string;
  link: TraceLink | undefined;
}

const INTERNAL = 1;
const ERROR = 2;
/** Returns that are failures, not ends. */
const failures = new Set(["not-negotiated", "error", "not-supported", "not-linked"]);
const SAMPLED = 1;
const KNOWS_REMOTE = 0x100;
const IS_REMOTE = 0x200;
const MAX_KNOWN = 4096;
/** Of one attribute at a time; a writer for each would be most of the work. */
const any = new ProtoWriter();
const pair = new ProtoWriter();

export class SpanEncoder {
  readonly #facts: SpanFacts;
  readonly #writer = new ProtoWriter();
  readonly #link: Uint8Array | undefined;
  readonly #hops = new Map<string, Uint8Array>();

  constructor(facts: SpanFacts) {
    this.#facts = facts;
    this.#link = facts.link === undefined ? undefined : linkBytes(facts.link);
  }

  /** A Span message of its own bytes. */
  encode(batch: SpanBatch, i: number): Uint8Array {
    const w = this.#writer;
    const flags = batch.flags[i] ?? 0;
    const begin = BigInt(batch.startNs[i] ?? 0) + this.#facts.offsetNs;
    const parent = batch.parent[i] ?? 0n;
    w.clear();
    w.message(1, idBytes(batch.traceHigh[i] ?? 0n, batch.traceLow[i] ?? 0n));
    w.message(2, idBytes(batch.id[i] ?? 0n));
    if ((flags & (SPAN_SLOW | SPAN_UNDER_CAP)) === 0 && this.#facts.state !== "") w.text(3, this.#facts.state);
    if (parent !== 0n) w.message(4, idBytes(parent));
    w.text(5, SPAN_NAME);
    w.number(6, INTERNAL);
    w.fixed64(7, begin);
    w.fixed64(8, begin + BigInt(batch.durationNs[i] ?? 0));
    w.append(this.#hop(batch, i));
    this.#own(batch, i);
    if (this.#link !== undefined) w.message(13, this.#link);
    if (failures.has(this.#flow(batch, i))) w.message(15, Uint8Array.of(0x18, ERROR));
    w.fixed32(16, SAMPLED | KNOWS_REMOTE | ((flags & SPAN_REMOTE) !== 0 ? IS_REMOTE : 0));
    return Buffer.from(w.view());
  }

  #flow(batch: SpanBatch, i: number): string {
    return flowNames[batch.flow[i] ?? 0] ?? "other";
  }

  /** What differs from span to span. */
  #own(batch: SpanBatch, i: number): void {
    const w = this.#writer;
    const flow = this.#flow(batch, i);
    attribute(w, "gstreamer.flow.return", flow);
    if (failures.has(flow)) attribute(w, "error.type", flow);
    attribute(w, "gstreamer.buffer.size", batch.bytes[i] ?? 0);
    const buffers = batch.buffers[i] ?? 0;
    if (buffers !== 1) attribute(w, "gstreamer.buffer.count", buffers);
    const pts = batch.pts[i] ?? -1;
    if (pts >= 0) attribute(w, "gstreamer.buffer.pts", pts);
    attribute(w, "thread.id", batch.tid[i] ?? 0);
    const thread = this.#facts.threadName(batch.thread[i] ?? 0);
    if (thread !== "") attribute(w, "thread.name", thread);
    if (((batch.flags[i] ?? 0) & SPAN_SLOW) !== 0) attribute(w, "gstreamer.slow", true);
    attribute(w, "pyroscope.profile.id", hex64(batch.id[i] ?? 0n));
  }

  #hop(batch: SpanBatch, i: number): Uint8Array {
    const [pad = 0, peer = 0, kind = 0] = [batch.pad[i], batch.peer[i], batch.kind[i]];
    const key = `${pad} ${peer} ${kind}`;
    let bytes = this.#hops.get(key);
    if (bytes === undefined) {
      const w = new ProtoWriter();
      attribute(w, "gstreamer.pad.kind", spanKinds[kind] ?? "");
      for (const [name, value] of Object.entries(this.#facts.hop(pad, peer))) attribute(w, name, value);
      bytes = Buffer.from(w.view());
      if (this.#hops.size >= MAX_KNOWN) this.#hops.clear();
      this.#hops.set(key, bytes);
    }
    return bytes;
  }
}

/** What a scope has; used again: a writer for each request would leave several times its size behind, as it grows. */
const scopeSpans = new ProtoWriter();

/** An ExportTraceServiceRequest of one resource and scope. */
export function exportRequest(resource: Attributes, version: string, spans: readonly Uint8Array[]): Uint8Array {
  const resourceWriter = new ProtoWriter();
  for (const [name, value] of Object.entries(resource)) attribute(resourceWriter, name, value, 1);
  const scope = new ProtoWriter();
  scope.text(1, "gst-pyroscope");
  scope.text(2, version);
  scopeSpans.clear();
  scopeSpans.message(1, scope.view());
  for (const span of spans) scopeSpans.message(2, span);
  const resourceSpans = new ProtoWriter();
  resourceSpans.message(1, resourceWriter.view());
  resourceSpans.head(2, scopeSpans.length);
  const request = new ProtoWriter();
  request.head(1, resourceSpans.length + scopeSpans.length);
  return Buffer.concat([request.view(), resourceSpans.view(), scopeSpans.view()]);
}

function attribute(w: ProtoWriter, name: string, value: Value, field = 9): void {
  any.clear();
  pair.clear();
  if (typeof value === "string") any.text(1, value);
  else if (typeof value === "boolean") any.append(Uint8Array.of(0x10, value ? 1 : 0));
  else {
    any.varint(3 << 3);
    any.varint(value);
  }
  pair.text(1, name);
  pair.message(2, any.view());
  w.message(field, pair.view());
}

function linkBytes({ traceId, spanId, sampled }: TraceLink): Uint8Array {
  const w = new ProtoWriter();
  w.message(1, Buffer.from(traceId, "hex"));
  w.message(2, Buffer.from(spanId, "hex"));
  w.fixed32(6, (sampled ? SAMPLED : 0) | KNOWS_REMOTE | IS_REMOTE);
  return Buffer.from(w.view());
}

function idBytes(...parts: bigint[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(parts.length * 8);
  parts.forEach((part, i) => {
    bytes.writeBigUInt64BE(part, i * 8);
  });
  return bytes;
}
