// What does a protobuf message say? A strict reader driven by a schema: what it does not expect, it refuses.

export type FieldType =
  | "string"
  | "bytes"
  | "bool"
  | "varint" // number
  | "varint64" // bigint
  | "sint"
  | "fixed64" // bigint
  | "fixed32"
  | "double"
  | Schema;

export interface Field {
  name: string;
  type: FieldType;
  /** Numbers may come packed or one by one. */
  repeated?: true;
}

export type Schema = { readonly [tag: number]: Field };
// biome-ignore lint/suspicious/noExplicitAny: the schema says at run time what is in a message
export type Message = Record<string, any>;

export class BadMessage extends Error {}

const text = new TextDecoder("utf-8", { fatal: true });
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

function wireType(type: FieldType): number {
  if (type === "fixed32") return FIXED32;
  if (type === "fixed64" || type === "double") return FIXED64;
  return type === "string" || type === "bytes" || typeof type === "object" ? BYTES : VARINT;
}

export function decodeMessage(bytes: Uint8Array, schema: Schema): Message {
  const reader = new Reader(bytes);
  const message: Message = {};
  for (const field of Object.values(schema)) if (field.repeated) message[field.name] = [];
  while (!reader.done) {
    const key = Number(reader.varint());
    const field = schema[key >>> 3];
    if (field === undefined) throw new BadMessage(`unknown field ${key >>> 3}`);
    const wire = key & 7;
    if (wire === wireType(field.type)) {
      const value = reader.value(field.type);
      if (field.repeated) message[field.name].push(value);
      else message[field.name] = value;
    } else if (field.repeated && wire === BYTES) {
      const packed = new Reader(reader.bytes());
      while (!packed.done) message[field.name].push(packed.value(field.type));
    } else throw new BadMessage(`wire type ${wire} for ${field.name}`);
  }
  return message;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new BadMessage("unexpected end");
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw new BadMessage("varint too long");
  }

  bytes(): Uint8Array {
    return this.#take(Number(this.varint()));
  }

  value(type: FieldType): unknown {
    if (typeof type === "object") return decodeMessage(this.bytes(), type);
    switch (type) {
      case "string":
        return this.#text(this.bytes());
      case "bytes":
        return this.bytes();
      case "bool":
        return this.varint() !== 0n;
      case "varint":
        return Number(BigInt.asIntN(64, this.varint()));
      case "varint64":
        return BigInt.asIntN(64, this.varint());
      case "sint": {
        const raw = Number(this.varint());
        return raw % 2 === 1 ? -(raw + 1) / 2 : raw / 2;
      }
      case "fixed32": {
        const four = this.#bytes.subarray(this.#at, this.#at + 4);
        this.#at += 4;
        return Buffer.from(four).readUInt32LE(0);
      }
      case "fixed64":
        return this.#view().getBigUint64(0, true);
      case "double":
        return this.#view().getFloat64(0, true);
    }
  }

  #text(bytes: Uint8Array): string {
    try {
      return text.decode(bytes);
    } catch {
      throw new BadMessage(`invalid utf8 string hex: ${Buffer.from(bytes).toString("hex")}`);
    }
  }

  #view(): DataView {
    const bytes = this.#take(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8);
  }

  #take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw new BadMessage("unexpected end");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
