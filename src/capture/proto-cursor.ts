// Where is the next number of a message of protobuf? Read where it lies, so that nothing is made of it.
// SPDX-License-Identifier: MPL-2.0

import { BYTES, FIXED32, FIXED64, VARINT } from "../encoding/wire-types.js";

/** A list that is filled again and again: an array that is emptied gives its room away. */
export interface Numbers {
  /** What stands behind `length` is of an earlier sample. */
  items: number[];
  length: number;
}

/** Longer texts have no key. */
const MAX_KEY_BYTES = 16 * 1024;
/** Room for whatever keyOf() says. */
export const MAX_KEY = MAX_KEY_BYTES / 4 + 8;

export class ProtoCursor {
  protected readonly bytes: Buffer;
  protected at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** The last number of each field below 16; `inner` sees messages of field 4, which are the lines of a location. */
  protected numbers(
    from: number,
    to: number,
    numbers: number[],
    inner?: (begin: number, end: number) => void,
  ): number[] {
    for (let i = 0; i < numbers.length; i++) numbers[i] = 0; // fill() takes several times as long
    for (this.at = from; this.at < to; ) {
      const tag = this.varint(to);
      const number = tag >>> 3;
      if (tag % 8 === VARINT) {
        const value = this.varint(to);
        if (number < numbers.length) numbers[number] = value;
        continue;
      }
      const end = this.skip(tag % 8, to);
      if (number === 4 && tag % 8 === BYTES) inner?.(this.at, end);
      this.at = end;
    }
    return numbers;
  }

  /** Those that have a length; numbers are passed over. */
  protected fields(from: number, to: number, each: (number: number, begin: number, end: number) => void): void {
    for (this.at = from; this.at < to; ) {
      const tag = this.varint(to);
      if (tag % 8 === VARINT) this.varint(to);
      else {
        const end = this.skip(tag % 8, to);
        const begin = this.at;
        this.at = end;
        if (tag % 8 === BYTES) each(tag >>> 3, begin, end);
      }
    }
  }

  /** Where a field that is no varint ends; it begins where we are afterwards. */
  protected skip(wire: number, most: number): number {
    const length = wire === BYTES ? this.varint(most) : wire === FIXED64 ? 8 : wire === FIXED32 ? 4 : Number.NaN;
    const end = this.at + length;
    if (!(end <= most)) throw new Error("a field is cut off, or is none of protobuf");
    return end;
  }

  /** Most have few bytes; only the others need more than 32 bits. */
  protected varint(end: number): number {
    let [at, value] = [this.at, 0];
    for (let shift = 0; shift < 28 && at < end; shift += 7) {
      const byte = this.bytes[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      this.at = at;
      return value;
    }
    return this.#longVarint(end);
  }

  #longVarint(end: number): number {
    let value = 0;
    for (let scale = 1; this.at < end && scale < 2 ** 70; scale *= 128) {
      const byte = this.bytes[this.at++] ?? 0;
      if (byte < 0x80) return value + byte * scale;
      value += (byte & 0x7f) * scale;
    }
    throw new Error("a number is cut off");
  }

  protected packed(end: number, into: Numbers, most: number): void {
    const { items } = into;
    let length = into.length;
    while (this.at < end && length < most) items[length++] = this.varint(end);
    into.length = length;
  }

  /** How many bytes, and they themselves, four in each number. Returns where it ends; -1: there is no room. */
  protected keyOf(begin: number, end: number, key: Int32Array, length: number): number {
    if (end - begin > MAX_KEY_BYTES) return -1;
    const bytes = this.bytes;
    let to = length;
    key[to++] = end - begin;
    for (let at = begin; at < end; at += 4) {
      let four = 0;
      for (let i = at; i < at + 4 && i < end; i++) four = (four << 8) | (bytes[i] ?? 0);
      key[to++] = four;
    }
    return to;
  }
}
