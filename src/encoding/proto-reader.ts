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

/** Where a field is in its message. */
export interface ProtoPlace {
  number: number;
  wire: number;
  /** Of its tag … */
  start: number;
  /** … and of what it holds, which ends before `end`. */
  at: number;
  end: number;
  /** Of a varint; 0 for others. */
  value: number;
}

/** Fields of the message that lies between `from` and `to`. */
export const protoPlaces = (bytes: Uint8Array, { at, end }: Pick<ProtoPlace, "at" | "end">): ProtoPlace[] =>
  placesIn(bytes, at, end).places;

/** Up to the first that is not well-formed. */
function placesIn(bytes: Uint8Array, from: number, to: number): { places: ProtoPlace[]; whole: boolean } {
  const places: ProtoPlace[] = [];
  let at = from;
  const varint = (): number => {
    const end = Math.min(to, at + LONGEST_VARINT);
    let value = 0;
    for (let scale = 1; at < end; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < to) {
    const start = at;
    const tag = varint();
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    const length = wire === BYTES ? varint() : (fixedBytes[wire] ?? 0);
    const begin = at;
    const value = wire === VARINT ? varint() : 0;
    at = wire === VARINT ? at : begin + length;
    const known = wire === VARINT || wire === BYTES || wire in fixedBytes;
    if (number === 0 || !known || Number.isNaN(value) || !(at <= to)) return { places, whole: false };
    places.push({ number, wire, start, at: begin, end: at, value });
  }
  return { places, whole: true };
}

const fixedBytes: Record<number, number> = { [FIXED64]: 8, [FIXED32]: 4 };

function read(message: Uint8Array): { fields: ProtoField[]; whole: boolean } {
  const { places, whole } = placesIn(message, 0, message.length);
  const fields = places
    .filter(({ wire }) => wire === VARINT || wire === BYTES)
    .map(({ number, wire, at, end, value }) => ({
      ...{ number, value },
      bytes: wire === BYTES ? message.subarray(at, end) : new Uint8Array(),
    }));
  return { fields, whole };
}

/** The first field of this number, of a message in a message. */
export function protoBytes(message: Uint8Array, number: number): Uint8Array | undefined {
  return protoFields(message).find((field) => field.number === number)?.bytes;
}
