// Has each place in a module one number, however many there are, until they are taken?
import { expect, test } from "vitest";
import { FramePlaces } from "../../../src/profile/frame-places.js";

test("a place keeps its number, others have others, and a full table learns no more", () => {
  const places = new FramePlaces();
  const numbers = Array.from({ length: 10_000 }, (_, i) => places.number(i % 7, 2 ** 33 + i, false));
  expect(new Set(numbers).size).toBe(10_000);
  expect(places.number(3, 2 ** 33 + 3, true)).toBe(3);
  expect(places.number(4, 2 ** 33 + 3, true)).toBe(-1);
  expect(places.count).toBe(10_000);
  const taken = places.take();
  expect([taken.length, taken[9999]]).toEqual([10_000, { module: 9999 % 7, offset: 2 ** 33 + 9999 }]);
});

test("what was taken is not known any more", () => {
  const places = new FramePlaces();
  places.number(1, 16, false);
  expect(places.take()).toEqual([{ module: 1, offset: 16 }]);
  expect([places.count, places.number(1, 16, true), places.number(2, 32, false)]).toEqual([0, -1, 0]);
  expect(places.take()).toEqual([{ module: 2, offset: 32 }]);
});
