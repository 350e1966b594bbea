// Does a value of untrusted JSON become what the type says, and nothing larger or stranger than that?
import { expect, it } from "vitest";
import {
  amount,
  amountOrNull,
  amounts,
  decimal,
  each,
  flag,
  instant,
  list,
  listOf,
  object,
  parseObject,
  shape,
  text,
  texts,
} from "../../../src/capture/fields.js";

const strange = [undefined, null, true, -1, Number.NaN, Number.POSITIVE_INFINITY, "7", [], {}, () => 1];

it("what is of another type becomes nothing: an empty object, an empty list, no text, zero", () => {
  for (const value of [undefined, null, 7, "x", ["x"]]) expect(object(value)).toEqual({});
  for (const value of [undefined, null, 7, "x", { 0: "x", length: 1 }]) expect(list(value)).toEqual([]);
  for (const value of [undefined, null, 7, ["x"], { toString: () => "x" }]) expect(text(value)).toBe("");
  for (const value of strange) expect(amount(value)).toBe(0);
});

it("an amount is finite and below two to the 64th, so that sums of millions stay finite", () => {
  expect([amount(0), amount(0.5), amount(2 ** 63)]).toEqual([0, 0.5, 2 ** 63]);
  expect(amount(1e300)).toBe(2 ** 64);
  expect(Object.is(amount(-0), -0) || amount(-0) === 0).toBe(true);
});

it("not measured stays null, and a number that makes no sense is zero", () => {
  for (const value of [null, undefined, "7"]) expect(amountOrNull(value)).toBeNull();
  expect([amountOrNull(0), amountOrNull(9), amountOrNull(-3), amountOrNull(Number.NaN)]).toEqual([0, 9, 0, 0]);
});

it("an instant keeps all its nanoseconds, and only digits are one", () => {
  expect(instant("1790000000123456789")).toBe(1_790_000_000_123_456_789n);
  expect(instant("18446744073709551615")).toBe(2n ** 64n - 1n);
  for (const value of ["", "-1", "1.5", "0x10", " 1", "1\n", "9".repeat(21), 7, 7n]) expect(instant(value)).toBe(0n);
});

it("a text is cut where no command line of ours ends", () => {
  expect(text("a".repeat(65_536))).toHaveLength(65_536);
  expect(text("a".repeat(65_537))).toHaveLength(65_536);
});

it("names that somebody chose are own keys, and change no prototype", () => {
  const hostile = JSON.parse('{"__proto__": 7, "constructor": 8, "ring_full": "x"}');
  const counted = amounts(hostile);
  expect(Object.entries(counted)).toEqual([
    ["__proto__", 7],
    ["constructor", 8],
    ["ring_full", 0],
  ]);
  expect(Object.getPrototypeOf(counted)).toBe(Object.prototype);
  expect(Object.entries(texts({ a: "b", c: 7 }))).toEqual([
    ["a", "b"],
    ["c", ""],
  ]);
  expect([amounts([1]), texts("x")]).toEqual([{}, {}]);
});

it("a record has exactly the fields that its shape declares, each read as declared, whatever the value is", () => {
  const pad = shape<{ id: number; wide: number; name: string; bin: boolean; at: string; tags: string[] }>({
    ...each(amount, "id", "wide"),
    ...{ name: text, bin: flag, at: decimal, tags: listOf(text) },
  });
  const written = { id: 3, wide: 4, name: "sink", bin: true, at: "1790000000123456789", tags: ["a", "b"] };
  expect(pad({ ...written, more: 7 })).toEqual(written);
  expect(pad({ id: "3", name: 3, bin: 1, at: 5, tags: { 0: "a" } })).toEqual(pad(null));
  for (const value of strange) expect(pad(value)).toEqual({ id: 0, wide: 0, name: "", bin: false, at: "0", tags: [] });
  expect(pad({}).tags).not.toBe(pad({}).tags);
});

it("a text becomes the object that it is, an empty one, or null where it is no JSON", () => {
  expect(['{"a":[1]}', "[1]", "7", "null"].map(parseObject)).toEqual([{ a: [1] }, {}, {}, {}]);
  expect(["", "{", "nonsense"].map(parseObject)).toEqual([null, null, null]);
});
