// Does a message read back as it was written, and does whatever is not well-formed end it?
import { describe, expect, it } from "vitest";
import { isProto, protoBytes, protoFields } from "../../../src/encoding/proto-reader.js";
import { ProtoWriter } from "../../../src/encoding/proto-writer.js";
import { random } from "../../helpers/sample-capture.js";

function written(write: (w: ProtoWriter) => void): Uint8Array {
  const w = new ProtoWriter();
  write(w);
  return Uint8Array.from(w.view());
}
const bytes = (...all: number[]): Uint8Array => Uint8Array.from(all);
const textOf = (of: Uint8Array | undefined): string => Buffer.from(of ?? []).toString();

describe("a message", () => {
  const message = written((w) => {
    w.number(1, 300);
    w.text(2, "Grüße");
    w.fixed64(3, 7n);
    w.fixed32(4, 7);
    w.number(2000, Number.MAX_SAFE_INTEGER);
    w.text(2, "again");
  });

  it("has its numbers and texts in order; numbers of fixed length are passed over", () => {
    expect(protoFields(message).map(({ number, value, bytes: of }) => [number, value, textOf(of)])).toEqual([
      [1, 300, ""],
      [2, 0, "Grüße"],
      [2000, Number.MAX_SAFE_INTEGER, ""],
      [2, 0, "again"],
    ]);
    expect(isProto(message)).toBe(true);
  });

  it("has the first field of a number, or none", () => {
    expect([textOf(protoBytes(message, 2)), protoBytes(message, 9)]).toEqual(["Grüße", undefined]);
  });

  it("may be in a message, and may be empty", () => {
    const outer = written((w) =>
      w.message(
        1,
        written((inner) => inner.number(5, 9)),
      ),
    );
    expect(protoFields(protoBytes(outer, 1) ?? bytes())).toMatchObject([{ number: 5, value: 9 }]);
    expect([protoFields(bytes()), isProto(bytes())]).toEqual([[], true]);
  });

  it("holds every number that was written", () => {
    const next = random(4);
    for (let i = 0; i < 200; i++) {
      const value = Math.floor(2 ** (next() * 53));
      expect(protoFields(written((w) => w.number(1, value)))[0]?.value ?? 0).toBe(value);
    }
  });

  it("cut anywhere has no more than its whole fields", () => {
    const all = protoFields(message);
    for (let length = 0; length < message.length; length++) {
      const cut = message.subarray(0, length);
      expect(protoFields(cut)).toEqual(all.slice(0, protoFields(cut).length));
    }
  });
});

describe("what is not well-formed", () => {
  it.each([
    ["a number without an end", bytes(0x08, 0x80)],
    ["a number of more than ten bytes", bytes(0x08, ...Array(10).fill(0x80), 0x00)],
    ["a field without a number", bytes(0x08, 0x80, 0x80)],
    ["a field of number 0", bytes(0x00, 0x01)],
    ["a text that is longer than the message", bytes(0x12, 0x05, 0x61)],
    ["a length without an end", bytes(0x12, 0xff)],
    ["a fixed number that is cut", bytes(0x19, 1, 2, 3)],
    ["a group", bytes(0x0b, 0x0c)],
    ["a wire type that nobody knows", bytes(0x0e)],
    ["a page for a browser", new TextEncoder().encode("<!doctype html><p>log in</p>")],
  ])("%s is refused", (_, message) => {
    expect(isProto(message)).toBe(false);
    for (const { value } of protoFields(message)) expect(value).not.toBeNaN();
  });

  it("ends a message behind what was read before", () => {
    expect(protoFields(bytes(0x08, 0x07, 0x0b, 0x08, 0x09))).toMatchObject([{ number: 1, value: 7 }]);
    expect(protoFields(bytes(0x08, 0x07, 0x10, 0x80))).toMatchObject([{ number: 1, value: 7 }]);
  });

  it("never throws and always ends, whatever the bytes", () => {
    const next = random(8);
    for (let i = 0; i < 2000; i++) {
      const noise = Uint8Array.from({ length: Math.floor(next() * 40) }, () => Math.floor(next() * 256));
      expect(protoFields(noise).length).toBeLessThanOrEqual(noise.length);
    }
  });
});
