// Is everything that a target ever counted there once: of hops that live, of those that ended, and of those that nobody knows by name?
import { describe, expect, it } from "vitest";
import { Counts, MOST_NAMED } from "../../../../src/agent/session/counts.js";
import type { Tick } from "../../../../src/input/drain.js";
import type { CellSnapshot } from "../../../../src/model/batch.js";
import { addCell, copyCell } from "../../../../src/model/cells.js";
import { ENDED_ID } from "../../../../src/model/ended.js";
import { Topology } from "../../../../src/model/topology.js";
import { cellOf } from "../../../helpers/cells.js";
import { random } from "../../../helpers/sample-capture.js";

const tickOf = (change: Partial<Tick>): Tick => ({ cells: null, gone: [], ended: null, ...change }) as Tick;

function countsOf() {
  const topology = new Topology();
  return { topology, counts: new Counts(topology) };
}

const buffersOf = (cells: readonly CellSnapshot[]): number => cells.reduce((sum, { buffers }) => sum + buffers, 0);

/** A target that gives its cells to others: what it says at each look. */
class Target {
  #gone: CellSnapshot[] = [];
  readonly living = new Map<number, CellSnapshot>();
  readonly ended = copyCell(cellOf(0, []));
  counted = 0;

  push(pad: number): void {
    const cell = this.living.get(pad) ?? cellOf(pad, []);
    addCell(cell, cellOf(pad, [1000]));
    this.living.set(pad, cell);
    this.counted++;
  }
  end(pad: number): void {
    const cell = this.living.get(pad);
    if (cell === undefined) return;
    this.living.delete(pad);
    this.#gone.push(copyCell(cell));
    addCell(this.ended, cell);
  }
  look(whole: boolean): Tick {
    const cells = [...this.living.values()].map(copyCell);
    const rest = whole ? { cells, ended: [copyCell(this.ended)] } : {};
    return tickOf({ gone: this.#gone.splice(0), ...rest });
  }
}

describe("all that was counted", () => {
  it("adds up to what the target counted, however hops end and whenever we look", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const next = random(seed);
      const { counts } = countsOf();
      const target = new Target();
      for (let step = 0; step < 400; step++) {
        const pad = 1 + Math.floor(next() * 40);
        if (next() < 0.7) target.push(pad);
        else target.end(pad);
        if (next() < 0.2) counts.take(target.look(false));
        if (next() > 0.1) continue;
        counts.take(target.look(true));
        expect(buffersOf(counts.all())).toBe(target.counted);
      }
    }
  });

  it("has what ended since the last whole look where it still is: with the living", () => {
    const { counts } = countsOf();
    const target = new Target();
    target.push(7);
    counts.take(target.look(true));
    target.end(7);
    counts.take(target.look(false));
    expect(counts.all().map(({ pad, buffers }) => [pad, buffers])).toEqual([[7, 1]]);
    counts.take(target.look(true));
    expect(counts.cells).toEqual([]);
    expect(counts.all().map(({ pad, buffers }) => [pad, buffers])).toEqual([[7, 1]]);
  });

  it("keeps a thousand ended hops by name and the others in one sum, which is a row of its own", () => {
    const { counts, topology } = countsOf();
    const target = new Target();
    const pads = Array.from({ length: MOST_NAMED + 5 }, (_, i) => i + 1);
    for (const pad of pads) {
      target.push(pad);
      target.end(pad);
    }
    expect(topology.elements.has(ENDED_ID)).toBe(false);
    counts.take(target.look(true));
    const all = counts.all();
    expect(all).toHaveLength(MOST_NAMED + 1);
    expect(all.at(-1)).toMatchObject({ pad: ENDED_ID, buffers: 5 });
    expect(topology.elements.has(ENDED_ID)).toBe(true);
    expect(buffersOf(all)).toBe(MOST_NAMED + 5);
  });

  it("needs no row for the sum while nothing is in it", () => {
    const { counts, topology } = countsOf();
    counts.take(tickOf({ cells: [cellOf(1, [5])], ended: [] }));
    expect(counts.all()).toHaveLength(1);
    expect(topology.elements.size).toBe(0);
  });

  it("has no sum of figures that mean nothing without their hop", () => {
    const { counts } = countsOf();
    const kinds = [
      "chain",
      "pull",
      "driver",
      "queue",
      "event",
      "query",
      "latency",
      "reported",
      "link",
      "state",
    ] as const;
    counts.take(tickOf({ cells: [], ended: kinds.map((kind) => cellOf(1, [5], { kind })) }));
    expect(counts.all().map(({ kind }) => kind)).toEqual(["chain", "pull", "driver", "queue"]);
    expect(counts.ended).toHaveLength(kinds.length);
  });
});

it("hops of one pad are told apart by their peer and what they count", () => {
  const { counts } = countsOf();
  const gone = [
    cellOf(1, [5], { peer: 2 }),
    cellOf(1, [5, 5], { peer: 3 }),
    cellOf(1, [5, 5, 5], { peer: 2, kind: "event" }),
    cellOf(1, [5, 5, 5, 5], { peer: 2 }),
  ];
  counts.take(tickOf({ gone, cells: [], ended: [] }));
  expect(counts.all().map(({ peer, kind, buffers }) => [peer, kind, buffers])).toEqual([
    [3, "chain", 2],
    [2, "event", 3],
    [2, "chain", 5],
  ]);
});
