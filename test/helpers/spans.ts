// How does a test write down spans? As rows; here they become records of a target's ring, or what a collector gets of them.

import { ProtoWriter } from "../../src/encoding/proto-writer.js";
import { SpanRun } from "../../src/model/span-run.js";
import type { SegmentTarget } from "./segment-target.js";

export interface SpanRow {
  trace?: bigint;
  id?: bigint;
  parent?: bigint;
  startNs?: bigint | number;
  durationNs?: bigint | number;
  pts?: bigint | number;
  bytes?: bigint | number;
  pad?: number;
  peer?: number;
  thread?: number;
  tid?: number;
  buffers?: number;
  kind?: number;
  flow?: number;
  flags?: number;
}

/** Span of native/wire/records.h. */
const RECORD_BYTES = 88;
const NO_TIME = 2n ** 64n - 1n;

/** One buffer of one push without a time stamp, unless the row says another. */
export function spanRecord(row: SpanRow): Buffer {
  const { trace = 1n, id = 1n, parent = 0n, startNs = 0, durationNs = 0, pts = NO_TIME, bytes = 0 } = row;
  const { pad = 0, peer = 0, thread = 0, tid = 0, buffers = 1, kind = 1, flow = 0, flags = 0 } = row;
  const record = Buffer.alloc(RECORD_BYTES);
  const longs = [trace >> 64n, BigInt.asUintN(64, trace), id, parent, startNs, durationNs, pts, bytes];
  let at = 0;
  for (const long of longs) at = record.writeBigUInt64LE(BigInt(long), at);
  for (const number of [pad, peer, thread, tid, buffers]) at = record.writeUInt32LE(number, at);
  for (const byte of [kind, flow, flags]) at = record.writeUInt8(byte, at);
  return record;
}

/** Puts them into the ring of a target that was started with one. */
export async function writeSpans(target: SegmentTarget, records: readonly Uint8Array[]): Promise<void> {
  for (let i = 0; i < records.length; i += 500) {
    const part = records.slice(i, i + 500);
    const written = await target.send(`spans ${Buffer.concat(part).toString("hex")}`);
    if (Number(written) !== part.length) throw new Error(`only ${written} of ${part.length} spans fit into the ring`);
  }
}

/** As encoded ones, each with no more than its id and two times. */
export function spanRun(ids: readonly bigint[]): SpanRun {
  return runOf(
    ids.map((id) => {
      const [span, longId, shortId] = [new ProtoWriter(), Buffer.alloc(16), Buffer.alloc(8)];
      longId.writeBigUInt64BE(id, 8);
      shortId.writeBigUInt64BE(id);
      span.message(1, longId);
      span.message(2, shortId);
      span.fixed64(7, 1n);
      span.fixed64(8, 2n);
      const field = new ProtoWriter();
      field.message(2, span.view());
      return field.view();
    }),
  );
}

/** These one behind the other. */
export function runOf(spans: readonly Uint8Array[]): SpanRun {
  let end = 0;
  const ends = spans.map(({ length }) => {
    end += length;
    return end;
  });
  return new SpanRun(Buffer.concat(spans), Uint32Array.from(ends));
}
