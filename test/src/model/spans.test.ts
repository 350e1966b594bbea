// Is an id of 64 bits always sixteen digits?
import { expect, it } from "vitest";
import { hex64 } from "../../../src/model/spans.js";

it("an id is sixteen hex digits in lower case, leading zeros too", () => {
  expect([0n, 1n, 0xabcdefn, 2n ** 63n, 2n ** 64n - 1n].map(hex64)).toEqual([
    "0000000000000000",
    "0000000000000001",
    "0000000000abcdef",
    "8000000000000000",
    "ffffffffffffffff",
  ]);
});

it("an id reads back as the number it was", () => {
  for (let bit = 0n; bit < 64n; bit++) {
    const id = (1n << bit) + 12_345n;
    const text = hex64(BigInt.asUintN(64, id));
    expect(text).toHaveLength(16);
    expect(BigInt(`0x${text}`)).toBe(BigInt.asUintN(64, id));
  }
});
