// How does a span look in a capture? One line of JSON; times are Unix nanoseconds as text, for they are too long for a number.
// SPDX-License-Identifier: MPL-2.0

import { hex64, type SpanBatch } from "../model/spans.js";
import { flowNames, SPAN_SLOW, spanKinds } from "../model/wire.js";
import type { SpanFacts } from "./encoder.js";

type LineFacts = Pick<SpanFacts, "threadName" | "offsetNs" | "beganNs">;

export function spanLine(batch: SpanBatch, i: number, facts: LineFacts): string {
  const parent = batch.parent[i] ?? 0n;
  const pts = batch.pts[i] ?? -1;
  return JSON.stringify({
    trace: hex64(batch.traceHigh[i] ?? 0n) + hex64(batch.traceLow[i] ?? 0n),
    span: hex64(batch.id[i] ?? 0n),
    parent: parent === 0n ? null : hex64(parent),
    startUnixNs: String(BigInt(batch.startNs[i] ?? 0) + facts.offsetNs),
    atNs: Math.max(0, (batch.startNs[i] ?? 0) - facts.beganNs),
    durationNs: batch.durationNs[i] ?? 0,
    kind: spanKinds[batch.kind[i] ?? 0] ?? "",
    pad: batch.pad[i] ?? 0,
    peer: batch.peer[i] ?? 0,
    thread: facts.threadName(batch.thread[i] ?? 0),
    tid: batch.tid[i] ?? 0,
    pts: pts < 0 ? null : pts,
    bytes: batch.bytes[i] ?? 0,
    buffers: batch.buffers[i] ?? 0,
    flow: flowNames[batch.flow[i] ?? 0] ?? "other",
    slow: ((batch.flags[i] ?? 0) & SPAN_SLOW) !== 0,
  });
}
