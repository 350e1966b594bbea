// Is memory used again, and does what is kept have a bound?
import { expect, it } from "vitest";
import { BufferPool } from "../../../src/model/buffer-pool.js";

const limits = { buffers: 2, bytes: 65_536 };

it("gives a buffer that was given back, where it is large enough", () => {
  const pool = new BufferPool(limits);
  const first = pool.take(5000);
  expect(first.length).toBeGreaterThanOrEqual(5000);
  pool.give(first);
  expect([pool.bytes, pool.take(1)]).toEqual([first.length, first]);
  pool.give(first);
  expect(pool.take(60_000)).not.toBe(first);
  expect(pool.bytes).toBe(0);
});

it("gives nobody what another one uses", () => {
  const pool = new BufferPool(limits);
  const used = Array.from({ length: 4 }, () => pool.take(100));
  expect(new Set(used.map(({ buffer }) => buffer)).size).toBe(4);
});

it("keeps so many, and none that is too large", () => {
  const pool = new BufferPool(limits);
  for (const buffer of Array.from({ length: 5 }, () => pool.take(65_536))) pool.give(buffer);
  expect(pool.bytes).toBe(2 * 65_536);
  const small = new BufferPool(limits);
  small.give(small.take(65_537));
  expect(small.bytes).toBe(0);
});
