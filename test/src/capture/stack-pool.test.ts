// Is each stack held once, found again by its content alone, and given back as it was, however many there are?
import { expect, it } from "vitest";
import { StackPool } from "../../../src/capture/stack-pool.js";
import { random } from "../../helpers/sample-capture.js";

const stackOf = (...items: number[]) => Int32Array.from(items);

it("an equal stack has the number that the first one got, a different one the next", () => {
  const pool = new StackPool();
  expect(pool.add(stackOf(1, 2, 3), 3)).toBe(0);
  expect(pool.add(stackOf(1, 2, 4), 3)).toBe(1);
  expect(pool.add(stackOf(1, 2, 3, 99), 3)).toBe(0); // what stands behind the length is of another one
  expect(pool.size).toBe(2);
});

it("order, length, owner and sign tell stacks apart", () => {
  const pool = new StackPool();
  const stacks = [[1], [1, 0], [1, 0, 0], [0, 1], [1, 2], [2, 1], [-1, 2], [1, -2], [0], [2 ** 31 - 1], [-(2 ** 31)]];
  expect(stacks.map((items) => pool.add(stackOf(...items), items.length))).toEqual(stacks.map((_, i) => i));
});

it("one without any frame is held, one without a length is not", () => {
  const pool = new StackPool();
  expect(pool.add(stackOf(5), -1)).toBe(-1);
  expect(pool.add(stackOf(5), 1)).toBe(0);
  expect([...pool.frames(0)]).toEqual([]);
  expect(pool.add(stackOf(), 0)).toBe(1);
  expect([...pool.frames(1)]).toEqual([]);
});

it("twenty thousand of them come back as they were, through every growth of the tables", () => {
  const pool = new StackPool();
  const next = random(3);
  const known = new Map<string, number>();
  const buffer = new Int32Array(64);
  let wrong = 0;
  for (let i = 0; i < 40_000; i++) {
    const length = 1 + Math.floor(next() * 12);
    for (let at = 0; at < length; at++) buffer[at] = Math.floor(next() * 3);
    const key = buffer.subarray(0, length).join(",");
    const number = pool.add(buffer, length);
    if (number !== (known.get(key) ?? known.size)) wrong++;
    known.set(key, number);
  }
  expect(known.size).toBeGreaterThan(10_000);
  expect(pool.size).toBe(known.size);
  for (const [key, number] of known) {
    const [owner = "", ...frames] = key.split(",");
    if (pool.frames(number).join(",") !== frames.join(",") || owner === "") wrong++;
  }
  expect(wrong).toBe(0);
});

it("a full pool takes no new stack and still knows the old ones", () => {
  const pool = new StackPool();
  const long = new Int32Array(1_000_000);
  for (let i = 0; i < 4; i++) {
    long[0] = i;
    expect(pool.add(long, long.length)).toBe(i);
  }
  expect(pool.add(stackOf(1), 1)).toBe(-1);
  expect(pool.add(long, long.length)).toBe(3);
  expect(pool.size).toBe(4);
});
