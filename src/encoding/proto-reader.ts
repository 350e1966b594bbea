// Which fields does a message of protobuf have? For small answers of servers; whatever is not well-formed ends it.
// SPDX-License-Identifier: MPL-2.0

import { BYTES, FIXED32, FIXED64, LONGEST_VARINT, VARINT } from "./wire-types.js";

export interface ProtoField {
  number: number;
  /** Of a varint; 0 for others. */
  value: number;
  /** Of what has a length; empty for others. */
  bytes: Uint8Array;
}

export function protoFields(message: Uint8Array): ProtoField[] {
  return read(message).fields;
}

/** Whether it is well-formed to its end. */
export function isProto(message: Uint8Array): boolean {
  return read(message).whole;
}

function read(message: Uint8Array): { fields: ProtoField[]; whole: boolean } {
  const fields: ProtoField[] = [];
  const broken = { fields, whole: false };
  let at = 0;
  const varint = (): number => {
    const end = Math.min(message.length, at + LONGEST_VARINT);
    let value = 0;
    for (let scale = 1; at < end; scale *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < message.length) {
    const tag = varint();
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    if (number === 0) return broken;
    if (wire === VARINT) {
      const value = varint();
      if (Number.isNaN(value)) return broken;
      fields.push({ number, value, bytes: new Uint8Array() });
    } else if (wire === BYTES) {
      const length = varint();
      if (!(at + length <= message.length)) return broken;
      fields.push({ number, value: 0, bytes: message.subarray(at, at + length) });
      at += length;
    } else if (wire === FIXED64) at += 8;
    else if (wire === FIXED32) at += 4;
    else return broken;
  }
  return { fields, whole: at === message.length };
}

/** The first field of this number, of a message in a message. */
export function protoBytes(message: Uint8Array, number: number): Uint8Array | undefined {
  return protoFields(message).find((field) => field.number === number)?.bytes;
}
