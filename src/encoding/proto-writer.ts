// How do numbers and texts become the bytes of a protobuf message? One buffer that grows; no object for a field.
// SPDX-License-Identifier: MPL-2.0

import { BYTES, FIXED32, FIXED64, LONGEST_VARINT, VARINT } from "./wire-types.js";

const FIRST_BYTES = 1024;

/** Writes one message, or the fields of one; used again after `clear`. Numbers are whole, from 0 to 2^53. */
export class ProtoWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** What was written; of this writer, until it writes again. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Left out when 0, which is what a reader then takes it for. */
  number(field: number, value: number): void {
    if (value === 0) return;
    this.varint((field << 3) | VARINT);
    this.varint(value);
  }

  /** Written when 0, too: of a field whose presence says something. */
  explicit(field: number, value: number): void {
    this.varint((field << 3) | VARINT);
    this.varint(value);
  }

  double(field: number, value: number): void {
    this.varint((field << 3) | FIXED64);
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  fixed64(field: number, value: bigint): void {
    this.varint((field << 3) | FIXED64);
    this.#reserve(8);
    this.#length = this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#length);
  }

  fixed32(field: number, value: number): void {
    this.varint((field << 3) | FIXED32);
    this.#reserve(4);
    this.#length = this.#bytes.writeUInt32LE(value >>> 0, this.#length);
  }

  text(field: number, value: string): void {
    const bytes = Buffer.byteLength(value);
    this.head(field, bytes);
    this.#reserve(bytes);
    this.#length += this.#bytes.write(value, this.#length, bytes, "utf8");
  }

  /** A message in this one, or numbers packed into one field. */
  message(field: number, bytes: Uint8Array): void {
    this.head(field, bytes.length);
    this.append(bytes);
  }

  /** What stands before a message of so many bytes. */
  head(field: number, bytes: number): void {
    this.varint((field << 3) | BYTES);
    this.varint(bytes);
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  varint(value: number): void {
    this.#reserve(LONGEST_VARINT);
    let rest = value;
    for (; rest > 0x7fffffff; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 0x80;
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.#length++] = rest;
  }

  /** All of 64 bits. */
  longVarint(value: bigint): void {
    this.#reserve(LONGEST_VARINT);
    let rest = BigInt.asUintN(64, value);
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#length++] = Number(rest);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, needed));
    larger.set(this.view());
    this.#bytes = larger;
  }
}
