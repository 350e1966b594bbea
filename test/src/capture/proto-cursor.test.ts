// Does the cursor read the numbers of a message as they were written, and refuse one that is cut off wherever it is?
import { describe, expect, it } from "vitest";
import { MAX_KEY, type Numbers, ProtoCursor } from "../../../src/capture/proto-cursor.js";
import { ProtoWriter } from "../../../src/encoding/proto-writer.js";
import { random } from "../../helpers/sample-capture.js";

/** The cursor is a base of readers: here each of its steps can be called. */
class Open extends ProtoCursor {
  one(end = this.bytes.length): number {
    return this.varint(end);
  }
  row(columns: number, inner?: (begin: number, end: number) => void): number[] {
    return this.numbers(0, this.bytes.length, new Array(columns).fill(-1), inner);
  }
  parts(): [number, string][] {
    const found: [number, string][] = [];
    this.fields(0, this.bytes.length, (number, begin, end) =>
      found.push([number, this.bytes.toString("utf8", begin, end)]),
    );
    return found;
  }
  list(most: number): number[] {
    const into: Numbers = { items: [], length: 0 };
    this.packed(this.bytes.length, into, most);
    return into.items.slice(0, into.length);
  }
  key(begin: number, end: number): { length: number; key: number[] } {
    const key = new Int32Array(MAX_KEY);
    const length = this.keyOf(begin, end, key, 0);
    return { length, key: [...key.subarray(0, Math.max(0, length))] };
  }
}

/** As protobuf writes it: seven bits a byte, the lowest first. */
function varint(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n) | 128);
  }
}
const on = (...bytes: number[]) => new Open(Buffer.from(bytes));

describe("a number", () => {
  it("of any length is the one that was written", () => {
    const next = random(5);
    const edges = [0, 1, 127, 128, 2 ** 14, 2 ** 21, 2 ** 28 - 1, 2 ** 28, 2 ** 31, 2 ** 32, 2 ** 35, 2 ** 53 - 1];
    const some = Array.from({ length: 500 }, () => Math.floor(2 ** (53 * next())));
    for (const value of [...edges, ...some]) expect(on(...varint(BigInt(value))).one()).toBe(value);
  });

  it("that is negative is above what any time has", () => {
    expect(on(...varint(2n ** 64n - 5n)).one()).toBeGreaterThanOrEqual(2 ** 63);
  });

  it("that is cut off, or never ends, is refused", () => {
    expect(() => on().one()).toThrow("cut off");
    expect(() => on(0x80).one()).toThrow("cut off");
    expect(() => on(0x80, 0x80, 0x80, 0x80, 0x80).one()).toThrow("cut off");
    expect(() => on(...new Array(11).fill(0x80), 1).one()).toThrow("cut off");
    expect(() => on(0x80, 0x01).one(1)).toThrow("cut off"); // it goes on behind the end of its message
  });
});

describe("a row of numbers", () => {
  const message = () => {
    const writer = new ProtoWriter();
    writer.text(4, "line");
    return Buffer.concat([
      Buffer.from([1 << 3, 7, (2 << 3) | 1, 1, 2, 3, 4, 5, 6, 7, 8]),
      Buffer.from(writer.view()),
      Buffer.from([(3 << 3) | 5, 1, 2, 3, 4, 1 << 3, 9, 9 << 3, 1, 5 << 3, (300 & 127) | 128, 2]),
    ]);
  };

  it("has the last number of each field, zero where there is none; fields of eight and four bytes are passed over", () => {
    expect(new Open(message()).row(6)).toEqual([0, 9, 0, 0, 0, 300]);
  });

  it("shows the messages of field 4, and what is too far to the right is left out", () => {
    const seen: string[] = [];
    const bytes = message();
    expect(new Open(bytes).row(2, (begin, end) => seen.push(bytes.toString("utf8", begin, end)))).toEqual([0, 9]);
    expect(seen).toEqual(["line"]);
  });

  it("of a message that is cut off anywhere is refused, unless it was cut between two fields", () => {
    const bytes = message();
    let refused = 0;
    for (let length = 0; length < bytes.length; length++) {
      try {
        new Open(bytes.subarray(0, length)).row(6);
      } catch (error) {
        refused++;
        expect((error as Error).message).toMatch(/cut off/);
      }
    }
    expect(refused).toBe(bytes.length - 7); // it has seven fields
  });

  it.each([3, 4, 6, 7])("with a field of wire type %d, which protobuf has not or no longer, is refused", (wire) => {
    expect(() => on((1 << 3) | wire, 0, 0, 0).row(2)).toThrow("none of protobuf");
  });
});

it("fields with a length are shown in their order, empty ones too", () => {
  const writer = new ProtoWriter();
  for (const [number, text] of [
    [1, "a"],
    [3, ""],
    [1, "é"],
    [100, "x"],
  ] as const)
    writer.message(number, Buffer.from(text));
  expect(new Open(Buffer.from(writer.view())).parts()).toEqual([
    [1, "a"],
    [3, ""],
    [1, "é"],
    [100, "x"],
  ]);
});

it("a field that says it is longer than the rest is refused, also when it says four gigabytes", () => {
  for (const length of [3n, 2n ** 31n, 2n ** 32n, 2n ** 63n])
    expect(() => on((1 << 3) | 2, ...varint(length), 1, 2).parts()).toThrow("cut off");
});

it("packed numbers end at the limit", () => {
  expect(on(1, 2, 0x80, 1, 4).list(10)).toEqual([1, 2, 128, 4]);
  expect(on(1, 2, 3, 4).list(2)).toEqual([1, 2]);
});

describe("a key", () => {
  it("is equal for equal bytes alone, whatever their length", () => {
    const bytes = Buffer.from("abcdabcd\0\0\0\0abcdabcd");
    const cursor = new Open(bytes);
    expect(cursor.key(0, 8)).toEqual(cursor.key(12, 20));
    const others = [cursor.key(0, 4), cursor.key(0, 7), cursor.key(1, 9), cursor.key(4, 8 + 1), cursor.key(8, 9)];
    expect(new Set([...others, cursor.key(8, 10), cursor.key(0, 0)].map((one) => one.key.join())).size).toBe(7);
  });

  it("of a text that is too long there is none, and the longest one fits", () => {
    const cursor = new Open(Buffer.alloc(16 * 1024 + 1, 7));
    expect(cursor.key(0, 16 * 1024).length).toBe(1 + 4 * 1024);
    expect(cursor.key(0, 16 * 1024 + 1).length).toBe(-1);
  });
});
