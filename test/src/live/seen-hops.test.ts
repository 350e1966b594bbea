// Is each count new once, whatever becomes of the hop: it ends, is summed up with others, and comes again?
import { describe, expect, it } from "vitest";
import { HopSums } from "../../../src/live/hop-sums.js";
import { SeenHops } from "../../../src/live/seen-hops.js";
import type { CellSnapshot } from "../../../src/model/batch.js";
import { ENDED_ID } from "../../../src/model/ended.js";
import { cellOf } from "../../helpers/cells.js";

/** Looks again and again; what each look found new, by pad. */
function looks(...each: CellSnapshot[][]) {
  const hops = new SeenHops();
  const found = each.map((cells, i) => {
    const { packed, buffers } = hops.look(cells, i);
    const sums = new HopSums([{ packed }]).cells(hops).filter((cell) => cell.buffers > 0);
    return { bytes: packed.length, buffers, byPad: Object.fromEntries(sums.map((cell) => [cell.pad, cell.buffers])) };
  });
  return { hops, found };
}

const of = (pad: number, n: number, change: Partial<CellSnapshot> = {}) => cellOf(pad, Array(n).fill(1000), change);
const ended = (n: number) => of(ENDED_ID, n, { peer: 0 });

describe("a hop", () => {
  it("is all new when it is first seen, then what it counted more, then nothing", () => {
    const { found } = looks([of(7, 3)], [of(7, 5)], [of(7, 5)]);
    expect(found.map(({ buffers }) => buffers)).toEqual([3, 2, 0]);
    expect(found[2]?.bytes).toBe(0);
  });

  it("of several cells is one, and stays one when a part of it has ended", () => {
    const later = { startUnixNs: 1_800_000_000_000_000_000n };
    const { found } = looks([of(7, 3), of(7, 4, later)], [of(7, 8)]);
    expect(found.map(({ byPad }) => byPad)).toEqual([{ 7: 7 }, { 7: 1 }]);
  });

  it("that moved into the sum of those that ended is not new there", () => {
    const { found } = looks([of(7, 3), of(8, 1)], [of(8, 1), ended(3)], [of(8, 1), ended(5)]);
    expect(found.map(({ byPad }) => byPad)).toEqual([{ 7: 3, 8: 1 }, {}, { [ENDED_ID]: 2 }]);
  });

  it("that came again after its counts were moved begins again", () => {
    const { found } = looks([of(7, 9)], [ended(9)], [of(7, 2), ended(9)], [of(7, 4), ended(9)]);
    expect(found.map(({ byPad }) => byPad)).toEqual([{ 7: 9 }, {}, { 7: 2 }, { 7: 2 }]);
  });

  it("whose counts went back, as a hostile target may say, counts nothing, and no number is below 0", () => {
    const wild = { ...of(7, 4), buffers: Number.NaN, bytes: -5, level: Number.POSITIVE_INFINITY };
    const { found } = looks([of(7, 9)], [of(7, 4)], [wild]);
    expect(found.map(({ byPad }) => byPad)).toEqual([{ 7: 9 }, {}, {}]);
  });

  it("that is no more is forgotten once no window has anything of it, and its number goes to another", () => {
    const { hops } = looks([of(7, 1), of(8, 1)], [of(8, 1)]);
    hops.forgetBefore(1);
    expect(hops.size).toBe(2);
    hops.forgetBefore(2);
    expect(hops.size).toBe(1);
    hops.look([of(8, 1), of(9, 1)], 3);
    expect(hops.at(0)?.pad).toBe(9);
  });

  it("that was there at the begin is new only by what it counted since", () => {
    const hops = new SeenHops();
    hops.begin([of(7, 100)]);
    expect(hops.look([of(7, 101)], 0).buffers).toBe(1);
  });
});

it("no more hops are followed than there is room for, and the others are counted", () => {
  const hops = new SeenHops(3);
  hops.look(
    [1, 2, 3, 4, 5].map((pad) => of(pad, 1)),
    0,
  );
  expect([hops.size, hops.refused]).toEqual([3, 2]);
});
