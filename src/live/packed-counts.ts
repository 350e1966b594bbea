// How much did each hop count in one window, in few bytes? Numbers of variable length, one hop after the other.
// SPDX-License-Identifier: MPL-2.0

import { ProtoWriter } from "../encoding/proto-writer.js";

export const countNames = ["buffers", "bytes", "invocations", "nested", "dropped", "flushed"] as const;

/** Durations that came in a window. */
export interface SparseTimes {
  sumNs: number;
  /** One was longer than all before it: that; 0 = none was. */
  raisedNs: number;
  /** One was shorter than all before it: that and 1; 0 = none was. */
  loweredNs: number;
  /** Bucket, count, bucket, count: buckets in their order. */
  buckets: number[];
}

/** What one hop counted in a window. Numbers are whole, from 0 to 2^53. */
export interface HopCounts {
  /** Number of the hop. */
  hop: number;
  /** As `countNames` has them. */
  counts: number[];
  /** At the window's end. */
  level: number;
  /** The highest so far, if it was reached in this window, else 0. */
  highest: number;
  /** Place of the flow return, count, place, count. */
  flow: number[];
  inclusive: SparseTimes;
  exclusive: SparseTimes;
}

/** Writes the counts of one window. */
export class CountsWriter {
  readonly #writer = new ProtoWriter();

  add({ hop, counts, level, highest, flow, inclusive, exclusive }: HopCounts): void {
    const writer = this.#writer;
    writer.varint(hop);
    for (const n of counts) writer.varint(n);
    writer.varint(level);
    writer.varint(highest);
    this.#list(flow);
    for (const { sumNs, raisedNs, loweredNs, buckets } of [inclusive, exclusive]) {
      writer.varint(sumNs);
      writer.varint(raisedNs);
      writer.varint(loweredNs);
      this.#list(buckets);
    }
  }

  /** A copy of what was written; the next window begins. */
  take(): Uint8Array {
    // Not a piece of a buffer that others share: it is kept for minutes.
    const bytes = new Uint8Array(this.#writer.view());
    this.#writer.clear();
    return bytes;
  }

  #list(numbers: readonly number[]): void {
    this.#writer.varint(numbers.length);
    for (const n of numbers) this.#writer.varint(n);
  }
}

/** Reads them again. `each` gets the same object every time. */
export function eachHop(bytes: Uint8Array, each: (counts: HopCounts) => void): void {
  const times = (): SparseTimes => ({ sumNs: 0, raisedNs: 0, loweredNs: 0, buckets: [] });
  const read: HopCounts = {
    hop: 0,
    counts: [],
    level: 0,
    highest: 0,
    flow: [],
    inclusive: times(),
    exclusive: times(),
  };
  let at = 0;
  const varint = (): number => {
    const first = bytes[at] ?? 0;
    if (first < 0x80) {
      at++;
      return first;
    }
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const list = (into: number[], length: number): void => {
    into.length = length;
    for (let i = 0; i < length; i++) into[i] = varint();
  };
  while (at < bytes.length) {
    read.hop = varint();
    list(read.counts, countNames.length);
    read.level = varint();
    read.highest = varint();
    list(read.flow, varint());
    for (const part of [read.inclusive, read.exclusive]) {
      part.sumNs = varint();
      part.raisedNs = varint();
      part.loweredNs = varint();
      list(part.buckets, varint());
    }
    each(read);
  }
}
