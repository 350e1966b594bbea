// Do the counts of a window come back as they were, in few bytes?
import { expect, it } from "vitest";
import { CountsWriter, eachHop, type HopCounts } from "../../../src/live/packed-counts.js";

const one = (hop: number, change: Partial<HopCounts> = {}): HopCounts => ({
  ...{ hop, counts: [25, 2500, 25, 0, 0, 0], level: 0, highest: 0, flow: [0, 25] },
  inclusive: { sumNs: 250_000, raisedNs: 0, loweredNs: 0, buckets: [80, 20, 81, 5] },
  exclusive: { sumNs: 120_000, raisedNs: 0, loweredNs: 0, buckets: [72, 25] },
  ...change,
});

function back(...written: HopCounts[]) {
  const writer = new CountsWriter();
  for (const counts of written) writer.add(counts);
  const bytes = writer.take();
  const read: HopCounts[] = [];
  eachHop(bytes, (counts) => read.push(structuredClone(counts)));
  return { bytes, read, next: writer.take() };
}

it("what was written is read, hop by hop, the largest numbers too", () => {
  const large = one(20_000, { counts: [2 ** 53, 2 ** 31, 2 ** 32 + 1, 0, 1, 127], level: 128, highest: 16_384 });
  const empty = one(3, { flow: [], inclusive: { sumNs: 0, raisedNs: 2 ** 52, loweredNs: 1, buckets: [] } });
  expect(back(one(1), large, empty).read).toEqual([one(1), large, empty]);
});

it("a usual second of a hop takes some forty bytes, and the next window begins with none", () => {
  const { bytes, next } = back(one(1));
  expect(bytes.length).toBeLessThan(45);
  expect(bytes.buffer.byteLength).toBe(bytes.length);
  expect(next).toHaveLength(0);
});

it("nothing is read of nothing, and what is cut off ends", () => {
  expect(back().read).toEqual([]);
  const { bytes } = back(one(1));
  const read: number[] = [];
  eachHop(bytes.subarray(0, 5), ({ hop }) => read.push(hop));
  expect(read).toEqual([1]);
});
