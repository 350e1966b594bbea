// Does a reader of protobuf get back the numbers and texts that were written?
import { Profile } from "pprof-format";
import { describe, expect, it } from "vitest";
import { ProtoWriter } from "../../../src/encoding/proto-writer.js";

const numbers = [0, 1, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 44 - 1, Number.MAX_SAFE_INTEGER];
const LOCATION = 4;
const ADDRESS = 3;
const STRING = 6;
const TIME = 9;

describe("a written message", () => {
  it.each(numbers)("holds %d", (address) => {
    const part = new ProtoWriter();
    part.number(ADDRESS, address);
    const message = new ProtoWriter();
    message.message(LOCATION, part.view());
    expect(Number(Profile.decode(message.view()).location[0]?.address)).toBe(address);
  });

  it.each([0n, 1n, 1_700_000_000_123_456_789n, 2n ** 63n - 1n])("holds %d of 64 bits", (time) => {
    const message = new ProtoWriter();
    message.varint(TIME << 3);
    message.longVarint(time);
    expect(BigInt(Profile.decode(message.view()).timeNanos)).toBe(time);
  });

  it("holds texts of any length and alphabet, also when its buffer grows on the way", () => {
    const texts = ["", "cpu", "Grüße", "木".repeat(700), "😀", "x".repeat(5000)];
    const message = new ProtoWriter();
    for (const text of texts) message.text(STRING, text);
    expect(Profile.decode(message.view()).stringTable.strings).toEqual(texts);
  });

  it("is a new one after clear", () => {
    const message = new ProtoWriter();
    message.text(STRING, "old");
    message.clear();
    message.text(STRING, "");
    expect(Array.from(message.view())).toEqual([(STRING << 3) | 2, 0]);
  });
});
