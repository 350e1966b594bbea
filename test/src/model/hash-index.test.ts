// Does the hash index find everything that was put in, also when all hashes are equal?
import { describe, expect, it } from "vitest";
import { HashIndex, mix } from "../../../src/model/hash-index.js";

function found(index: HashIndex, hash: number): number[] {
  const numbers: number[] = [];
  for (let slot = index.seek(hash); slot >= 0; slot = index.seek(hash, slot)) numbers.push(index.at(slot));
  return numbers.sort((a, b) => a - b);
}

describe("a hash index", () => {
  it("finds each number by its hash, beyond the size it began with", () => {
    const index = new HashIndex();
    const hashes = Array.from({ length: 5000 }, (_, i) => mix(mix(1, i), 7));
    for (const [i, hash] of hashes.entries()) index.add(hash, i);
    for (const [i, hash] of hashes.entries()) expect(found(index, hash)).toContain(i);
    expect(found(index, mix(mix(1, 5000), 7))).toEqual([]);
  });

  it("gives all numbers of one hash, each once, and none of its neighbours", () => {
    const index = new HashIndex();
    for (let i = 0; i < 700; i++) index.add(i % 2 === 0 ? -1 : 1023, i);
    expect(found(index, -1)).toEqual(Array.from({ length: 350 }, (_, i) => 2 * i));
    expect(found(index, 1023)).toEqual(Array.from({ length: 350 }, (_, i) => 2 * i + 1));
  });

  it("is empty when cleared, and takes new ones", () => {
    const index = new HashIndex();
    for (let i = 0; i < 3000; i++) index.add(i, i);
    index.clear();
    expect(found(index, 5)).toEqual([]);
    index.add(5, 0);
    expect(found(index, 5)).toEqual([0]);
  });
});
