// Do rows, kept names and the rest always add up to what was counted, and is what is kept bounded?
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import { addCell, copyCell } from "../../../src/model/cells.js";
import { ENDED_ID, EndedCells } from "../../../src/model/ended.js";
import { histogramCount } from "../../../src/model/histogram.js";
import { cellOf } from "../../helpers/cells.js";

describe("hops that ended", () => {
  it("are kept by name up to a bound, the latest ones, and add up to the total with the rest", () => {
    const ended = new EndedCells(10);
    const total = copyCell(cellOf(1, []));
    for (let pad = 1; pad <= 50; pad++) {
      const cell = cellOf(pad, [pad * 1000, 2000]);
      addCell(total, cell);
      ended.add(`${pad}`, cell);
      ended.drop();
      const [rest] = ended.rest([total]);
      const kept = [...ended.kept.values()].reduce((sum, { buffers }) => sum + buffers, 0);
      expect(kept + (rest?.buffers ?? 0)).toBe(total.buffers);
    }
    expect([...ended.kept.keys()]).toEqual(["41", "42", "43", "44", "45", "46", "47", "48", "49", "50"]);
    const [rest] = ended.rest([total]);
    expect(rest).toMatchObject({ pad: ENDED_ID, kind: "chain", buffers: 80, bytes: 8000, invocations: 80 });
    expect(rest && histogramCount(rest.inclusive)).toBe(80);
    expect(rest?.inclusive.sumNs).toBe((40 * 41 * 1000) / 2 + 40 * 2000);
  });

  it("of one name are one, whenever they ended", () => {
    const ended = new EndedCells(2);
    for (let n = 0; n < 100; n++) ended.add(`${n % 2}`, cellOf(n % 2, [1000]));
    expect(ended.drop()).toEqual([]);
    expect([...ended.kept.values()].map(({ buffers }) => buffers)).toEqual([50, 50]);
  });

  it("leave no level in a queue", () => {
    const ended = new EndedCells(2);
    ended.add("q", cellOf(1, [1000], { kind: "queue", level: 7, highestLevel: 9 }));
    expect(ended.kept.get("q")).toMatchObject({ level: 0, highestLevel: 9 });
  });

  it("that nobody saw by name are in the rest: an agent that comes late has them all", () => {
    expect(new EndedCells(5).rest([cellOf(3, [1, 2, 3])])).toMatchObject([{ pad: ENDED_ID, peer: 0, buffers: 3 }]);
    expect(new EndedCells(5).rest([cellOf(3, [])])).toEqual([]);
  });

  it("take nothing from others when a target lies about its total", () => {
    const ended = new EndedCells(5);
    ended.add("a", cellOf(1, [1000, 1000]));
    expect(ended.rest([cellOf(1, [1000])])).toEqual([]);
  });
});
